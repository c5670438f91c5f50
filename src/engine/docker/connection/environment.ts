/** Certificates in PEM form. `verify: false` encrypts without knowing to whom. */
export interface Tls {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly verify: boolean;
}

/** An endpoint that can't be used, and what to do about it. */
export interface EndpointError {
  readonly kind: "refused";
  readonly message: string;
  readonly hint: string;
}

/** Everything the choice depends on; files are read through it, so that the choice is pure. */
export interface ClientEnvironment {
  readonly flags: {
    readonly host?: string | undefined;
    readonly context?: string | undefined;
    /** Allow an unencrypted or unverified connection to another machine. */
    readonly insecure?: boolean | undefined;
  };
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  /** The text of a file, `undefined` where there is none. */
  readonly readFile: (path: string) => string | undefined;
  readonly exists: (path: string) => boolean;
}

/** Makes a refusal. */
export function refuse(message: string, hint: string): EndpointError {
  return { kind: "refused", message, hint };
}

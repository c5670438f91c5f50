/** Certificates in PEM form. `verify: false` encrypts without checking the server's identity. */
export interface Tls {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly verify: boolean;
}

/** Why an endpoint cannot be used, with a hint. */
export interface EndpointError {
  readonly kind: "refused";
  readonly message: string;
  readonly hint: string;
}

/** All inputs of the choice. Files are read through it, so that the choice is pure. */
export interface ClientEnvironment {
  readonly flags: {
    readonly host?: string | undefined;
    readonly context?: string | undefined;
    /** Allow an unencrypted or unverified connection to another machine. */
    readonly insecure?: boolean | undefined;
  };
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  /** The text of a file; `undefined` if it does not exist. */
  readonly readFile: (path: string) => string | undefined;
  readonly exists: (path: string) => boolean;
}

/** Creates an error with a hint. */
export function refuse(message: string, hint: string): EndpointError {
  return { kind: "refused", message, hint };
}

import { EngineError } from "../errors/engine-error.ts";

/**
 * Adds to an engine's error the registry that refused, and whether a login was sent.
 * @param login true if a login was sent, or the error that prevented reading it
 */
export function atRegistry(error: unknown, host: string, login: boolean | EngineError): unknown {
  if (!(error instanceof EngineError)) return error;
  const hint = hintFor(error, host, login);
  if (hint === undefined) return error;
  return new EngineError({ ...error, message: error.message, hint, cause: error });
}

function hintFor({ code, hint }: EngineError, host: string, login: boolean | EngineError) {
  if (code === "registry-tls")
    return `The engine must trust ${host}: put its CA into /etc/docker/certs.d/${host}/ca.crt on the engine's machine.`;
  if (code !== "registry-denied") return undefined;
  if (login instanceof EngineError)
    return [`It was asked without a login: ${login.message}.`, login.hint ?? hint].join(" ");
  return login
    ? `${host} does not take the login of Docker's config file: log in again with \`docker login ${host}\`, and check the image's name.`
    : `There is no login for ${host} in Docker's config file: \`docker login ${host}\`, or check the image's name.`;
}

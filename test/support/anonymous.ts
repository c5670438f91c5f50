import type { Logins } from "../../src/engine/docker/login.ts";

/** Nobody is logged in anywhere. */
export const ANONYMOUS: Logins = {
  of: async () => undefined,
  store: () => undefined,
  trouble: () => undefined,
  news: () => undefined,
};

import { pushedNames } from "../../../attributes/image/digests.ts";
import type { Stack } from "../../../model/stack.ts";
import type { Client } from "../api/client.ts";
import type { Logins } from "./credentials.ts";
import { distribution } from "./distribution.ts";

/**
 * Digests in the registries under the names that images are pushed to; `null` if missing or without
 * a response.
 */
export async function publishedContent(
  client: Client,
  logins: Logins,
  { resources }: Stack,
  read: <T>(task: () => Promise<T>) => Promise<T>,
  signal: AbortSignal,
): Promise<Record<string, string | null>> {
  const names = resources.flatMap((each) =>
    each.kind === "image" && each.spec.push === true ? pushedNames(each) : [],
  );
  const answers = await Promise.all(
    names.map(async (name) => {
      try {
        const { digest } = await read(() => distribution(client, logins, name, signal));
        return [name, digest || null] as const;
      } catch (error) {
        if (signal.aborted) throw error;
        return [name, null] as const;
      }
    }),
  );
  return Object.fromEntries(answers);
}

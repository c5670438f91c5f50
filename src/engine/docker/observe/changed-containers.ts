import { at, text } from "../../../attributes/values/json.ts";
import type { JsonObject } from "../../../model/json.ts";
import type { Client } from "../api/client.ts";
import { path } from "../api/path.ts";

/** What happens on an engine, noted from one moment on. */
export interface ChangeTracker {
  /**
   * The containers of which anything was heard until the one of that id was created; `undefined`:
   * something may have been missed.
   */
  until(created: string): Promise<ReadonlySet<string> | undefined>;
  close(): void;
}

/** An engine tells at once of what it has done, unless it is busy; for longer nobody waits, in milliseconds. */
const PATIENCE = 2_000;

/**
 * Listens to the engine's events. It tells of all that was done to a container but of what runs or is
 * written in it.
 * @param since by the engine's clock: it subscribes us a moment after its answer
 */
export function follow(client: Client, since: number): ChangeTracker {
  const stopped = new AbortController();
  const touched = new Set<string>();
  const created = new Set<string>();
  let heard: () => unknown = () => {};
  const note = (event: JsonObject): void => {
    const action = text(event.Action);
    // A probe of health is three of these; a change of health is told by itself.
    if (action.startsWith("exec_")) return;
    const id = text(at(event, "Actor", "ID"));
    if (event.Type === "network") touched.add(text(at(event, "Actor", "Attributes", "container")));
    else touched.add(id);
    if (event.Type === "container" && action === "create") created.add(id);
    heard();
  };
  const listen = async (): Promise<void> => {
    const events = await client.progress("GET", path`/events`, {
      query: { since: String(since), filters: JSON.stringify({ type: ["container", "network"] }) },
      signal: stopped.signal,
    });
    for await (const event of events) note(event as JsonObject);
  };
  const ended = listen().then(
    () => false,
    () => false,
  );
  return {
    async until(id) {
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<boolean>((resolve) => {
        timer = setTimeout(resolve, PATIENCE, false);
      });
      const marker = new Promise<boolean>((resolve) => {
        heard = () => created.has(id) && resolve(true);
        heard();
      });
      // Of those that are settled the first counts: what has ended may have missed something.
      const whole = await Promise.race([ended, marker, late]);
      clearTimeout(timer);
      return whole ? touched : undefined;
    },
    close: () => stopped.abort(),
  };
}

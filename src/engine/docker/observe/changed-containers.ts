import { at, text } from "../../../attributes/values/json.ts";
import type { JsonObject } from "../../../model/json.ts";
import type { Client } from "../api/client.ts";
import { path } from "../api/path.ts";

/** Records changes on an engine, from its creation on. */
export interface ChangeTracker {
  /**
   * IDs of containers with events before the create event of container `created`; `undefined` if
   * events may have been missed.
   */
  until(created: string): Promise<ReadonlySet<string> | undefined>;
  close(): void;
}

/** Milliseconds to wait for an event. An engine sends it at once, unless it is busy. */
const PATIENCE = 2_000;

/**
 * Subscribes to the events of containers and networks: all changes but processes and writes inside.
 * @param since the engine's time; the subscription begins shortly after its response
 */
export function follow(client: Client, since: number): ChangeTracker {
  const stopped = new AbortController();
  const touched = new Set<string>();
  const created = new Set<string>();
  let heard: () => unknown = () => {};
  const note = (event: JsonObject): void => {
    const action = text(event.Action);
    // A health probe causes three exec events; a change of health has its own event.
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
      // The first settled promise counts: a stream that ended may have missed events.
      const whole = await Promise.race([ended, marker, late]);
      clearTimeout(timer);
      return whole ? touched : undefined;
    },
    close: () => stopped.abort(),
  };
}

import { splitReference } from "../../attributes/reference.ts";
import type { JsonObject } from "../../model/json.ts";
import type { Images } from "../images.ts";
import type { Client } from "./client.ts";
import type { Logins } from "./login.ts";
import { path, reference } from "./path.ts";
import { push } from "./push.ts";
import { deadlineFor, forEngine, send } from "./supply.ts";

/** Docker's side of what is done with images. */
export function images(client: Client, logins: Logins): Images {
  return {
    inspect: (name, signal) =>
      client.get<JsonObject | undefined>(path`/images/${reference(name)}/json`, {
        accept: [404],
        signal,
      }),
    // A graph driver collects all layers before it answers.
    save: (names, size, signal) =>
      client.stream("GET", path`/images/get`, {
        query: { names },
        deadline: deadlineFor(size),
        signal,
      }),
    async tag(name, to, signal) {
      const { repository, tag = "latest" } = splitReference(to);
      const query = { repo: repository, tag };
      await client.post(path`/images/${reference(name)}/tag`, undefined, { query, signal });
    },
    push: (name, context) => push(client, logins, name, context),
    fitting: (those, signal) => forEngine(client, those, signal),
    load: (file, archive, picks, context) => send(client, file, archive, picks, context),
  };
}

import { number, text } from "../../../attributes/values/json.ts";
import type { Run } from "../../framework/command.ts";
import { wholeNumber } from "../../framework/parse-arguments.ts";
import { show } from "../../framework/print-table.ts";
import { EXIT } from "../../host/exit-codes.ts";
import { engineFlags } from "../../inputs/load-stack.ts";
import { withEngine } from "../../workflow/with-engine.ts";

const TITLES = ["NAME", "STARS", "OFFICIAL", "DESCRIPTION"];

export const run: Run = async (args, host) => {
  const limit = wholeNumber(args.text("limit") ?? "25", "--limit", 1, 100);
  const term = args.positional ?? "";
  const { signal } = host.interrupts;
  const found = await withEngine(engineFlags(args), host, async (engine) =>
    (await engine.images()).search(term, limit, signal),
  );
  const rows = found.map((each) => ({
    name: text(each.name),
    stars: number(each.star_count),
    official: each.is_official === true,
    description: text(each.description),
  }));
  const cells = rows.map(({ name, stars, official, description }) => [
    ...[name, String(stars), official ? "yes" : ""],
    description,
  ]);
  const document = { term, images: rows };
  const empty = `Nothing is named ${JSON.stringify(term)}.`;
  show(args, host, { format: "stackwright.search/1", document, titles: TITLES, cells, empty });
  return EXIT.done;
};

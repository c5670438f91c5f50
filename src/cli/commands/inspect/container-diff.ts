import { redactorOf } from "../../../attributes/container/former-values.ts";
import { number, text } from "../../../attributes/values/json.ts";
import type { Run } from "../../framework/command.ts";
import { show } from "../../framework/print-table.ts";
import { EXIT } from "../../host/exit-codes.ts";
import { engineFlags, loadOwned } from "../../inputs/load-stack.ts";
import { containerOf } from "../../workflow/find-container.ts";
import { withEngine } from "../../workflow/with-engine.ts";

const TITLES = ["", "PATH"];
/** Engine API, "Get changes on a container's filesystem". */
const KINDS = ["changed", "added", "deleted"] as const;

export const run: Run = async (args, host) => {
  const input = await loadOwned(args, host);
  const redact = redactorOf(input.stack, input.secrets);
  const { signal } = host.interrupts;
  const { name, changes } = await withEngine(engineFlags(args), host, async (engine) => {
    const { id, name } = await containerOf(args.positional ?? "", input, engine, host);
    return { name, changes: await (await engine.images()).changes(id, signal) };
  });
  const rows = changes.map(({ Kind, Path }) => ({
    kind: KINDS[number(Kind)] ?? "changed",
    path: redact(text(Path)),
  }));
  const cells = rows.map(({ kind, path }) => [kind.slice(0, 1).toUpperCase(), path]);
  const document = { container: name, changes: rows };
  const empty = `${name} has changed none of its files.`;
  show(args, host, { format: "stackwright.changes/1", document, titles: TITLES, cells, empty });
  return EXIT.done;
};

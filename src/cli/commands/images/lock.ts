import { member } from "../../../attributes/values/json.ts";
import type { EngineSession } from "../../../engine/engine.ts";
import { pinnable } from "../../../language/pins.ts";
import type { Pin } from "../../../model/pins.ts";
import type { Resource } from "../../../model/stack.ts";
import { plural } from "../../../render/words/quantities.ts";
import { sanitize } from "../../../render/words/sanitize.ts";
import type { ParsedArguments, Run } from "../../framework/command.ts";
import { CliError, EXIT } from "../../host/exit-codes.ts";
import type { CliHost } from "../../host/host.ts";
import { engineFlags, type Input, loadInput, lockFile } from "../../inputs/load-stack.ts";
import { lockText } from "../../inputs/lock-file.ts";
import { withEngine } from "../../workflow/with-engine.ts";

export const run: Run = async (args, host) => {
  const input = await loadInput(args, host);
  const images = pinnable(input.stack);
  const asked = chosen(input, args);
  const looked = asked.length === 0 ? [] : await lookUp(asked, input, args, host);
  const kept = images.flatMap(({ name }) => {
    const pin = looked.find(([reference]) => reference === name)?.[1] ?? member(input.pins, name);
    return pin ? [[name, pin] as const] : [];
  });
  const file = lockFile(input.files, host.cwd);
  const text = lockText(Object.fromEntries(kept));
  if (text !== lockText(input.pins) || Object.keys(input.pins).length === 0)
    await host.write(file, text, {});
  for (const [name, { digest }] of kept)
    host.out(`${sanitize(name)}  ${digest}${news(name, digest)}\n`);
  host.out(`${file}: ${plural(kept.length, "image")}.\n`);
  return EXIT.done;

  function news(name: string, digest: string): string {
    const before = member(input.pins, name)?.digest;
    if (before === digest) return "";
    return before === undefined ? "  (new)" : `  (was ${before})`;
  }
};

/** What is to be looked up: what is not locked yet; with --update everything, or what is named. */
function chosen({ stack, pins }: Input, args: ParsedArguments): readonly Resource[] {
  const images = pinnable(stack);
  const is = ({ key, name }: Resource, asked: string) => asked === key || asked === name;
  if (args.positionals.length > 0 && !args.flag("update"))
    throw new CliError("usage", "an image is named without --update", "See: stack lock --help");
  const unknown = args.positionals.filter((asked) => !images.some((image) => is(image, asked)));
  if (unknown.length > 0) {
    const names = unknown.map((each) => JSON.stringify(each)).join(", ");
    const has = images.map(({ name }) => name).join(", ");
    const hint = has === "" ? undefined : `It pulls ${has}.`;
    throw new CliError("not-found", `the stack pulls no image ${names} by tag`, hint);
  }
  if (args.positionals.length > 0)
    return images.filter((image) => args.positionals.some((asked) => is(image, asked)));
  return images.filter(({ name }) => args.flag("update") || member(pins, name) === undefined);
}

async function lookUp(
  images: readonly Resource[],
  { pins }: Input,
  args: ParsedArguments,
  host: CliHost,
) {
  const locked = new Date(host.now()).toISOString().slice(0, 10);
  const pin = async (engine: EngineSession, image: Resource): Promise<readonly [string, Pin]> => {
    const { digest, platforms } = await engine.remote(image, host.interrupts.signal);
    const before = member(pins, image.name);
    // Ids that are the same content stay so.
    const same = before?.digest === digest ? before : {};
    return [image.name, { ...same, digest, platforms, locked }];
  };
  return withEngine(engineFlags(args), host, async (engine) => {
    const answers = await Promise.allSettled(images.map((image) => pin(engine, image)));
    const failed = answers.flatMap((answer, index) =>
      answer.status === "rejected"
        ? [{ name: images[index]?.name ?? "", error: answer.reason }]
        : [],
    );
    const [first] = failed;
    if (!first) return answers.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
    for (const { name, error } of failed)
      host.err(
        `${host.paintErr.bad("x")} ${sanitize(name)}: ${sanitize((error as Error).message)}\n`,
      );
    const { hint } = first.error as { hint?: string };
    throw new CliError("registry", "nothing was locked, since not every registry answered", hint);
  });
}

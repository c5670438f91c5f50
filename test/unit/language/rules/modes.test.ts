import { describe, expect, test } from "vitest";
import { at, record } from "../../../../src/attributes/values/json.ts";
import type { Json } from "../../../../src/model/json.ts";
import { loaded, resource, told, web } from "../support.ts";

const FORMS: readonly [written: string, mode: number][] = [
  // What docker compose 2.40 makes of each (`docker compose config`).
  ["0", 0],
  ['"0000"', 0],
  ["0000", 0],
  ["256", 0o400],
  ["420", 0o644],
  ["440", 0o670],
  ["0440", 0o440],
  ["0o440", 0o440],
  ['"0440"', 0o440],
  ['"440"', 0o440],
  ['"256"', 0o256],
  ['"1777"', 0o1777],
  ["01777", 0o1777],
  ["9", 0o11],
];
const WRONG = ["'rw'", '"9"', "0888", "288.0", "-1", '"-1"', "4096", "010000", "0x1ff", "[4]"];

const given = (section: string, mode: string) =>
  `${web(`${section}: [{source: a, target: /t, mode: ${mode}}]`)}${section}: {a: {file: one}}\n`;
const tmpfs = (mode: string) => web(`volumes: [{type: tmpfs, target: /t, tmpfs: {mode: ${mode}}}]`);
const load = (text: string) => loaded({ "stack.yaml": text, one: "text" });
const modeOf = (text: string, ...path: string[]): Json | undefined =>
  at(record(resource(load(text), "container.web").spec), ...path, "mode");

describe.each(["configs", "secrets"])("a file mode of %s", (section) => {
  test.each(FORMS)("%s is what Compose reads", (written, mode) => {
    expect(modeOf(given(section, written), section, "/t")).toBe(mode);
  });

  test.each(WRONG)("%s is refused at its line", (written) => {
    const [first] = told(load(given(section, written)));
    expect(first).toMatch(/^stack\.yaml:5:.*(is no file mode|must be)/);
  });
});

describe("a mode of a tmpfs", () => {
  // Compose refuses text here; read as it is elsewhere, it can mean one thing only.
  test.each([...FORMS, ["1770", 1770], ['"01770"', 0o1770]] as const)("%s", (written, mode) => {
    // 0 is silence to the engine.
    expect(modeOf(tmpfs(written), "volumes", "/t")).toBe(mode === 0 ? undefined : mode);
  });

  test.each(WRONG)("%s is refused at its line", (written) => {
    const [first] = told(load(tmpfs(written)));
    expect(first).toMatch(/^stack\.yaml:5:.*(is no file mode|must be)/);
  });
});

test("decimal digits that could be octal ones are told", () => {
  expect(told(load(given("secrets", "440")))).toEqual([
    'stack.yaml:5:45 ⟨440⟩ warning: 440 is a decimal number, and the mode 0670, as in Compose | for the mode 0440 write "0440"',
  ]);
  expect(told(load(tmpfs("1770")))).toHaveLength(1);
  for (const written of ["288", "0440", '"440"', "7"])
    expect(told(load(given("secrets", written)))).toEqual([]);
});

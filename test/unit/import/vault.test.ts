import { expect, test } from "vitest";
import { token } from "../../../src/attributes/secrets/sensitive.ts";
import { Vault } from "../../../src/import/secrets.ts";
import type { JsonObject } from "../../../src/model/json.ts";

/* What a label says to be sensitive is written as a reference, never in clear. */

const literal = (value: string) => value.replaceAll("$", "$$$$");

function environment(asked: JsonObject, live: Readonly<Record<string, string>>) {
  const vault = new Vault();
  const written = Object.fromEntries(
    Object.entries(live).map(([key, value]) => [key, literal(value)]),
  );
  return { vault, values: vault.without("web", live, written, asked) };
}

test.each<[string, string, string, Record<string, string>]>([
  ["the value itself", token("pin"), "old", { pin: "old" }],
  ["a part of it, beside a dollar", `db://u$:${token("pw")}@db`, "db://u$:o$d@db", { pw: "o$d" }],
  ["several parts", `${token("a")}:${token("b")}`, "x:y", { a: "x", b: "y" }],
  ["what was changed since, as a whole", `db://${token("pw")}@db`, "tcp://x", { url: "tcp://x" }],
  ["a URL with a password", "", "db://u:s3cret@db/x", { url: "db://u:s3cret@db/x" }],
  ["what only looked secret", token("container.web.environment.URL"), "old", { url: "old" }],
])("of a variable: %s", (_, asked, live, withheld) => {
  const { vault, values } = environment({ URL: asked, MODE: "a" }, { URL: live, MODE: "a" });
  expect(values.MODE).toBe("a");
  for (const value of Object.values(withheld)) expect(values.URL).not.toContain(value);
  expect(
    Object.fromEntries(vault.withheld.map(({ variable, value }) => [variable, value])),
  ).toEqual(withheld);
  const filled = String(values.URL).replace(/\$\$|\$\{(\w+)\}/g, (all, name: string | undefined) =>
    name === undefined ? all.slice(1) : (withheld[name] ?? ""),
  );
  expect(filled).toBe(live);
  for (const { variable } of vault.withheld)
    expect(vault.section()[variable]).toMatchObject({ sensitive: true });
});

test("of a command, word by word; all of one that somebody has changed", () => {
  const vault = new Vault();
  const asked = ["app", `-p=${token("pw")}`];
  expect(vault.words("web", "command", ["app", "-p=x"], ["app", "-p=x"], asked)).toEqual([
    "app",
    "-p=${pw}",
  ]);
  const other = ["app", "-v", "-p=x"];
  expect(vault.words("web", "command", other, other, asked)).toEqual([
    "${command_0}",
    "${command_1}",
    "${command_2}",
  ]);
  expect(vault.words("web", "command", other, other, ["app"])).toEqual(other);
});

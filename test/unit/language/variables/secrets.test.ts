import { describe, expect, test } from "vitest";
import { loaded, resource, told, web } from "../support.ts";

const one = (definition: string) => `secrets: {s: ${definition}}\n${web("secrets: [s]")}`;

describe("secrets", () => {
  test("of a file, a variable and a command; grants as in Compose", () => {
    const grants = "[a, {source: b, target: x/y, mode: 0400}, {source: c, target: /etc/c, uid: 7}]";
    const text = `${web(`secrets: ${grants}`)}secrets:
  a: {file: ./a.txt, name: shop_a}
  b: {environment: B}
  c: {command: [pass, show, c]}
  unused: {command: [never]}
`;
    const found = loaded({ "stack.yaml": text, "a.txt": "one\n" }, { env: { B: "two" } });
    expect(resource(found, "container.web").spec.secrets).toEqual({
      "/run/secrets/a": { uid: 0, gid: 0, mode: 0o444, content: "\uE000secret.a\uE001" },
      "/run/secrets/x/y": { uid: 0, gid: 0, mode: 0o400, content: "\uE000secret.b\uE001" },
      "/etc/c": { uid: 7, gid: 0, mode: 0o444, content: "\uE000secret.c\uE001" },
    });
    expect(Object.fromEntries(found.secrets)).toEqual({ "secret.a": "one\n", "secret.b": "two" });
    expect(found.commands).toEqual([
      {
        key: "c",
        token: "secret.c",
        argv: ["pass", "show", "c"],
        folder: "/srv/shop",
        place: { file: "stack.yaml", line: 9, column: 16 },
      },
    ]);
    expect(found.document).toMatchObject({ secrets: { a: { file: "./a.txt" } } });
    expect(JSON.stringify(found.document)).not.toMatch(/one|two/);
  });

  test("a sensitive variable may be the source", () => {
    const text = `variables: {B: {sensitive: true, default: x}}\n${one("{environment: B}")}`;
    expect(loaded(text).secrets.get("secret.s")).toBe("x");
  });

  test("later files: the grant with the same target stands, and a source is replaced", () => {
    const files = {
      "a.yaml": one("{command: [a, b]}"),
      "b.yaml":
        "secrets: {s: {command: [c]}}\ncontainers: {web: {secrets: [{source: s, mode: 0400}]}}\n",
    };
    const found = loaded(files);
    expect(found.commands.map(({ argv }) => argv)).toEqual([["c"]]);
    expect(resource(found, "container.web").spec.secrets).toMatchObject({
      "/run/secrets/s": { mode: 0o400 },
    });
  });

  test.each([
    ["{}", "1:11 ⟨s⟩ the secret `s` needs one of `file`, `environment` and `command`"],
    ["{file: x, environment: Y}", "1:11 ⟨s⟩ the secret `s` needs one of"],
    ["{file: x}", "1:21 ⟨x⟩ there is no secret file x"],
    ["{environment: NO}", "1:28 ⟨NO⟩ `NO` is not set"],
    ["{environment: EMPTY}", "1:28 ⟨EMPTY⟩ the secret `s` is empty"],
    ["{file: big}", "the secret `s` is larger than 500 KiB, the most that a secret may be"],
    ["{external: true}", "only a swarm keeps what is `external` | use `file`, `environment`"],
    ["{command: pass show x}", "`command` must be a list"],
    ["{command: []}", "1:24"],
    ["{file: most}", undefined],
  ])("%s", (definition, expected) => {
    const files = {
      "stack.yaml": one(definition),
      big: "x".repeat(500 * 1024 + 1),
      most: "x".repeat(500 * 1024),
    };
    const found = told(loaded(files, { env: { EMPTY: "" } }));
    if (expected === undefined) expect(found).toEqual([]);
    else {
      expect(found.join("\n")).toContain(expected);
      expect(found).toHaveLength(1);
    }
  });

  test.each([
    ["secrets: [t]", "`t` is not among the stack's secrets"],
    [
      "read_only: true, secrets: [s]",
      "it is on the read-only root | mount a volume there: `volumes: [/run/secrets]`",
    ],
    ["read_only: true, volumes: [/run/secrets], secrets: [s]", undefined],
    [
      "tmpfs: /run, secrets: [s]",
      "the secret `s` cannot be written to /run/secrets/s: it is on a tmpfs",
    ],
    ["secrets: [{source: s, target: /dev/shm/s}]", "it is on a file system of the kernel"],
    ["configs: [{source: c, target: /etc/hosts}]", "it is on a file that the engine mounts"],
    ["secrets: [s, {source: s, target: s}]", "two secrets have the same target"],
    [
      "secrets: [s], configs: [{source: c, target: /run/secrets/s}]",
      "a config and a secret have the same target, /run/secrets/s",
    ],
  ])("%s", (attributes, expected) => {
    const sections = "secrets: {s: {environment: S}}\nconfigs: {c: {content: x}}\n";
    const text = `${sections}containers:\n  a: {image: a, ${attributes}}\n`;
    const found = told(loaded(text, { env: { S: "the value" } }));
    if (expected === undefined) expect(found).toEqual([]);
    else expect(found.join("\n")).toContain(expected);
  });
});

import { expect, test } from "vitest";
import { loaded, resource, told, web } from "../support.ts";

test("hooks in their forms; what looks like a secret is one", () => {
  const found = loaded(
    web(
      "post_start:",
      "  - { command: sh -c 'echo up', user: 0, privileged: true, working_dir: /srv }",
      "  - { command: [register], environment: [REGION, 'API_KEY=hunter22', LEVEL=1] }",
      "pre_stop: [{ command: [leave], environment: { API_KEY: hunter33 } }]",
    ),
    { env: { REGION: "north" } },
  );
  const key = (name: string) => `\uE000container.web.${name}.environment.API_KEY\uE001`;
  expect(resource(found, "container.web").hooks).toEqual({
    post_start: [
      { command: ["sh", "-c", "echo up"], user: "0", privileged: true, working_dir: "/srv" },
      {
        command: ["register"],
        environment: { REGION: "north", API_KEY: key("post_start.1"), LEVEL: "1" },
      },
    ],
    pre_stop: [{ command: ["leave"], environment: { API_KEY: key("pre_stop.0") } }],
  });
  expect([...found.secrets.values()]).toEqual(["hunter22", "hunter33"]);
  expect(JSON.stringify([found.document, found.stack])).not.toContain("hunter");
});

test("mistakes in hooks are told at their places, all at once", () => {
  const hooks = `post_start: [{ command: [] }, { command: "sh -c 'x" }]`;
  expect(told(loaded(web(hooks)))).toEqual([
    `stack.yaml:5:29 ⟨[]⟩ a hook needs a program | write ["sh", "-c", "…"]`,
    `stack.yaml:5:46 ⟨"sh -c 'x"⟩ a quote is not closed | use the list form: ["sh", "-c", "…"]`,
  ]);
  expect(told(loaded(web("pre_stop: [{ user: a }]")))).toEqual([
    "stack.yaml:5:16 ⟨{ user: a }⟩ `pre_stop[0]` needs `command`",
  ]);
});

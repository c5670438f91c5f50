import { describe, expect, test } from "vitest";
import { loaded, resource, told } from "../../support.ts";

/* Compose files as a stack: what they say, what has no effect, and what is wrong with them. */

const compose = (text: string, more: Record<string, string> = {}) => ({
  "compose.yaml": text,
  ...more,
});
const read = (files: Record<string, string>, options: Parameters<typeof loaded>[1] = {}) =>
  loaded(files, { files: ["compose.yaml"], ...options });
const service = (...lines: readonly string[]) =>
  compose(
    `services:\n  web:\n    image: busybox\n${lines.map((line) => `    ${line}\n`).join("")}`,
  );

test("names are those of Compose", () => {
  const { stack } = read(
    compose(
      "services: {web: {build: {dockerfile_inline: FROM busybox}, volumes: ['data:/d']}}\nvolumes: {data: {}}",
    ),
  );
  expect(stack?.resources.map(({ name }) => name).sort()).toEqual(
    ["busybox", "shop-web", "shop-web-1", "shop_data", "shop_default"].sort(),
  );
});

test("x-stack carries what Compose has no word for", () => {
  const from = read(
    compose(`x-stack:
  variables: {tag: {default: "1.36"}}
services:
  web:
    image: busybox:\${tag}
    deploy: {update_config: {parallelism: 2}}
    x-stack: {protect: true, ignore_changes: [labels], update_config: {monitor: 3s}}
    volumes: [data:/d]
volumes:
  data: {x-stack: {protect: true}}
`),
  );
  expect(resource(from, "container.web")).toMatchObject({
    lifecycle: { protect: true, ignore: ["labels"] },
    update: { parallelism: 2, monitor: 3000 },
    spec: { image: "busybox:1.36" },
  });
  expect(resource(from, "volume.data").lifecycle).toEqual({ protect: true });
});

test("a variable that is not set is empty, and all of them are told once", () => {
  const files = service("hostname: a$A", "environment: {B: '${B}', C: '${A}', D: '${D:-d}'}");
  const from = read(files);
  expect(told(from)).toEqual([
    "compose.yaml:4:16 ⟨$A⟩ warning: variables are not set, and taken as empty: `A`, `B` | --strict makes it an error; `${NAME:-}` says that it may be empty",
  ]);
  expect(resource(from, "container.web").spec).toMatchObject({
    hostname: "a",
    environment: { B: "", C: "", D: "d" },
  });
  expect(read(files, { strict: true }).stack).toBeUndefined();
});

test.each([
  [{ COMPOSE_PROJECT_NAME: "mine" }, "name: theirs\n", undefined, "mine"],
  [{}, "name: Their.Shop\n", undefined, "theirshop"],
  [{}, "name: ${N}\n", undefined, "shop"],
  [{ COMPOSE_PROJECT_NAME: "mine" }, "", "given", "given"],
])("the project's name: %j, %j, %j", (env, head, stackName, name) => {
  const files = compose(`${head}services: {web: {image: busybox}}\n`);
  expect(read(files, { env, stackName }).stack?.name).toBe(name);
});

test("variables come from the environment, --env-file, or .env", () => {
  const files = {
    ...service("command: [$A, $B, $C]"),
    ".env": "A=dot\nB=dot\nC=dot\n",
    "one.env": "A=one\nB=one\nC=one\n",
    "two.env": "B=two\n",
  };
  const command = (options: Parameters<typeof loaded>[1]) =>
    resource(read(files, options), "container.web").spec.command;
  expect(command({ env: { A: "env" } })).toEqual(["env", "dot", "dot"]);
  expect(command({ envFiles: ["one.env", "two.env"] })).toEqual(["one", "two", "one"]);
  expect(told(read(files, { envFiles: ["no.env"] }))[0]).toBe("- ⟨⟩ no environment file: no.env");
  const env = { COMPOSE_DISABLE_ENV_FILE: "1" };
  expect(command({ env })).toEqual(["", "", ""]);
});

test("of a file in a folder above, .env of the working folder is read before its own", () => {
  const files = {
    "/srv/shop/compose.yaml": service("command: [$A, $B]")["compose.yaml"],
    "/srv/shop/.env": "A=above\nB=above\n",
    "/srv/shop/below/.env": "A=below\n",
  };
  const from = loaded(files, { files: ["../compose.yaml"], cwd: "/srv/shop/below" });
  expect(resource(from, "container.web").spec.command).toEqual(["below", "above"]);
});

describe("profiles", () => {
  const files = compose(`services:
  web: {image: busybox}
  debug: {image: busybox, profiles: [tools], networks: [tools], volumes: ["data:/data"]}
networks: {tools: {}}
volumes: {data: {}}
`);
  const addresses = (options: Parameters<typeof loaded>[1]) =>
    read(files, options).stack?.resources.map(({ address }) => address);

  test("what is not active is neither made nor removed", () => {
    const { stack } = read(files);
    expect(stack?.resources.map(({ key }) => key)).not.toContain("debug");
    expect(stack?.inactive).toEqual(["container.debug", "network.tools", "volume.data"]);
  });

  test.each([
    { profiles: ["tools"] },
    { profiles: ["*"] },
    { named: ["debug"] },
    { env: { COMPOSE_PROFILES: "a,tools" } },
  ])("active by %j", (options) => {
    expect(addresses(options)).toContain("container.debug");
    expect(addresses(options)).toContain("network.tools");
  });

  test("a dependency that is not active is a mistake", () => {
    const wrong = compose(
      "services:\n  web: {image: busybox, depends_on: [db]}\n  db: {image: busybox, profiles: [data]}\n",
    );
    expect(told(read(wrong))).toEqual([
      "compose.yaml:2:38 ⟨db⟩ `db` is in the profile `data`, which is not active | activate it with --profile data, or write `required: false`",
    ]);
  });
});

test("a bind mount makes its source, unless the file says otherwise", () => {
  const files = service(
    "volumes:",
    "  - ./a:/a",
    "  - {type: bind, source: ./b, target: /b}",
    "  - {type: bind, source: ./c, target: /c, bind: {create_host_path: false}}",
    "  - ./d:/d:z",
  );
  const volumes = resource(read(files), "container.web").spec.volumes as Record<string, object>;
  const making = Object.entries(volumes).filter(([, mount]) => "create_host_path" in mount);
  expect(making.map(([target]) => target)).toEqual(["/a", "/b"]);
});

test("what is included may be changed by the file that includes it", () => {
  const files = compose(
    "include: [db.yaml]\nservices:\n  db: {environment: {B: 2}, cap_add: !reset []}\n",
    { "db.yaml": "services:\n  db: {image: busybox, environment: {A: 1}, cap_add: [NET_ADMIN]}\n" },
  );
  const { spec } = resource(read(files), "container.db");
  expect(spec.environment).toEqual({ A: "1", B: "2" });
  expect(spec.cap_add).toBeUndefined();
});

const CASES: readonly (readonly [files: Record<string, string>, ...lines: string[]])[] = [
  [
    service("attach: false", "develop: {watch: []}", "deploy: {placement: {}, mode: global}"),
    "compose.yaml:4:5 ⟨attach⟩ warning: `attach` has no effect | stack follows no logs",
    "compose.yaml:5:5 ⟨develop⟩ warning: `develop` has no effect | stack watches no files",
    "compose.yaml:6:14 ⟨placement⟩ warning: `deploy.placement` has no effect | only a swarm has it; docker compose ignores it too",
    "compose.yaml:6:29 ⟨mode⟩ warning: `deploy.mode: global` has no effect | only a swarm has it; docker compose ignores it too",
  ],
  [
    service("restart: always", "deploy: {restart_policy: {condition: on-failure}}"),
    "compose.yaml:4:5 ⟨restart⟩ warning: `restart` has no effect | `deploy.restart_policy` is used",
  ],
  [
    compose("version: '3'\nservices: {web: {image: busybox}}\n"),
    "compose.yaml:1:1 ⟨version⟩ warning: `version` has no effect | Compose ignores it too; remove the line",
  ],
  [
    service("environment: {V: 1.10}"),
    "compose.yaml:4:22 ⟨1.10⟩ warning: `1.10` is the number 1.1 | put it in quotes to keep it as it is",
  ],
  [service("tty: yes"), "compose.yaml:4:10 ⟨yes⟩ warning: `yes` is taken for true | write true"],
  [
    service("scale: 2", "deploy: {replicas: 3}"),
    "compose.yaml:5:14 ⟨replicas⟩ `deploy.replicas` and `scale` differ | say it once, or the same in both",
  ],
  [
    service("protect: true"),
    "compose.yaml:4:5 ⟨protect⟩ `protect` is not known in a Compose file | write it under `x-stack:`",
  ],
  [
    compose("services: {web: {image: busybox}}\ncontainers: {}\n"),
    "compose.yaml:2:1 ⟨containers⟩ `containers` is not known in a Compose file | they are `services` here",
  ],
  [
    service("prots: [80]"),
    "compose.yaml:4:5 ⟨prots⟩ `prots` is not known in `services.web` | did you mean `ports`?",
  ],
  [
    service("depends_on: [bd]"),
    "compose.yaml:4:18 ⟨bd⟩ `bd` is not among the services | `depends_on` names keys of `services:`",
  ],
  [
    service("provider: {type: x}"),
    "compose.yaml:4:5 ⟨provider⟩ `provider` is not supported | it is run by docker compose alone; leave it out",
  ],
  [
    service("extends: {service: base, file: no.yaml}"),
    "compose.yaml:4:36 ⟨no.yaml⟩ no file to extend from: no.yaml",
  ],
  [
    service("extends: wbe"),
    "compose.yaml:4:14 ⟨wbe⟩ there is no service `wbe` in this file | did you mean `web`?",
  ],
  [
    compose("services:\n  a: {extends: b}\n  b: {extends: a}\n"),
    "compose.yaml:3:7 ⟨extends⟩ `extends` forms a cycle: a → b → a",
  ],
  [
    compose("include: [a.yaml]\nservices: {web: {image: busybox}}\n", {
      "a.yaml": "include: [compose.yaml]\nservices: {}\n",
    }),
    "a.yaml:1:11 ⟨compose.yaml⟩ `include` forms a cycle: compose.yaml → a.yaml → compose.yaml",
  ],
  [
    compose("include: [b.yaml]\nservices: {web: {image: busybox}}\n"),
    "compose.yaml:1:11 ⟨b.yaml⟩ no file to include: b.yaml",
  ],
];

test.each(CASES.map(([files, ...lines]) => ({ files, lines })))("$files", ({ files, lines }) => {
  expect(told(read(files))).toEqual(expect.arrayContaining(lines));
});

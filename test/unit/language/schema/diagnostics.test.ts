import { describe, expect, test } from "vitest";
import { catalogue } from "../../../../src/attributes/catalogue.ts";
import { refused } from "../../../../src/attributes/core/unsupported.ts";
import { loaded, told, web } from "../support.ts";

describe("the schema, in words", () => {
  test.each([
    [
      "helthcheck: {}",
      "stack.yaml:5:5 ⟨helthcheck⟩ `helthcheck` is not known in `containers.web` | did you mean `healthcheck`?",
    ],
    [
      "profiles: [a]",
      "stack.yaml:5:5 ⟨profiles⟩ `profiles` is not supported | put optional containers into a file of their own, and add it with -f",
    ],
    ["zzzzzzzz: {}", "stack.yaml:5:5 ⟨zzzzzzzz⟩ `zzzzzzzz` is not known in `containers.web`"],
    [
      "healthcheck: {tets: a}",
      "stack.yaml:5:19 ⟨tets⟩ `tets` is not known in `healthcheck` | did you mean `test`?",
    ],
    [
      "ports: {a: b}",
      "stack.yaml:5:5 ⟨ports⟩ `ports` must be a list; this is a map | put a `- ` before each item",
    ],
    ["ports: '80'", "stack.yaml:5:12 ⟨'80'⟩ `ports` must be a list; this is text | write [80]"],
    ["ports:", "stack.yaml:5:5 ⟨ports⟩ `ports` must be a list; it is empty"],
    [
      "ports: [[80]]",
      "stack.yaml:5:13 ⟨[80]⟩ `ports[0]` must be text, a whole number or a map; this is a list",
    ],
    ["ports: [{published: 80}]", "stack.yaml:5:13 ⟨{published: 80}⟩ `ports[0]` needs `target`"],
    [
      "ports: [{target: 1, protcol: tcp}]",
      "stack.yaml:5:25 ⟨protcol⟩ `protcol` is not known in `ports[0]` | did you mean `protocol`?",
    ],
    [
      "ports: [{target: 1, protocol: tpc}]",
      "stack.yaml:5:35 ⟨tpc⟩ `ports[0].protocol` must be tcp, udp or sctp, not `tpc` | did you mean `tcp`?",
    ],
    ["tty: 1", "stack.yaml:5:10 ⟨1⟩ `tty` must be true or false; this is a number"],
    ["replicas: many", "stack.yaml:5:15 ⟨many⟩ `replicas` must be a whole number; this is text"],
    ["replicas: -1", "stack.yaml:5:15 ⟨-1⟩ `replicas` must be at least 0"],
    ["replicas: 1.5", "stack.yaml:5:15 ⟨1.5⟩ `replicas` must be a whole number; this is a number"],
    [
      "restart: alway",
      "stack.yaml:5:14 ⟨alway⟩ `alway` is not a valid `restart` | for example unless-stopped, on-failure:3, no",
    ],
    [
      "command: {a: b}",
      "stack.yaml:5:5 ⟨command⟩ `command` must be text or a list; this is a map | put a `- ` before each item",
    ],
    [
      "environment: {A: [1]}",
      "stack.yaml:5:22 ⟨[1]⟩ `environment.A` must be text, a number or true or false; this is a list",
    ],
    [
      "environment: hello",
      "stack.yaml:5:18 ⟨hello⟩ `environment` must be a list or a map; this is text | write [hello]",
    ],
    [
      "depends_on: {web2: {condition: healthy}}",
      "stack.yaml:5:36 ⟨healthy⟩ `depends_on.web2.condition` must be service_started, service_healthy or service_completed_successfully, not `healthy` | did you mean `service_healthy`?",
    ],
    [
      "networks: {a: {alias: [b]}}",
      "stack.yaml:5:20 ⟨alias⟩ `alias` is not known in `networks.a` | did you mean `aliases`?",
    ],
  ])("%s", (line, expected) => {
    expect(told(loaded(web(line)))).toContain(expected);
  });

  test.each([
    [
      "version: '3'",
      "stack.yaml:1:1 ⟨version⟩ `version` is not known in a stack file | stack files have no version; remove the line",
    ],
    [
      "contaienrs: {}",
      "stack.yaml:1:1 ⟨contaienrs⟩ `contaienrs` is not known in a stack file | did you mean `containers`?",
    ],
    [
      "containers: [a]",
      "stack.yaml:1:13 ⟨[a]⟩ `containers` must be a map; this is a list | write `name:` for each, without `- `",
    ],
    [
      "containers: {web: }",
      "stack.yaml:1:14 ⟨web⟩ `containers.web` must be a map; it is empty | what it is made of is indented below it, for example `image: busybox`",
    ],
    [
      "containers: {web: nginx}",
      "stack.yaml:1:19 ⟨nginx⟩ `containers.web` must be a map; this is text | what it is made of is indented below it, for example `image: busybox`",
    ],
    [
      "containers:\n  web:\n    image:nginx",
      "stack.yaml:3:5 ⟨image:nginx⟩ `containers.web` must be a map; this is text | write a blank after the `:`",
    ],
    [
      "containers:\n  web:\n  image: nginx",
      "stack.yaml:3:10 ⟨nginx⟩ `containers.image` must be a map; this is text | `image` is said of a container: indent it below its name",
    ],
    [
      "include: [a.yaml]",
      "stack.yaml:1:1 ⟨include⟩ `include` is not known in a stack file | give each file with -f; the later ones override",
    ],
    [
      "networks: {a: {subnet: 10.1.0.0/24}}",
      "stack.yaml:1:16 ⟨subnet⟩ `subnet` is not supported | write `ipam: { config: [{ subnet: … }] }`",
    ],
    [
      "image: nginx",
      "stack.yaml:1:1 ⟨image⟩ `image` is not known in a stack file | it is said of a container: indent it below its name under `containers:`",
    ],
    [
      "web: {image: nginx}",
      "stack.yaml:1:1 ⟨web⟩ `web` is not known in a stack file | the container `web` stands under `containers:`",
    ],
    [
      "zzzzzzzz: {}",
      "stack.yaml:1:1 ⟨zzzzzzzz⟩ `zzzzzzzz` is not known in a stack file | known are name, variables, containers, plugins, networks, volumes, images, configs, secrets",
    ],
    [
      "containers: {a/b: {image: a}}",
      "stack.yaml:1:14 ⟨a/b⟩ `a/b` cannot be a name here | letters, digits, `_`, `-` and `.`, beginning with a letter or digit",
    ],
  ])("%s", (text, expected) => {
    expect(told(loaded(text))).toContain(expected);
  });
});

describe("what attributes refuse", () => {
  test.each([
    [
      "mem_limit: 12q",
      "stack.yaml:5:16 ⟨12q⟩ `12q` is no byte value | for example 64m, 2gb, 1048576",
    ],
    ["ports: ['80', 'x:y']", "stack.yaml:5:19 ⟨'x:y'⟩ `x:y` is no port mapping"],
    [
      "networks: [frnt]",
      "stack.yaml:5:16 ⟨frnt⟩ `frnt` is not among the stack's networks | did you mean `front`?",
    ],
    [
      "networks: {frnt: {aliases: [a]}}",
      "stack.yaml:5:16 ⟨frnt⟩ `frnt` is not among the stack's networks | did you mean `front`?",
    ],
    [
      "volumes: [dta:/x]",
      "stack.yaml:5:15 ⟨dta:/x⟩ `dta` is not among the stack's volumes | did you mean `data`?",
    ],
    ["configs: [motd]", "stack.yaml:5:15 ⟨motd⟩ `motd` is not among the stack's configs"],
    ["image: Bad Image", "⟨Bad Image⟩ `Bad Image` is no image reference"],
  ])("%s", (line, expected) => {
    const text = `${web(line)}networks: {front: }\nvolumes: {data: }\n`;
    const own = line.startsWith("image") ? text.replace("    image: busybox\n", "") : text;
    expect(told(loaded(own)).join("\n")).toContain(expected);
  });
});

describe("rules over the whole stack", () => {
  const all = (...containers: string[]) =>
    told(loaded(`containers:\n${containers.map((line) => `  ${line}\n`).join("")}`));

  test("a container needs an image", () => {
    expect(all("a: {tty: true}")).toEqual([
      "stack.yaml:2:3 ⟨a⟩ the container `a` has no `image` | a key of `images:` or a reference, `image: busybox:1.36`, or how to `build` it",
    ]);
  });

  test("unknown dependencies", () => {
    expect(
      all(
        "web: {image: a, depends_on: [bd]}",
        "db: {image: a, depends_on: {wbe: {condition: service_started}}}",
      ),
    ).toEqual([
      "stack.yaml:2:32 ⟨bd⟩ `bd` is not among the stack's containers | did you mean `db`?",
      "stack.yaml:3:31 ⟨wbe⟩ `wbe` is not among the stack's containers | did you mean `web`?",
    ]);
  });

  test("cycles are shown, each once", () => {
    expect(
      all(
        "web: {image: a, depends_on: [api]}",
        "api: {image: a, depends_on: [db]}",
        "db: {image: a, depends_on: [web]}",
        "x: {image: a, depends_on: [x, web]}",
      ),
    ).toEqual([
      "stack.yaml:4:31 ⟨web⟩ the dependencies form a cycle: web → api → db → web",
      "stack.yaml:5:30 ⟨x⟩ the dependencies form a cycle: x → x",
    ]);
  });

  test("states and jobs that nobody can wait for", () => {
    expect(
      all(
        "web: {image: a, depends_on: [db]}",
        "api: {image: a, depends_on: {ice: {condition: service_healthy}, job: {condition: service_healthy}}}",
        "log: {image: a, depends_on: {loop: {condition: service_completed_successfully}}}",
        "off: {image: a, state: stopped, depends_on: [db]}",
        "any: {image: a, depends_on: {db: {condition: service_started, required: false}}}",
        "db: {image: a, state: stopped}",
        "ice: {image: a, state: paused}",
        "job: {image: a, job: true}",
        "loop: {image: a, restart: always}",
      ).map((line) => line.replace(/ \|.*/, "")),
    ).toEqual([
      "stack.yaml:2:32 ⟨db⟩ `db` is to be stopped, so `web` would never start",
      "stack.yaml:3:32 ⟨ice⟩ `ice` is to be paused, and cannot be found healthy, so `api` would never start",
      "stack.yaml:3:67 ⟨job⟩ `job` is a job, which ends and is not found healthy, so `api` would never start",
      "stack.yaml:4:32 ⟨loop⟩ `loop` is started again by its restart policy, so `log` would never start",
    ]);
  });

  test("a job that is not to end", () => {
    expect(
      all("a: {image: a, job: true, state: paused}", "b: {image: a, job: true, restart: always}"),
    ).toEqual([
      "stack.yaml:2:28 ⟨state⟩ a job runs to its end, so it cannot be paused | leave one of them out",
      "stack.yaml:3:28 ⟨restart⟩ a job ends, and `restart: always` would start it again | leave it out, or write `on-failure`",
    ]);
  });

  test("attributes that cannot be ignored", () => {
    expect(
      all(
        "a: {image: a, ignore_changes: [mem_limt, mem_limit.x, labels.x, state, replicas, zzzzzzz]}",
      ),
    ).toEqual([
      "stack.yaml:2:34 ⟨mem_limt⟩ there is no attribute `mem_limt` | did you mean `mem_limit`?",
      "stack.yaml:2:44 ⟨mem_limit.x⟩ `mem_limit` has no keys | write `mem_limit`",
      "stack.yaml:2:74 ⟨replicas⟩ `replicas` cannot be ignored: it plans no change by itself",
      "stack.yaml:2:84 ⟨zzzzzzz⟩ there is no attribute `zzzzzzz` | names of attributes, or `all`",
    ]);
  });

  test("health that can never come", () => {
    expect(
      all(
        "web: {image: a, depends_on: {db: {condition: service_healthy}}}",
        "db: {image: a, healthcheck: {disable: true}}",
      ),
    ).toEqual(["stack.yaml:2:32 ⟨db⟩ `db` can never become healthy: its healthcheck is disabled"]);
  });

  test.each([
    ["127.0.0.1:80:80", "127.0.0.1:80:81", true],
    ["0.0.0.0:80:80", "127.0.0.1:80:81", true],
    ["0.0.0.0:80:80", "[::1]:80:81", false],
    ["[::]:80:80", "[::1]:80:81", true],
    ["127.0.0.1:80:80", "127.0.0.2:80:81", false],
    ["127.0.0.1:80:80", "127.0.0.1:80:80/udp", false],
    ["127.0.0.1:80-85:80-85", "127.0.0.1:83:1", true],
    ["127.0.0.1:80-85:80", "127.0.0.1:83:1", false],
    ["127.0.0.1::80", "127.0.0.1::80", false],
    ["80", "80", false],
    ["80:80", "80:81", true],
    ["80:80", "127.0.0.1:80:81", true],
    ["8000-8002:90-92", "8001:1", true],
  ])("host ports %s and %s", (one, other, clash) => {
    const found = all(`a: {image: a, ports: ['${one}']}`, `b: {image: a, ports: ['${other}']}`);
    expect(found.length > 0).toBe(clash);
  });

  test("a port conflict, told", () => {
    expect(
      all(
        "a: {image: a, ports: ['127.0.0.1:80:80', {target: 81, published: 80, host_ip: 127.0.0.1}]}",
        "b: {image: a, ports: ['127.0.0.1:80:80']}",
      ),
    ).toEqual([
      "stack.yaml:2:44 ⟨{target: 81, published: 80, host_ip: 127.0.0.1}⟩ host port 80/tcp is published above already | it is taken in line 2",
      "stack.yaml:3:25 ⟨'127.0.0.1:80:80'⟩ host port 80/tcp is published by `a` already | it is taken in line 2",
    ]);
  });

  test("replicas", () => {
    expect(
      all("a: {image: a, replicas: 2, container_name: aa, ports: ['127.0.0.1:80:80']}"),
    ).toEqual([
      "stack.yaml:2:30 ⟨container_name⟩ `container_name` cannot name 2 replicas",
      "stack.yaml:2:58 ⟨'127.0.0.1:80:80'⟩ 2 replicas cannot share host port 80 | publish a range of host ports, or only the container port",
    ]);
  });

  test("names that are taken", () => {
    const text = `name: s
networks: {a: {name: n}, b: {name: n}}
containers:
  a: {image: a, container_name: s-b-1}
  b: {image: a}
  c: {image: a, container_name: s-b-1}
`;
    expect(told(loaded(text))).toEqual([
      "stack.yaml:2:30 ⟨name⟩ `b` and `a` have the same name, n",
      "stack.yaml:5:3 ⟨b⟩ `b` and `a` have the same name, s-b-1",
      "stack.yaml:6:17 ⟨container_name⟩ `c` and `a` have the same name, s-b-1",
    ]);
  });

  test.each([
    [
      "network_mode: host, networks: [default]",
      "⟨network_mode⟩ `network_mode` and `networks` cannot stand together | remove one of them",
    ],
    [
      "cpus: 0.5, cpu_quota: 5000",
      "⟨cpu_quota⟩ `cpu_quota` and `cpus` cannot stand together | remove one of them",
    ],
    [
      "network_mode: host, ports: ['80']",
      "⟨ports⟩ warning: `ports` has no effect with `network_mode: host`",
    ],
    [
      "volumes: [/a:/x], tmpfs: /x",
      "⟨/x⟩ /x is mounted by `volumes` and by `tmpfs` | keep one of them",
    ],
    ["volumes: [/a:/x, /b:/x]", "⟨/b:/x⟩ two mounts have the target /x"],
  ])("%s", (attributes, expected) => {
    expect(all(`a: {image: a, ${attributes}}`).join("\n")).toContain(expected);
  });

  test.each([
    [
      "read_only: true, configs: [c]",
      "the config `c` cannot be written to /c: it is on the read-only root",
    ],
    [
      "tmpfs: /run, configs: [{source: c, target: /run/c}]",
      "the config `c` cannot be written to /run/c: it is on a tmpfs",
    ],
    [
      "volumes: [/h:/etc/x:ro], configs: [{source: c, target: /etc/x/c}]",
      "it is on a read-only path",
    ],
    ["configs: [c, {source: c, target: /c}]", "two configs have the same target"],
    ["read_only: true, volumes: [/h:/etc/x], configs: [{source: c, target: /etc/x/c}]", undefined],
    ["tmpfs: /run, configs: [{source: c, target: /runner}]", undefined],
  ])("configs: %s", (attributes, expected) => {
    const found = told(
      loaded(`configs: {c: {content: x}}\ncontainers:\n  a: {image: a, ${attributes}}\n`),
    );
    if (expected === undefined) expect(found).toEqual([]);
    else expect(found.join("\n")).toContain(expected);
  });

  test.each([
    [
      "networks: {a: {external: true, driver: x}}",
      "stack.yaml:1:32 ⟨driver⟩ `a` is external, so `driver` cannot be asked of it | only `name` may stand beside `external`",
    ],
    ["volumes: {a: {external: true, name: b}}", undefined],
    [
      "images: {a: {pull: always}}",
      "stack.yaml:1:10 ⟨a⟩ the image `a` needs a `source` | for example busybox:1.36",
    ],
    [
      "images: {a: {source: a, mirrors: [mirror]}}",
      "stack.yaml:1:35 ⟨mirror⟩ `mirror` is no registry | write host[:port][/prefix], the host with a dot or a port, without https://",
    ],
    [
      `images: {a: {source: "a@sha256:${"0".repeat(64)}", mirrors: [m.example]}}`,
      "stack.yaml:1:99 ⟨mirrors⟩ content by digest cannot keep its name from a mirror | name a tag alone, and pin its content with `stack lock`",
    ],
    [
      "images: {a: {source: a, pull: every_day}}",
      "stack.yaml:1:31 ⟨every_day⟩ `every_day` is not a valid `pull` | for example missing, daily, every_12h",
    ],
    [
      "configs: {a: {}}",
      "stack.yaml:1:11 ⟨a⟩ the config `a` needs one of `content`, `file` and `environment`",
    ],
    [
      "configs: {a: {content: x, file: y}}",
      "stack.yaml:1:11 ⟨a⟩ the config `a` needs one of `content`, `file` and `environment`",
    ],
    ["configs: {a: {file: no.txt}}", "stack.yaml:1:21 ⟨no.txt⟩ there is no config file no.txt"],
    ["configs: {a: {environment: NO}}", "stack.yaml:1:28 ⟨NO⟩ `NO` is not set"],
  ])("%s", (text, expected) => {
    const found = told(loaded(text));
    if (expected === undefined) expect(found).toEqual([]);
    else expect(found).toContain(expected);
  });
});

test("all mistakes are told at once, in the order of the text", () => {
  const text = `nme: x
networks: {a: {external: true, driver: x}}
containers:
  web:
    image: busybox
    tty: yes
    hostname: \${NO}
    mem_limit: 1q
    depends_on: [db]
`;
  expect(told(loaded(text)).map((line) => line.split(" ")[0])).toEqual([
    "stack.yaml:1:1",
    "stack.yaml:2:32",
    "stack.yaml:6:10",
    "stack.yaml:7:15",
    "stack.yaml:8:16",
    "stack.yaml:9:18",
  ]);
});

test("a mistake makes no stack, a warning does", () => {
  expect(loaded(web("tty: 1")).stack).toBeUndefined();
  const warned = loaded(web("network_mode: host", "ports: ['80']"));
  expect(warned.diagnostics).toHaveLength(1);
  expect(warned.stack).toBeDefined();
});

test("one reference cannot be wanted for two platforms", () => {
  const text = `name: shop
containers:
  a: { image: app, platform: linux/arm64 }
  b: { image: app, platform: linux/amd64 }
`;
  expect(told(loaded(text))).toEqual([
    "stack.yaml:4:30 ⟨linux/amd64⟩ app is wanted for linux/amd64 here, and for linux/arm64 by `a` | an engine holds a reference for one platform; give one a tag of its own",
  ]);
});

test("all mistakes of one list are told at once", () => {
  const text = `name: shop
containers:
  web: { image: app, ports: ["80:80:80:80", "1:2", "99999:1"] }
`;
  expect(told(loaded(text)).map((line) => line.split(" ")[0])).toEqual([
    "stack.yaml:3:30",
    "stack.yaml:3:52",
  ]);
});

test("each attribute of the Compose Specification is taken, or refused with a reason", () => {
  const compose =
    "annotations attach blkio_config build cap_add cap_drop cgroup cgroup_parent command configs container_name cpu_count cpu_percent cpu_period cpu_quota cpu_rt_period cpu_rt_runtime cpu_shares cpus cpuset credential_spec depends_on deploy develop device_cgroup_rules devices dns dns_opt dns_search domainname entrypoint env_file environment expose extends external_links extra_hosts gpus group_add healthcheck hostname image init ipc isolation label_file labels links logging mac_address mem_limit mem_reservation mem_swappiness memswap_limit models network_mode networks oom_kill_disable oom_score_adj pid pids_limit platform ports post_start pre_start pre_stop privileged profiles provider pull_policy pull_refresh_after read_only restart runtime scale secrets security_opt shm_size stdin_open stop_grace_period stop_signal storage_opt sysctls tmpfs tty ulimits use_api_socket user userns_mode uts volumes volumes_from working_dir";
  const taken = [...Object.keys(catalogue.container), "deploy"];
  const unknown = compose.split(" ").filter((name) => !taken.includes(name) && !refused[name]);
  expect(unknown).toEqual([]);
  expect(Object.keys(refused).filter((name) => taken.includes(name))).toEqual([]);
});

import { describe, expect, test } from "vitest";
import { EngineError } from "../../../src/engine/docker/errors/engine-error.ts";
import type { Resource, Stack } from "../../../src/model/stack.ts";
import { stack, world } from "./cli-host.ts";

const digest = (mark: string) => `sha256:${mark.repeat(64)}`;
const image = (name: string, more: Partial<Resource["spec"]> = {}): Resource => ({
  address: `image.${name}`,
  kind: "image",
  key: name,
  name,
  spec: { source: name, pull: "missing", ...more },
  needs: [],
});
const LOCK = "/w/stack.lock.yaml";
const unreachable = new EngineError({
  ...{ code: "registry-unreachable", message: "dial tcp: refused", hint: "look", retry: "safe" },
  ...{ operation: "GET", phase: "body" },
} as const);

/** A folder with a stack of these images, and registries that have a digest for each. */
function given(names: readonly string[], has: Readonly<Record<string, string>>, lock?: string) {
  const asked: string[] = [];
  const shop: Stack = { name: "shop", resources: names.map((name) => image(name)) };
  const files = { "/w/stack.yaml": "", ...(lock === undefined ? {} : { [LOCK]: lock }) };
  const within = world({
    files,
    loaded: { stack: shop },
    installation: {
      remote: async ({ name }) => {
        asked.push(name);
        const found = has[name];
        if (found === undefined) throw unreachable;
        return { digest: found, platforms: ["linux/amd64"] };
      },
    },
  });
  return { within, asked };
}

const locked = (entries: Readonly<Record<string, string>>) =>
  `format: stackwright.lock/1\nimages:\n${Object.entries(entries)
    .map(
      ([name, value]) =>
        `  ${name}:\n    digest: ${value}\n    platforms: []\n    locked: 2026-01-01\n`,
    )
    .join("")}`;

describe("stack lock", () => {
  test("looks up what is not locked, keeps what is, and drops what the stack no longer names", async () => {
    const has = { "a:1": digest("9"), "b:1": digest("b") };
    const before = locked({ "a:1": digest("a"), "gone:1": digest("c") });
    const { within, asked } = given(["a:1", "b:1"], has, before);
    expect(await stack("lock", within)).toEqual({ code: 0 });
    expect(asked).toEqual(["b:1"]);
    expect(within.files[LOCK]).toMatch(/^# .*\nformat: stackwright\.lock\/1\nimages:\n {2}a:1:\n/);
    expect(within.files[LOCK]).toContain(digest("a"));
    expect(within.files[LOCK]).toContain("locked: 1970-01-01");
    expect(within.files[LOCK]).not.toContain("gone");
    const again = given(["a:1", "b:1"], has, within.files[LOCK]);
    expect(await stack("lock", again.within)).toEqual({ code: 0 });
    expect(again.within.log.filter((line) => line.startsWith("write"))).toEqual([]);
  });

  test("moves all with --update, or those that are named", async () => {
    const has = { "a:1": digest("8"), "b:1": digest("9") };
    const before = locked({ "a:1": digest("a"), "b:1": digest("b") });
    const one = given(["a:1", "b:1"], has, before);
    await stack("lock --update b:1", one.within);
    expect(one.asked).toEqual(["b:1"]);
    expect(one.within.out).toContain(`b:1  ${digest("9")}  (was ${digest("b")})`);
    const all = given(["a:1", "b:1"], has, before);
    await stack("lock --update", all.within);
    expect(all.asked).toEqual(["a:1", "b:1"]);
    expect(await stack("lock b:1", given(["b:1"], has).within)).toMatchObject({ code: 1 });
    const two = given(["a:1", "b:1", "c:1"], { ...has, "c:1": digest("c") }, before);
    await stack("lock --update a:1 b:1", two.within);
    expect(two.asked).toEqual(["a:1", "b:1"]);
    expect(await stack("lock --update b:1 c d", given(["b:1"], has).within)).toMatchObject({
      ...{ code: 1, message: expect.stringContaining('no image "c", "d" by tag') },
      hint: "It pulls b:1.",
    });
  });

  test("writes nothing where a registry does not answer", async () => {
    const { within } = given(["a:1", "b:1"], { "a:1": digest("a") });
    expect(await stack("lock", within)).toMatchObject({ code: 1, hint: "look" });
    expect(within.err).toContain("x b:1: dial tcp: refused");
    expect(within.files[LOCK]).toBeUndefined();
  });

  test.each(["", "{", "format: other/1\nimages: {}", locked({ "a:1": "sha256:short" })])(
    "refuses %j as a lock file",
    async (text) => {
      const { within } = given(["a:1"], {}, text);
      expect(await stack("plan", within)).toMatchObject({
        ...{ code: 3, message: expect.stringContaining("is no lock file") },
      });
    },
  );
});

describe("--locked", () => {
  const only = (more: Partial<Resource["spec"]>, pin?: string) =>
    world({
      files: { "/w/stack.yaml": "", ...(pin === undefined ? {} : { [LOCK]: pin }) },
      loaded: { stack: { name: "shop", resources: [image("a:1", more)] } },
    });
  const forArm = locked({ "a:1": digest("a") }).replace("[]", "[linux/arm64/v8]");
  test.each([
    ["without a lock file", only({}), 3],
    ["with the image in it", only({}, locked({ "a:1": digest("a") })), 0],
    ["with another image in it", only({}, locked({ b: digest("a") })), 3],
    ["for a platform that the content has", only({ platform: "linux/arm64" }, forArm), 0],
    ["for a platform that it has not", only({ platform: "linux/amd64" }, forArm), 3],
    ["of an image that is never pulled", only({ pull: "never" }), 0],
  ])("%s", async (_, within, code) => {
    for (const command of ["plan --locked", "apply --locked --yes"])
      expect(await stack(command, within)).toMatchObject({ code });
    expect(await stack("plan", within)).toEqual({ code: 0 });
  });
});

describe("stack outdated", () => {
  const run = (tags: readonly string[], lock?: string) => {
    const { within } = given(["a:1.1"], { "a:1.1": digest("a") }, lock);
    within.installation = { ...within.installation, tags: async () => tags };
    return within;
  };
  test("is quiet and 0 where the lock has what the registry has", async () => {
    const within = run(["1.1", "1.0"], locked({ "a:1.1": digest("a") }));
    expect(await stack("outdated", within)).toEqual({ code: 0 });
    expect(within.out).toBe("No registry has anything newer.\n");
  });
  test("is 2 for newer content and for later versions", async () => {
    const content = run([], locked({ "a:1.1": digest("b") }));
    expect(await stack("outdated", content)).toEqual({ code: 2 });
    expect(content.out).toMatch(/a:1\.1 +newer/);
    const versions = run(["1.2", "1.10"]);
    expect(await stack("outdated", versions)).toEqual({ code: 2 });
    expect(versions.out).toMatch(/a:1\.1 +unknown +1\.10, 1\.2/);
  });
  test("is 1 where nothing is known, since no registry answers", async () => {
    const { within } = given(["a:1"], {});
    expect(await stack("outdated", within)).toEqual({ code: 1 });
    expect(within.err).toContain("warning: a:1: dial tcp: refused");
    expect(within.out).toBe(
      "No image could be looked up, so it is not known whether there is anything newer.\n",
    );
    const { within: half } = given(
      ["a:1", "b:1"],
      { "b:1": digest("b") },
      locked({ "b:1": digest("b") }),
    );
    expect(await stack("outdated", half)).toEqual({ code: 1 });
    expect(half.out).toBe(
      "Of 2 images, 1 could not be looked up; the others have nothing newer.\n",
    );
  });
  test("says once for each registry why it was asked without a login", async () => {
    const lock = locked({ "a:1": digest("a"), "b:1": digest("b") });
    const { within } = given(["a:1", "b:1"], { "a:1": digest("a"), "b:1": digest("b") }, lock);
    const login = async () => {
      throw Object.assign(new Error("docker-credential-x is missing"), { hint: "Install it." });
    };
    within.installation = { ...within.installation, login };
    expect(await stack("outdated", within)).toEqual({ code: 0 });
    expect(within.err).toBe(
      "warning: docker.io was asked without a login: docker-credential-x is missing (Install it.)\n",
    );
  });
  test("says what there is nothing to compare with, and that there is nothing at all", async () => {
    const { within } = given(["a:1"], { "a:1": digest("a") });
    expect(await stack("outdated", within)).toEqual({ code: 0 });
    expect(within.out).toContain(
      "is not known of a:1: neither the lock file nor the engine has it",
    );
    const { within: none } = given([], {});
    expect(await stack("outdated", none)).toEqual({ code: 0 });
    expect(none.out).toContain("nothing to look up");
  });
});

describe("stack doctor", () => {
  const info = {
    SystemTime: new Date(5000).toISOString(),
    ...{ Driver: "overlay2", DockerRootDir: "/var/lib/docker" },
  };
  test("has a line for each check, and is 0 while none fails", async () => {
    const { within } = given(["a:1", "ghcr.io/x/y:1"], {});
    within.installation = { info: async () => info };
    expect(await stack("doctor", within)).toEqual({ code: 0 });
    expect(within.out).toContain("ok    clock: 0.0 s apart from this machine's\n");
    expect(within.out).toContain("ok    login for docker.io: none, so its images must be public\n");
    expect(within.out).toContain("ok    login for ghcr.io: ");
  });
  test("warns of old drivers and insecure registries, fails on clocks and logins", async () => {
    const { within } = given(["a:1"], {});
    within.installation = {
      info: async () => ({
        ...{ SystemTime: new Date(5000 + 3_600_000).toISOString(), Driver: "vfs" },
        RegistryConfig: {
          Mirrors: ["https://mirror.example/"],
          InsecureRegistryCIDRs: ["127.0.0.0/8", "10.0.0.0/8"],
        },
      }),
      login: async () => {
        throw unreachable;
      },
    };
    expect(await stack("doctor --format json", within)).toEqual({ code: 1 });
    const { checks } = JSON.parse(within.out) as { checks: { name: string; result: string }[] };
    const by = Object.fromEntries(checks.map(({ name, result }) => [name, result]));
    expect(by).toMatchObject({
      ...{ clock: "fail", "storage driver": "warn", "insecure registries": "warn" },
      ...{ "registry mirrors": "ok", "login for docker.io": "fail" },
    });
  });
  test("knows no registries without a stack, and fails without an engine", async () => {
    const alone = world({ files: {}, installation: { info: async () => info } });
    expect(await stack("doctor", alone)).toEqual({ code: 0 });
    expect(alone.out).not.toContain("login");
    const open = async () => {
      throw unreachable;
    };
    const none = world({ parts: { open } });
    expect(await stack("doctor", none)).toEqual({ code: 1 });
    expect(none.out).toBe("fail  engine: dial tcp: refused (look)\n");
    const broken = world({
      loaded: { stack: undefined },
      installation: { info: async () => info },
    });
    expect(await stack("doctor", broken)).toEqual({ code: 1 });
    expect(broken.out).toContain("fail  stack file: it has mistakes\n");
  });
});

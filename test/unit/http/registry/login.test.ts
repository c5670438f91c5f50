import { describe, expect, test } from "vitest";
import { EngineError } from "../../../../src/engine/docker/errors/engine-error.ts";
import {
  type Answer,
  authorization,
  type Login,
  logins,
} from "../../../../src/engine/docker/registry/credentials.ts";
import { atRegistry } from "../../../../src/engine/docker/registry/errors.ts";

const never = new AbortController().signal;
const auth = (text: string) => Buffer.from(text).toString("base64");
const HUB = "https://index.docker.io/v1/";

interface Given {
  readonly config?: unknown;
  readonly answer?: Answer;
  readonly asked?: string[];
}

const loginsOf = ({ config = {}, answer, asked = [] }: Given) =>
  logins({
    config: () => (typeof config === "string" ? config : JSON.stringify(config)),
    run: async (program, input) => {
      asked.push(`${program} ${input}`);
      return answer ?? { status: 0, output: '{"Username":"u","Secret":"s"}' };
    },
  });
const of = (host: string, given: Given) => loginsOf(given).of(host, never);

/** What kept the login from being had, without which one then goes on. */
async function troubleOf(host: string, given: Given): Promise<EngineError | undefined> {
  const found = loginsOf(given);
  expect(await found.of(host, never)).toBeUndefined();
  const trouble = found.trouble(host);
  expect(found.news(host)).toBe(
    trouble && `going on without a login for ${host}: ${trouble.message}`,
  );
  expect(found.news(host)).toBeUndefined();
  return trouble;
}

describe("the file's own logins", () => {
  test.each<[string, string, unknown, Login | undefined]>([
    ["a host", "r:5000", { "r:5000": { auth: auth("u:p:q") } }, { username: "u", password: "p:q" }],
    [
      "an address",
      "r.io",
      { "https://r.io/v2/": { auth: auth("u:p") } },
      { username: "u", password: "p" },
    ],
    ["Docker Hub", "docker.io", { [HUB]: { auth: auth("u:p") } }, { username: "u", password: "p" }],
    [
      "plain fields",
      "r.io",
      { "r.io": { username: "u", password: "p" } },
      { username: "u", password: "p" },
    ],
    [
      "NUL at the end",
      "r.io",
      { "r.io": { auth: auth("u:p\0\0") } },
      { username: "u", password: "p" },
    ],
    [
      "an identity token",
      "r.io",
      { "r.io": { auth: auth("u:"), identitytoken: "t" } },
      { username: "u", password: "", identitytoken: "t" },
    ],
    ["a token alone", "r.io", { "r.io": { registrytoken: "t" } }, { registrytoken: "t" }],
    ["an empty entry", "r.io", { "r.io": {} }, undefined],
    ["another host", "r.io", { "evil-r.io": { auth: auth("u:p") } }, undefined],
    ["another port", "r.io", { "r.io:444": { auth: auth("u:p") } }, undefined],
    ["a part of the host", "r.io", { "r.io.evil": { auth: auth("u:p") } }, undefined],
  ])("%s", async (_, host, auths, expected) => {
    expect(await of(host, { config: { auths } })).toEqual(expected);
  });

  test("no file is anonymous, and so is one that is not JSON, with a warning", async () => {
    const absent = logins({
      config: () => undefined,
      run: async () => ({ status: 0, output: "" }),
    });
    expect(await absent.of("r.io", never)).toBeUndefined();
    for (const config of ["{", "[]"])
      expect(await troubleOf("r.io", { config })).toMatchObject({ code: "login" });
  });
});

describe("credential helpers", () => {
  test("credHelpers go before credsStore, and both before auths", async () => {
    const asked: string[] = [];
    const config = {
      auths: { "r.io": { auth: auth("file:p") } },
      credsStore: "desktop",
      credHelpers: { "gcr.io": "gcloud" },
    };
    for (const host of ["gcr.io", "r.io", "docker.io"]) await of(host, { config, asked });
    expect(asked).toEqual([
      "docker-credential-gcloud gcr.io",
      "docker-credential-desktop r.io",
      `docker-credential-desktop ${HUB}`,
    ]);
  });

  test("answer with a password, a token, or that they know nothing", async () => {
    const config = { credsStore: "x" };
    const answer = (status: number | null, output: string) => ({
      config,
      answer: { status, output },
    });
    expect(await of("r.io", answer(0, '{"Username":"u","Secret":"s"}'))).toEqual({
      ...{ username: "u", password: "s" },
    });
    expect(await of("r.io", answer(0, '{"Username":"<token>","Secret":"t"}'))).toEqual({
      identitytoken: "t",
    });
    const unknown = answer(1, "credentials not found in native keychain\n");
    expect(await of("r.io", unknown)).toBeUndefined();
    for (const [status, output] of [
      [1, "the secret is s3cret"],
      [0, "s3cret"],
      [0, '{"Secret":"s3cret"}'],
      [null, ""],
    ] as const) {
      const error = await troubleOf("r.io", answer(status, output));
      expect(error).toMatchObject({ code: "login", retry: "no" });
      expect(`${error?.message} ${error?.hint}`).not.toContain("s3cret");
      expect(error?.hint).toContain("docker-credential-x get");
      const denied = new EngineError({
        ...{
          code: "registry-denied",
          message: "denied",
          operation: "",
          phase: "body",
          retry: "no",
        },
      });
      expect(atRegistry(denied, "r.io", error ?? false)).toMatchObject({
        hint: expect.stringContaining("It was asked without a login: docker-credential-x"),
      });
    }
  });

  test.each(["../evil", "A", "a b", "a;b", "-x/"])("%j is no helper's name", async (name) => {
    const asked: string[] = [];
    const error = await troubleOf("r.io", { config: { credsStore: name }, asked });
    expect([error?.code, asked]).toEqual(["login", []]);
  });

  test("a host is looked up once", async () => {
    const asked: string[] = [];
    const found = logins({
      config: () => '{"credsStore":"x"}',
      run: async (program) => {
        asked.push(program);
        return { status: 0, output: '{"Username":"u","Secret":"s"}' };
      },
    });
    await Promise.all([found.of("r.io", never), found.of("r.io", never)]);
    expect(asked).toEqual(["docker-credential-x"]);
  });
});

test("the header is padded base64url, which old engines insist on", () => {
  const header = authorization({ username: "u", password: "??>>~~" }, "docker.io");
  const value = header["X-Registry-Auth"] ?? "";
  expect(value).toMatch(/^[A-Za-z0-9_-]+=*$/);
  expect(value.length % 4).toBe(0);
  expect(JSON.parse(Buffer.from(value, "base64url").toString())).toEqual({
    ...{ username: "u", password: "??>>~~", serveraddress: HUB },
  });
  expect(authorization(undefined, "r.io")).toEqual({});
});

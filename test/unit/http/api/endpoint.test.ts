import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { resolveEndpoint } from "../../../../src/engine/docker/connection/endpoint.ts";

type Flags = { host?: string; context?: string; insecure?: boolean };
type Files = Record<string, string>;

/** Resolves in a made-up home; a file that exists is one that is given. */
function resolved(flags: Flags, env: Record<string, string> = {}, files: Files = {}) {
  return resolveEndpoint({
    flags,
    env,
    home: "/home/me",
    readFile: (path) => files[path],
    exists: (path) => path in files,
  });
}

function contextFiles(name: string, docker: object, tls: Files = {}): Files {
  const id = createHash("sha256").update(name).digest("hex");
  const folder = "/home/me/.docker/contexts";
  const meta = JSON.stringify({ Name: name, Endpoints: { docker } });
  const parts = Object.entries(tls).map(([k, v]) => [`${folder}/tls/${id}/docker/${k}.pem`, v]);
  return { [`${folder}/meta/${id}/meta.json`]: meta, ...Object.fromEntries(parts) };
}

const other = contextFiles("other", { Host: "unix:///other.sock" });
const current = { "/home/me/.docker/config.json": '{"currentContext":"other"}' };

test.each<[string, Flags, Record<string, string>, Files, string, string]>([
  ["--host", { host: "unix:///a" }, { DOCKER_HOST: "unix:///b" }, current, "unix:///a", "--host"],
  [
    "DOCKER_HOST",
    {},
    { DOCKER_HOST: "unix:///b", DOCKER_CONTEXT: "x" },
    current,
    "unix:///b",
    "DOCKER_HOST",
  ],
  [
    "--context over DOCKER_HOST",
    { context: "other" },
    { DOCKER_HOST: "unix:///b" },
    other,
    "unix:///other.sock",
    "context other",
  ],
  ["DOCKER_CONTEXT", {}, { DOCKER_CONTEXT: "other" }, other, "unix:///other.sock", "context other"],
  ["currentContext", {}, {}, { ...current, ...other }, "unix:///other.sock", "context other"],
  [
    "DOCKER_CONTEXT over currentContext",
    {},
    { DOCKER_CONTEXT: "default" },
    { ...current, ...other },
    "unix:///var/run/docker.sock",
    "default",
  ],
  [
    "--context default",
    { context: "default" },
    { DOCKER_HOST: "unix:///b" },
    current,
    "unix:///b",
    "DOCKER_HOST",
  ],
  ["nothing at all", {}, {}, {}, "unix:///var/run/docker.sock", "default"],
  [
    "empty variables",
    {},
    { DOCKER_HOST: "", DOCKER_CONTEXT: "" },
    {},
    "unix:///var/run/docker.sock",
    "default",
  ],
])("who decides: %s", (_name, flags, env, files, display, source) => {
  expect(resolved(flags, env, files)).toMatchObject({ kind: "unix", display, source });
});

test("without any of them, the first socket that exists", () => {
  const sockets = [
    "/var/run/docker.sock",
    "/run/user/1/docker.sock",
    "/home/me/.docker/run/docker.sock",
    "/run/user/1/podman/podman.sock",
    "/run/podman/podman.sock",
  ];
  for (const [index, path] of sockets.entries()) {
    const files = Object.fromEntries(sockets.slice(index).map((socket) => [socket, ""]));
    expect(resolved({}, { XDG_RUNTIME_DIR: "/run/user/1" }, files)).toMatchObject({ path });
  }
});

test.each([
  ["unix:///x.sock", { kind: "unix", path: "/x.sock", display: "unix:///x.sock" }],
  ["unix://", { kind: "unix", path: "/var/run/docker.sock" }],
  ["npipe:////./pipe/docker_engine", { kind: "unix", path: "//./pipe/docker_engine" }],
  ["tcp://localhost", { kind: "tcp", host: "localhost", port: 2375, prefix: "" }],
  ["tcp://:80", { kind: "tcp", host: "localhost", port: 80, display: "tcp://localhost:80" }],
  ["127.0.0.1:1234", { kind: "tcp", host: "127.0.0.1", port: 1234 }],
  ["tcp://[::1]:2375", { kind: "tcp", host: "::1", port: 2375, display: "tcp://[::1]:2375" }],
  ["http://localhost/proxy/", { kind: "tcp", port: 80, prefix: "/proxy" }],
  ["https://docker.example", { kind: "tcp", port: 443, tls: { verify: true } }],
  ["ssh://host", { kind: "ssh", host: "host", display: "ssh://host" }],
  [
    "ssh://me@host:2222",
    { kind: "ssh", host: "host", user: "me", port: 2222, display: "ssh://me@host:2222" },
  ],
  ["ssh://me@host/run/d.sock", { kind: "ssh", socket: "/run/d.sock" }],
])("a host: %s", (host, expected) => {
  expect(resolved({ host })).toMatchObject(expected);
});

const pem = "/home/me/.docker";
const files = { [`${pem}/ca.pem`]: "CA", [`${pem}/cert.pem`]: "CERT", [`${pem}/key.pem`]: "KEY" };
const remote = "tcp://example.com";

test("TLS from the environment", () => {
  const verified = { DOCKER_TLS_VERIFY: "yes" };
  expect(resolved({ host: remote }, verified, files)).toMatchObject({
    port: 2376,
    tls: { ca: "CA", cert: "CERT", key: "KEY", verify: true },
  });
  const moved = { ...verified, DOCKER_CERT_PATH: "/certs" };
  const only = { "/certs/ca.pem": "OTHER" };
  expect(resolved({ host: remote }, moved, only)).toMatchObject({ tls: { ca: "OTHER" } });
  const unverified = resolved({ host: "tcp://localhost" }, { DOCKER_TLS: "1" }, files);
  expect(unverified).toMatchObject({ tls: { verify: false } });
  expect(resolved({ host: remote }, verified)).toMatchObject({
    message: "DOCKER_TLS_VERIFY is set, but /home/me/.docker/ca.pem does not exist",
  });
});

test("TLS of a context", () => {
  const secure = contextFiles("far", { Host: "tcp://example.com:2376" }, { ca: "CTX", key: "K" });
  const endpoint = resolved({ context: "far" }, {}, { ...secure, ...files });
  expect(endpoint).toMatchObject({ tls: { ca: "CTX", key: "K", verify: true } });
  expect(JSON.stringify({ ...endpoint, tls: undefined })).not.toContain('K"');
  const careless = contextFiles("far", { Host: remote, SkipTLSVerify: true }, { ca: "CTX" });
  expect(resolved({ context: "far" }, {}, careless)).toMatchObject({ kind: "refused" });
});

test.each<[string, Flags, Record<string, string>, Files, string]>([
  [
    "both flags",
    { host: "unix:///a", context: "b" },
    {},
    {},
    "--host and --context were both given",
  ],
  ["no such context", { context: "x" }, {}, {}, 'there is no Docker context "x"'],
  ["current context gone", {}, {}, current, 'there is no Docker context "other"'],
  ["broken config", {}, {}, { "/home/me/.docker/config.json": "{" }, "is not JSON"],
  ["broken context", { context: "c" }, {}, contextFiles("c", null as never), "names no engine"],
  ["plain tcp to another machine", { host: remote }, {}, {}, "is not encrypted"],
  ["the same by name alone", { host: "localhost.example.com:1" }, {}, {}, "is not encrypted"],
  ["unverified", { host: remote }, { DOCKER_TLS: "1" }, files, "does not verify"],
  ["unknown scheme", { host: "fd://" }, {}, {}, "unknown scheme"],
  ["a path", { host: "/x.sock" }, {}, {}, "is a path"],
  ["nonsense", { host: "tcp://a b" }, {}, {}, "not an engine's address"],
  ["an option as host", { host: "ssh://-oProxyCommand=x" }, {}, {}, "not an engine's address"],
  ["an option as user", { host: "ssh://-oX@host" }, {}, {}, "looks like an option"],
])("refused: %s", (_name, flags, env, given, message) => {
  const refusal = resolved(flags, env, given);
  expect(refusal).toMatchObject({ kind: "refused", message: expect.stringContaining(message) });
});

test("--insecure allows what is refused otherwise", () => {
  expect(resolved({ host: remote, insecure: true })).toMatchObject({ kind: "tcp", port: 2375 });
});

test.each(["tcp://me:hunter2@localhost", "ssh://me:hunter2@host", "me:hunter2@localhost:1"])(
  "credentials are refused, and not shown: %s",
  (host) => {
    const refusal = resolved({ host });
    expect(refusal).toMatchObject({ kind: "refused" });
    expect(JSON.stringify(refusal)).not.toContain("hunter2");
  },
);

test("files that can't be read are told", () => {
  const refusal = resolveEndpoint({
    flags: {},
    env: {},
    home: "/home/me",
    exists: () => false,
    readFile: (path) => {
      throw new Error(`EACCES: ${path}`);
    },
  });
  expect(refusal).toMatchObject({ message: expect.stringContaining("EACCES: /home/me/.docker") });
});

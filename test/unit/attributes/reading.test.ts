import { expect, test } from "vitest";
import { catalogue } from "../../../src/attributes/catalogue.ts";
import { join } from "../../../src/attributes/values/json.ts";
import type { JsonObject } from "../../../src/model/json.ts";
import { config, host, merged, mistake, parse, read } from "./scope.ts";

const on = (endpoint: JsonObject, extra: JsonObject = {}): JsonObject => ({
  ...extra,
  NetworkSettings: { Networks: { shop_front: endpoint } },
});
const SHORT = "0123456789ab";

test("below API 1.45 the short id among the aliases is the engine's, unless it was asked", () => {
  const json = on({ Aliases: ["web", SHORT, "web"], IPAMConfig: null }, config({ Hostname: "h" }));
  expect(read("networks", json, { api: "1.41" })).toEqual({ shop_front: { aliases: ["web"] } });
  const want = { shop_front: { aliases: [SHORT, "web"] } };
  expect(read("networks", json, { api: "1.41", want })).toEqual({
    shop_front: { aliases: [SHORT, "web"] },
  });
});

test("the host name among the aliases is the engine's, unless it was asked", () => {
  const json = on({ Aliases: ["web", "h"] }, config({ Hostname: "h" }));
  expect(read("networks", json, { want: { shop_front: { aliases: ["web"] } } })).toEqual({
    shop_front: { aliases: ["web"] },
  });
  expect(read("networks", json, { want: { shop_front: { aliases: ["h", "web"] } } })).toEqual({
    shop_front: { aliases: ["h", "web"] },
  });
});

test("an endpoint's addresses are those that were asked, in canonical text", () => {
  const json = on({
    Aliases: null,
    IPAddress: "10.0.0.7",
    IPAMConfig: { IPv4Address: "10.0.0.9", IPv6Address: "2001:DB8::0:1" },
  });
  expect(read("networks", json)).toEqual({
    shop_front: { aliases: [], ipv4_address: "10.0.0.9", ipv6_address: "2001:db8::1" },
  });
});

test.each([
  ["default", "bridge"],
  ["bridge", "bridge"],
  ["host", "host"],
  ["none", "none"],
  ["shop_front", ""],
  ["", ""],
])("the engine's network mode %j reads as %j", (NetworkMode, expected) => {
  expect(read("network_mode", host({ NetworkMode }))).toBe(expected);
});

test("the built-in networks are a mode, not networks", () => {
  const json = {
    NetworkSettings: { Networks: { bridge: {}, none: {}, shop_front: { Aliases: ["a"] } } },
  };
  expect(read("networks", json)).toEqual({ shop_front: { aliases: ["a"] } });
});

test.each([
  ["asked, a kernel without accounting", -1, { mem_limit: 64 }, 128, 128],
  ["asked as unlimited", -1, { memswap_limit: -1 }, -1, -1],
  ["set by somebody", 300, { mem_limit: 64 }, 128, 300],
])("swap: %s", (_, MemorySwap, spec, want, expected) => {
  expect(read("memswap_limit", host({ Memory: 64, MemorySwap }), { spec, want })).toBe(expected);
});

test("swap is sent only with memory, without which an engine refuses it", () => {
  const send = catalogue.container.memswap_limit.docker?.toEngine;
  expect(send?.(128, { api: "1.51", spec: {} })).toEqual({});
  expect(send?.(128, { api: "1.51", spec: { mem_limit: 64 } })).toEqual({
    HostConfig: { MemorySwap: 128 },
  });
});

test.each([[null], [0], [-1], [undefined]])("a limit of processes %j is unlimited", (PidsLimit) => {
  expect(read("pids_limit", host(PidsLimit === undefined ? {} : { PidsLimit }))).toBe(-1);
});

test("what only a replacement unsets is not updated", () => {
  const live = (
    name: "mem_limit" | "cpus" | "cpuset" | "pids_limit" | "restart",
    after: string | number,
  ) => catalogue.container[name].docker?.update?.(after, 1, {});
  expect([live("mem_limit", 0), live("cpus", 0), live("cpuset", "")]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
  expect(live("pids_limit", -1)).toEqual({ update: { PidsLimit: 0 } });
  expect(live("restart", "on-failure:3")).toEqual({
    update: { RestartPolicy: { Name: "on-failure", MaximumRetryCount: 3 } },
  });
});

test("memory goes with its swap in one call", () => {
  const live = catalogue.container.mem_limit.docker?.update;
  expect(live?.(96, 64, { mem_limit: 96 })).toEqual({ update: { Memory: 96, MemorySwap: 192 } });
  expect(live?.(96, 64, { mem_limit: 96, memswap_limit: -1 })).toEqual({
    update: { Memory: 96, MemorySwap: -1 },
  });
});

test.each([
  [{ Name: "" }, "no"],
  [{ Name: "no", MaximumRetryCount: 0 }, "no"],
  [{ Name: "on-failure", MaximumRetryCount: 3 }, "on-failure:3"],
  [{ Name: "on-failure", MaximumRetryCount: 0 }, "on-failure"],
  [null, "no"],
])("the restart policy %j reads as %s", (RestartPolicy, expected) => {
  expect(read("restart", host({ RestartPolicy }))).toBe(expected);
});

test("0.1 + 0.2 CPUs are 300,000,000 nano-CPUs", () => {
  const sent = catalogue.container.cpus.docker?.toEngine(0.1 + 0.2, { api: "1.51", spec: {} });
  expect(sent).toEqual({ HostConfig: { NanoCpus: 300_000_000 } });
  expect(read("cpus", host({ NanoCpus: 1_250_000_000 }))).toBe(1.25);
});

test("the engine's own label=disable is not the author's", () => {
  const json = host({
    SecurityOpt: ["label=disable", "no-new-privileges:true", "seccomp:unconfined"],
  });
  expect(read("security_opt", json, { want: [] })).toEqual([
    "no-new-privileges",
    "seccomp=unconfined",
  ]);
  expect(read("security_opt", json, { want: ["label=disable"] })).toContain("label=disable");
  expect(parse("security_opt", ["label:disable", "no-new-privileges"])).toEqual([
    "label=disable",
    "no-new-privileges",
  ]);
});

test("capabilities are compared without CAP_ and case", () => {
  expect(parse("cap_add", ["CAP_SYS_TIME", "net_raw", "NET_RAW"])).toEqual(["NET_RAW", "SYS_TIME"]);
  expect(read("cap_add", host({ CapAdd: ["CAP_NET_RAW"] }))).toEqual(["NET_RAW"]);
  expect(read("cap_add", host({ CapAdd: null }))).toEqual([]);
});

test("devices go to their own path with all rights, unless otherwise said", () => {
  expect(parse("devices", ["/dev/zero", "/dev/null:/dev/nothing:r"])).toEqual({
    "/dev/zero": { source: "/dev/zero", permissions: "rwm" },
    "/dev/nothing": { source: "/dev/null", permissions: "r" },
  });
  const Devices = [
    { PathOnHost: "/dev/zero", PathInContainer: "/dev/zero", CgroupPermissions: "" },
  ];
  expect(read("devices", host({ Devices }))).toEqual({
    "/dev/zero": { source: "/dev/zero", permissions: "rwm" },
  });
  expect(mistake(() => parse("devices", ["zero"]))).toContain("is no device mapping");
});

test("CDI devices share the engine's device requests with graphics processors", () => {
  const names = ["acme.com/net=a:1", "acme.com/gpu=all"];
  const asked = parse("devices", ["/dev/zero", ...names]);
  const gpus = parse("gpus", [{ driver: "cdi", device_ids: ["acme.com/gpu=0"] }]);
  const sending = { api: "1.51", spec: {} };
  const body = join([
    catalogue.container.devices.docker?.toEngine(asked, sending) ?? {},
    catalogue.container.gpus.docker?.toEngine(gpus, sending) ?? {},
  ]);
  const live = { HostConfig: body.HostConfig ?? {} };
  expect(body).toMatchObject({
    HostConfig: {
      Devices: [{ PathInContainer: "/dev/zero" }],
      DeviceRequests: [{ Driver: "cdi", DeviceIDs: [...names].sort() }, { Driver: "cdi" }],
    },
  });
  expect(read("devices", live)).toEqual(asked);
  expect(read("gpus", live)).toEqual(gpus);
  expect(catalogue.container.devices.docker?.newer?.(asked)).toEqual({
    "acme.com/net=a:1": "1.44",
    "acme.com/gpu=all": "1.44",
  });
  const target = { source: "acme.com/net=a", target: "/dev/net" };
  expect(mistake(() => parse("devices", [target]))).toContain("takes no `target`");
});

const IMAGE: JsonObject = {
  Cmd: ["serve"],
  Entrypoint: ["/entry"],
  Env: ["PATH=/bin", "RELEASE=1"],
  Labels: { vendor: "acme", "stackwright.stack": "forged" },
  User: "app",
  WorkingDir: "/app/",
  StopSignal: "SIGQUIT",
  Healthcheck: { Test: ["CMD", "probe"], Interval: 5e9, Retries: 4 },
};

test("the image's environment and labels fill in what is not asked", () => {
  expect(merged("environment", { RELEASE: "mine" }, IMAGE)).toEqual({
    PATH: "/bin",
    RELEASE: "mine",
  });
  expect(merged("labels", { team: "web" }, IMAGE)).toEqual({ vendor: "acme", team: "web" });
  expect(read("environment", config({ Env: ["A=1", "A=2=3", "BARE", "B="] }))).toEqual({
    A: "2=3",
    B: "",
    // Without `=` it takes the image's away.
    BARE: null,
  });
  expect(read("labels", config({ Labels: { "stackwright.spec": "{}", a: "b" } }))).toEqual({
    a: "b",
  });
});

test.each([
  ["nothing asked", undefined, undefined, ["serve"], ["/entry"]],
  ["a command", ["x"], undefined, ["x"], ["/entry"]],
  ["an entrypoint drops the image's command", undefined, ["/e"], [], ["/e"]],
  ["both", ["x"], ["/e"], ["x"], ["/e"]],
  ["an empty entrypoint blocks the image's, but not its command", undefined, [], ["serve"], []],
])("command and entrypoint: %s", (_, command, entrypoint, wantCommand, wantEntrypoint) => {
  const spec = { ...(command ? { command } : {}), ...(entrypoint ? { entrypoint } : {}) };
  expect(merged("command", command, IMAGE, spec)).toEqual(wantCommand);
  expect(merged("entrypoint", entrypoint, IMAGE, spec)).toEqual(wantEntrypoint);
});

test("an empty entrypoint takes the image's away, and the engine then says null", () => {
  const want = merged("entrypoint", parse("entrypoint", [""]), IMAGE, { entrypoint: [""] });
  const json = config({ Entrypoint: null, Cmd: ["x"] });
  expect(read("entrypoint", json, want === undefined ? {} : { want })).toEqual(want);
  expect(read("entrypoint", json, { want: ["/entry"] })).toEqual([]);
  expect(merged("command", undefined, IMAGE, { entrypoint: [""] })).toEqual([]);
});

test("user, working directory and stop signal are the image's where nothing is asked", () => {
  expect(merged("user", undefined, IMAGE)).toBe("app");
  expect(merged("user", "1000", IMAGE)).toBe("1000");
  expect(merged("working_dir", undefined, IMAGE)).toBe("/app");
  expect(read("working_dir", config({ WorkingDir: "/app/" }))).toBe("/app");
  expect(merged("stop_signal", undefined, {})).toBe("");
});

test("each field of a health check that is not asked is the image's", () => {
  expect(merged("healthcheck", { test: ["NONE"] }, IMAGE)).toEqual({
    test: ["NONE"],
    interval: 5e9,
    retries: 4,
  });
  expect(
    merged("healthcheck", parse("healthcheck", { interval: "0s", retries: 2 }), IMAGE),
  ).toEqual({
    test: ["CMD", "probe"],
    interval: 5e9,
    retries: 2,
  });
  expect(parse("healthcheck", { test: "curl x", interval: "1m30s" })).toEqual({
    test: ["CMD-SHELL", "curl x"],
    interval: 90e9,
  });
  expect(mistake(() => parse("healthcheck", { test: ["curl"] }))).toContain("must begin with CMD");
  expect(read("healthcheck", config({}))).toEqual({});
});

test("a grace period that the engine does not tell is its ten seconds", () => {
  expect(read("stop_grace_period", config({}))).toBe(10);
  expect(read("stop_grace_period", config({ StopTimeout: 0 }))).toBe(0);
  expect(parse("stop_grace_period", "1m30s")).toBe(90);
});

import { describe, expect, test } from "vitest";
import type { JsonObject } from "../../../../src/model/json.ts";
import { loaded, resource, told, web } from "../support.ts";

const PROFILE = '{ "syscalls": [], "defaultAction": "SCMP_ACT_ALLOW" }';
const SAME = 'seccomp={"defaultAction":"SCMP_ACT_ALLOW","syscalls":[]}';
const FILES = { "p.json": PROFILE, "sub/p.json": PROFILE, "list.json": "[]", broken: "{" };

const load = (option: string) =>
  loaded({ ...FILES, "stack.yaml": web("security_opt:", `  - ${option}`) });
const spec = (option: string): JsonObject => resource(load(option), "container.web").spec;

describe("security_opt", () => {
  test.each([
    ["seccomp=./p.json", SAME],
    ["seccomp=p.json", SAME],
    ["seccomp:sub/p.json", SAME],
    ["seccomp=/srv/shop/p.json", SAME],
    [`'seccomp=${PROFILE}'`, SAME],
    ["seccomp=unconfined", "seccomp=unconfined"],
    ["seccomp:unconfined", "seccomp=unconfined"],
    ["seccomp=builtin", "seccomp=builtin"],
    ["no-new-privileges", "no-new-privileges"],
    ["no-new-privileges:true", "no-new-privileges"],
    ["no-new-privileges=false", "no-new-privileges=false"],
    ["apparmor:unconfined", "apparmor=unconfined"],
    ["label:disable", "label=disable"],
    ["label=level:s0:c1", "label=level:s0:c1"],
    ["systempaths=unconfined", "systempaths=unconfined"],
  ])("%s is %s", (option, expected) => {
    expect(spec(option).security_opt).toEqual([expected]);
  });

  test.each([
    ["seccomp=./nope.json", "no seccomp profile: ./nope.json"],
    ["seccomp=broken", "the seccomp profile is no JSON object: broken"],
    ["seccomp=list.json", "the seccomp profile is no JSON object: list.json"],
    ["'seccomp={'", "the seccomp profile is no JSON object"],
    ["seccomp=", "`seccomp=` is no security option"],
    ["seccomp", "`seccomp` is no security option"],
    ["secomp=unconfined", "`secomp=unconfined` is no security option | did you mean `seccomp`?"],
    ["no-new-privileges=maybe", "`no-new-privileges=maybe` is no security option"],
    ["systempaths=all", "`systempaths=all` is no security option"],
    ["label=foo", "`label=foo` is no security option"],
    ["credspec=file://x", "`credspec` is for Windows alone"],
  ])("%s is refused at its line", (option, expected) => {
    const [first] = told(load(option));
    expect(first).toMatch(/^stack\.yaml:6:/);
    expect(first).toContain(expected);
  });
});

describe("devices", () => {
  const devices = (line: string) => loaded(web(`devices: [${line}]`));
  const NULL = { source: "/dev/null", permissions: "rwm" };

  test.each<[string, JsonObject]>([
    ["/dev/null", { "/dev/null": NULL }],
    ["'/dev/null:'", { "/dev/null": NULL }],
    ["'/dev/null::r'", { "/dev/null": { ...NULL, permissions: "r" } }],
    ["'/dev/null:/dev/x:'", { "/dev/x": NULL }],
    ["{source: /dev/null, target: ''}", { "/dev/null": NULL }],
    ["{source: /dev/null, permissions: ''}", { "/dev/null": NULL }],
    ["{source: '/dev/a:b', target: '/dev/c:d'}", { "/dev/c:d": { ...NULL, source: "/dev/a:b" } }],
    ["{source: '/dev/a:b'}", { "/dev/a:b": { ...NULL, source: "/dev/a:b" } }],
  ])("%s", (line, expected) => {
    expect(resource(devices(line), "container.web").spec.devices).toEqual(expected);
  });

  test.each([
    ["'/dev/null:/a:r:x'", "is no device mapping | where a path has a colon, use the long form"],
    ["'/dev/null:r'", "is no device mapping | write /dev/null:/dev/null:r"],
    ["'/dev/null:x'", "is no device mapping"],
    ["'/dev/null:/dev/x:q'", "is no device mapping"],
    ["'/dev/null:/dev/x:rwmr'", "is no device mapping"],
    ["./null", "is no device mapping"],
    ["':/dev/x'", "is no device mapping"],
    ["{source: ''}", "⟨''⟩ `` is no path of a device"],
    ["{source: /dev/null, target: x}", "⟨x⟩ `x` is no path of a device"],
    ["{source: /dev/null, permissions: x}", "⟨x⟩ `x` is no permission for a device"],
    ["{source: a.b/c=d, target: /dev/x}", "takes no `target`"],
    ["/dev/null, '/dev/null:/dev/null:r'", "two devices have the target /dev/null"],
  ])("%s is refused", (line, expected) => {
    expect(told(devices(line)).join("\n")).toContain(expected);
  });
});

import { expect, test } from "vitest";
import { catalogue } from "../../../../src/attributes/catalogue.ts";
import type { Json } from "../../../../src/model/json.ts";
import { config, host, merged, mistake, parse, read } from "../scope.ts";

test.each<[Json, Json]>([
  ["80", { "80/tcp": [":"] }],
  [80, { "80/tcp": [":"] }],
  ["8080:80", { "80/tcp": [":8080"] }],
  ["8080:80/UDP", { "80/udp": [":8080"] }],
  ["127.0.0.1:8080:80", { "80/tcp": ["127.0.0.1:8080"] }],
  ["127.0.0.1::80", { "80/tcp": ["127.0.0.1:"] }],
  ["[::1]:8080:80", { "80/tcp": ["::1:8080"] }],
  ["[2001:DB8::0]:8080:80", { "80/tcp": ["2001:db8:::8080"] }],
  ["[::]:8080:80", { "80/tcp": [":::8080"] }],
  ["0.0.0.0:8080:80", { "80/tcp": ["0.0.0.0:8080"] }],
  ["90-91:80-81", { "80/tcp": [":90"], "81/tcp": [":91"] }],
  ["80-81", { "80/tcp": [":"], "81/tcp": [":"] }],
  ["8000-8010:80", { "80/tcp": [":8000-8010"] }],
  ["127.0.0.1:90-91:80-81/udp", { "80/udp": ["127.0.0.1:90"], "81/udp": ["127.0.0.1:91"] }],
  [{ target: 80, published: "8080" }, { "80/tcp": [":8080"] }],
  [{ target: 80, published: 8080, host_ip: "::1", protocol: "udp" }, { "80/udp": ["::1:8080"] }],
  [{ target: 80 }, { "80/tcp": [":"] }],
  [
    { target: "80-81", published: "90-91" },
    { "80/tcp": [":90"], "81/tcp": [":91"] },
  ],
])("the port %j is %j", (authored, expected) => {
  expect(parse("ports", [authored])).toEqual(expected);
});

test("one container port may be published more than once, the same one once", () => {
  expect(parse("ports", ["8081:80", "8080:80", "8081:80"])).toEqual({
    "80/tcp": [":8080", ":8081"],
  });
});

test.each<[Json, string]>([
  ["90-92:80-81", "80-81 and 90-92 have different lengths"],
  ["8080:80-81", "80-81 and 8080 have different lengths"],
  ["70000:80", "`70000` is no port or range of ports"],
  ["8080:0", "`0` is no port or range of ports"],
  ["91-90:80", "`91-90` is no port or range of ports"],
  ["8080:80/icmp", "`icmp` is no protocol"],
  ["300.0.0.1:8080:80", "`300.0.0.1` is no IP address"],
  ["::1:8080:80", "`::1:8080:80` is no port mapping"],
  ["web:80", "`web:80` is no port mapping"],
  ["", "`` is no port mapping"],
  ["8080:80:90:100", "`8080:80:90:100` is no port mapping"],
])("the port %j is refused: %s", (authored, expected) => {
  expect(mistake(() => parse("ports", ["1:1", authored]))).toMatch(`${expected} at 1`);
});

test("a published port is exposed too, without which an old engine publishes nothing", () => {
  const sent = catalogue.container.ports.docker?.toEngine(parse("ports", ["127.0.0.1:8080:80"]), {
    api: "1.41",
    spec: {},
  });
  expect(sent).toEqual({
    ExposedPorts: { "80/tcp": {} },
    HostConfig: { PortBindings: { "80/tcp": [{ HostIp: "127.0.0.1", HostPort: "8080" }] } },
  });
});

test("what the engine stores reads as what was asked", () => {
  const PortBindings = {
    "80/tcp": [
      { HostIp: "::0", HostPort: "8080" },
      { HostIp: "", HostPort: "0" },
    ],
    "81/tcp": [],
    "82/tcp": null,
  };
  expect(read("ports", host({ PortBindings }))).toEqual({ "80/tcp": [":", ":::8080"] });
  expect(read("ports", host({ PortBindings: null }))).toEqual({});
});

test("exposed ports are the image's and the asked ones, without the published", () => {
  expect(parse("expose", ["9000-9001/udp", 9100, "9100/TCP"])).toEqual([
    "9000/udp",
    "9001/udp",
    "9100/tcp",
  ]);
  expect(merged("expose", ["9000/tcp"], { ExposedPorts: { "70/tcp": {}, "90": {} } })).toEqual(
    ["70/tcp", "90/tcp", "9000/tcp"].sort(),
  );
  const json = {
    ...config({ ExposedPorts: { "80/tcp": {}, "9000/tcp": {} } }),
    ...host({ PortBindings: { "80/tcp": [{ HostIp: "", HostPort: "8080" }] } }),
  };
  expect(read("expose", json, { want: ["9000/tcp"] })).toEqual(["9000/tcp"]);
  expect(read("expose", json, { want: ["80/tcp", "9000/tcp"] })).toEqual(["80/tcp", "9000/tcp"]);
});

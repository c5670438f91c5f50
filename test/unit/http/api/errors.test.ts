import { expect, test } from "vitest";
import { connect } from "../../../../src/engine/docker/api/client.ts";
import {
  apiError,
  connectionError,
  describe,
} from "../../../../src/engine/docker/errors/engine-error.ts";
import { pong, rejection, withEngine } from "../support.ts";

// The engines' real answers: 20.10 first, then 28, then Podman where it differs.
test.each([
  [404, "No such container: X", "not-found", "ambiguous"],
  [404, "No such image: nope:1", "image-missing", "ambiguous"],
  [404, "get v: no such volume", "not-found", "ambiguous"],
  [404, "network x not found", "not-found", "ambiguous"],
  [
    409,
    'Conflict. The container name "/x" is already in use by container "1".',
    "name-taken",
    "ambiguous",
  ],
  [500, 'container name "x" is already in use', "name-taken", "ambiguous"],
  [409, "network with name x already exists", "name-taken", "ambiguous"],
  [409, "removal of container 1 is already in progress", "being-removed", "safe"],
  [409, "container is marked for removal and cannot be started", "being-removed", "ambiguous"],
  [409, "You cannot remove a running container 1. Stop the container", "in-use", "ambiguous"],
  [409, 'cannot remove container "1": container is running: stop', "in-use", "ambiguous"],
  [409, "remove v: volume is in use - [1]", "in-use", "ambiguous"],
  [409, "Cannot kill container: 1: Container 1 is not running", "not-running", "ambiguous"],
  [409, "Container 1 is paused, unpause the container before exec", "paused", "ambiguous"],
  [
    403,
    "error while removing network: network x id 1 has active endpoints",
    "endpoints-active",
    "safe",
  ],
  [403, 'network x has active endpoints (name:"c" id:"1")', "endpoints-active", "safe"],
  [403, "endpoint with name c already exists in network x", "already-connected", "ambiguous"],
  [500, "container 1 is not connected to network x", "not-connected", "ambiguous"],
  [403, "Pool overlaps with other one on this address space", "network-overlap", "no"],
  [403, "invalid pool request: Pool overlaps with other one", "network-overlap", "no"],
  [403, "Address already in use", "address-taken", "ambiguous"],
  [403, "bridge is a pre-defined network and cannot be removed", "forbidden", "no"],
  [
    400,
    'invalid mount config for type "bind": bind source path does not exist: /x',
    "bind-missing",
    "no",
  ],
  [
    400,
    "failed to create task: executable file not found in $PATH: unknown",
    "command-missing",
    "no",
  ],
  [500, "Bind for 0.0.0.0:80 failed: port is already allocated", "port-taken", "ambiguous"],
  [
    500,
    "Error starting userland proxy: listen tcp4 0.0.0.0:80: bind: address already in use",
    "port-taken",
    "ambiguous",
  ],
  [
    500,
    "failed to bind host port for 0.0.0.0:80:1/tcp: address already in use",
    "port-taken",
    "ambiguous",
  ],
  [500, "write /x: no space left on device", "no-space", "no"],
  [
    500,
    'Get "http://r/v2/": dial tcp 1.1.1.1:80: connect: connection refused',
    "registry-unreachable",
    "safe",
  ],
  [
    undefined,
    'failed to copy: failed to do request: Get "https://r/v2/a/blobs/sha256:1": EOF',
    "registry-unreachable",
    "safe",
  ],
  [
    undefined,
    'Get "http://r/v2/a/manifests/sha256:1": net/http: HTTP/1.x transport connection broken: malformed MIME header: missing colon: "Doc"',
    "registry-unreachable",
    "safe",
  ],
  [500, "toomanyrequests: You have reached your pull rate limit", "rate-limited", "safe"],
  [404, "pull access denied for x, repository does not exist", "registry-denied", "no"],
  [500, "manifest for x:1 not found: manifest unknown", "image-unknown", "no"],
  [500, "Canceled: context canceled", "cancelled", "ambiguous"],
  [500, "invalid output path: stat /c/1: no such file", "cancelled", "ambiguous"],
  [500, "container rootfs is marked read-only", "read-only", "no"],
  [
    400,
    "client version 1.51 is too new. Maximum supported API version is 1.41",
    "api-too-old",
    "no",
  ],
  [
    400,
    "client version 1.41 is too old. Minimum supported API version is 1.52",
    "api-too-new",
    "no",
  ],
  [503, "This node is not a swarm manager. Use docker swarm init", "no-manager", "no"],
  [503, "", "unavailable", "safe"],
  [500, "json: cannot unmarshal number", "refused", "no"],
  [undefined, "something else", "refused", "no"],
  [
    undefined,
    "no matching manifest for linux/s390x in the manifest list entries",
    "image-unknown",
    "no",
  ],
])("%s %s", (status, text, code, retry) => {
  expect(apiError("POST /x", status, text)).toMatchObject({ code, retry });
});

test("foreign text is one clean line", () => {
  const error = apiError("POST /x", 500, `a\u001b[2J\nb\u202e${"x".repeat(1000)}`);
  expect(describe(error).message).toMatch(/^a \[2J b x{480,}…$/);
  expect(describe(apiError("POST /x", 500, "")).message).toBe("HTTP status 500");
});

const read = { method: "GET", operation: "GET /info", endpoint: "unix:///x.sock" };
const change = { ...read, method: "POST" };
const errno = (code: string) => Object.assign(new Error(code), { code });

test.each([
  ["ENOENT", "unreachable", "no engine answers at unix:///x.sock: there is no such socket"],
  ["ECONNREFUSED", "unreachable", "no engine answers at unix:///x.sock: nothing listens there"],
  ["EACCES", "permission", "no permission to use the engine at unix:///x.sock"],
  ["CERT_HAS_EXPIRED", "tls", "the certificate of unix:///x.sock can't be trusted"],
  ["EOTHER", "unreachable", "no engine answers at unix:///x.sock: EOTHER"],
])("connecting fails with %s", (cause, code, message) => {
  const error = connectionError(change, "connect", errno(cause));
  expect(error).toMatchObject({ code, message: expect.stringContaining(message) });
  expect(describe(error).hint).toBeTruthy();
  expect(error.retry).toBe(/EACCES|CERT/.test(cause) ? "no" : "safe");
});

test("no permission: says which group", () => {
  expect(describe(connectionError(read, "connect", errno("EACCES"))).hint).toContain(
    "`docker` group",
  );
});

test("after sending, only a read may be repeated", () => {
  expect(connectionError(read, "sent", errno("ECONNRESET"))).toMatchObject({
    code: "cut",
    retry: "safe",
  });
  expect(connectionError(change, "sent", errno("EPIPE"))).toMatchObject({
    code: "cut",
    retry: "ambiguous",
  });
});

test("engines that are too old, or none at all", () =>
  withEngine(
    () => {},
    async ({ socket, server }) => {
      const endpoint = { kind: "unix", path: socket, display: "unix://x", source: "" } as const;
      const ping = (answer: (response: Parameters<typeof pong>[0]) => void) => {
        server
          .removeAllListeners("request")
          .on("request", (_request, response) => answer(response));
        return connect(endpoint, AbortSignal.timeout(5000));
      };
      const old = await rejection(ping((response) => pong(response, "1.40")));
      expect(old).toMatchObject({ code: "api-too-old", message: expect.stringContaining("1.40") });
      const page = await rejection(ping((response) => response.end("<html>")));
      expect(page).toMatchObject({ code: "not-an-engine", phase: "connect" });
      const cut = await rejection(ping((response) => response.destroy()));
      expect(cut).toMatchObject({ code: "unreachable", phase: "connect" });
      const tls = "Client sent an HTTP request to an HTTPS server.\n";
      const plain = await rejection(ping((response) => response.writeHead(400).end(tls)));
      expect(describe(plain).message).toBe("the engine expects TLS");
      const newer = await ping((response) => pong(response, "1.60"));
      expect(newer.api).toBe("1.51");
      newer.close();
    },
  ));

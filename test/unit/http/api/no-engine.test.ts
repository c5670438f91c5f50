import { createServer, type Socket } from "node:net";
import { expect, test } from "vitest";
import { connect } from "../../../../src/engine/docker/api/client.ts";
import { describe } from "../../../../src/engine/docker/errors/engine-error.ts";
import { rejection } from "../support.ts";

/* Whatever listens at an address: that it is no engine is told in words, with a hint. */

const page = (status: string, type = "text/html") =>
  `HTTP/1.1 ${status}\r\nContent-Type: ${type}\r\nContent-Length: 13\r\n\r\n<html></html>`;
/** A fatal alert of TLS 1.2: unexpected message. */
const ALERT = Buffer.from([0x15, 3, 3, 0, 2, 2, 10]);
const NO_HTTP = /does not answer as a container engine: what it says is no HTTP$/;

test.each<[string, (socket: Socket) => void, boolean, string, RegExp]>([
  ["ssh", (socket) => socket.write("SSH-2.0-OpenSSH_9.6\r\n"), false, "not-an-engine", NO_HTTP],
  ["mail", (socket) => socket.end("220 mail ESMTP\r\n"), false, "not-an-engine", NO_HTTP],
  ["a binary protocol", (s) => s.end(Buffer.alloc(64)), false, "not-an-engine", NO_HTTP],
  ["TLS, asked without it", (s) => s.end(ALERT), false, "not-an-engine", NO_HTTP],
  ["half of an answer", (s) => s.end("HTTP/1.1 2"), false, "unreachable", /^no engine answers at/],
  ["silence, and an end", (s) => s.end(), false, "unreachable", /^no engine answers at/],
  [
    "no TLS, asked with it",
    (s) => s.end(page("400 Bad Request")),
    true,
    "tls",
    /does not speak TLS/,
  ],
  [
    "another server",
    (s) => s.end(page("200 OK")),
    false,
    "not-an-engine",
    /answers, but not as a Docker engine$/,
  ],
  [
    "another server without that page",
    (s) => s.end(page("404 Not Found")),
    false,
    "not-an-engine",
    /not as a Docker engine \(HTTP \d+\)$/,
  ],
  [
    "another server that sends elsewhere",
    (s) => s.end(page("302 Found")),
    false,
    "not-an-engine",
    /not as a Docker engine \(HTTP \d+\)$/,
  ],
])("%s", async (_, answers, secure, code, message) => {
  const server = createServer((socket) => {
    socket.on("error", () => {}).once("data", () => answers(socket));
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as { port: number };
  const endpoint = {
    ...({ kind: "tcp", host: "127.0.0.1", port, prefix: "", source: "test" } as const),
    display: `tcp://127.0.0.1:${port}`,
    ...(secure ? { tls: { verify: true } } : {}),
  };
  const error = await rejection(connect(endpoint, AbortSignal.timeout(5000)));
  server.close();
  expect(error).toMatchObject({ code, phase: "connect", message: expect.stringMatching(message) });
  expect(describe(error).message).not.toMatch(/Parse Error|HPE_|ECONN|html|undefined/);
  expect(describe(error).hint).toBeTruthy();
});

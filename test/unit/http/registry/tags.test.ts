import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import http, { type IncomingMessage, type ServerResponse } from "node:http";
import https from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { splitReference } from "../../../../src/attributes/values/image-reference.ts";
import { certificateFolders } from "../../../../src/engine/docker/registry/certificates.ts";
import type { Login } from "../../../../src/engine/docker/registry/credentials.ts";
import { viaMirrors } from "../../../../src/engine/docker/registry/distribution.ts";
import { isInsecure, tagsOf } from "../../../../src/engine/docker/registry/list-tags.ts";
import { Certificates, withoutOpenssl } from "../../../support/servers/tls-front.ts";
import { rejection } from "../support.ts";

const signal = new AbortController().signal;
const login: Login = { username: "u", password: "p:q" };
const basic = `Basic ${Buffer.from("u:p:q").toString("base64")}`;

type Answer = (request: IncomingMessage, response: ServerResponse, host: string) => void;

/** Runs `use` with a registry; `seen` has its requests with what authorized them. */
async function withRegistry(
  answer: Answer,
  use: (host: string, seen: readonly string[]) => Promise<void>,
  tls?: https.ServerOptions,
): Promise<void> {
  const seen: string[] = [];
  const listen = (request: IncomingMessage, response: ServerResponse) => {
    seen.push(`${request.method} ${request.url} ${request.headers.authorization ?? "-"}`);
    answer(request, response, host);
  };
  const server = tls ? https.createServer(tls, listen) : http.createServer(listen);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  try {
    await use(host, seen);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

const ask = (host: string, given: Login | undefined) =>
  tagsOf(splitReference(`${host}/a/b:1`), { login: given, insecure: true, folders: [], signal });
const list = (...tags: string[]) => JSON.stringify({ name: "a/b", tags });

test("pages are followed on the same registry only", () =>
  withRegistry(
    ({ url }, response, host) => {
      const next = url?.includes("last=2")
        ? '<http://elsewhere.example/v2/a/b/tags/list?last=3>; rel="next"'
        : '</v2/a/b/tags/list?n=1000&last=2>; rel="next"';
      response.setHeader("Link", next).end(url?.includes("last=2") ? list("3") : list("1", "2"));
      expect(host).toContain("127.0.0.1");
    },
    async (host) => expect(await ask(host, undefined)).toEqual(["1", "2", "3"]),
  ));

test("a password is sent when it is asked for, and not before", () =>
  withRegistry(
    ({ headers }, response) => {
      if (headers.authorization === basic) response.end(list("1"));
      else response.writeHead(401, { "www-authenticate": 'Basic realm="r"' }).end();
    },
    async (host, seen) => {
      expect(await ask(host, login)).toEqual(["1"]);
      expect(seen.map((line) => line.split(" ").slice(2).join(" "))).toEqual(["-", basic]);
      expect(await rejection(ask(host, undefined))).toMatchObject({ code: "registry-denied" });
    },
  ));

test.each([
  ["a password", login, `GET /token?service=s&scope=repository%3Aa%2Fb%3Apull ${basic}`],
  ["nothing", undefined, "GET /token?service=s&scope=repository%3Aa%2Fb%3Apull -"],
  ["an identity token", { identitytoken: "id" }, "POST /token -"],
])("a token is had for %s", (_, given, expected) =>
  withRegistry(
    ({ url, headers }, response, host) => {
      const realm = `Bearer realm="http://${host}/token",service="s"`;
      if (url?.startsWith("/token")) response.end('{"access_token":"t"}');
      else if (headers.authorization === "Bearer t") response.end(list("1"));
      else response.writeHead(401, { "www-authenticate": realm }).end();
    },
    async (host, seen) => {
      expect(await ask(host, given)).toEqual(["1"]);
      expect(seen[1]).toBe(expected);
    },
  ),
);

test("a redirection is not followed, and a login goes to no unencrypted realm of a secure one", () =>
  withRegistry(
    (_, response) => void response.writeHead(302, { location: "http://elsewhere.example/" }).end(),
    async (host) => {
      expect(await rejection(ask(host, login))).toMatchObject({ code: "registry-unreachable" });
    },
  ));

describe.skipIf(withoutOpenssl)("with TLS (openssl)", () => {
  const certificates = withoutOpenssl ? undefined : new Certificates();
  const folder = mkdtempSync(join(tmpdir(), "stack-certs-"));
  const put = (name: string, pem: string | undefined) =>
    writeFileSync(join(folder, name), pem ?? "");
  afterAll(() => {
    certificates?.remove();
    rmSync(folder, { recursive: true });
  });

  const withTls = (requestCert: boolean, use: (host: string) => Promise<void>) =>
    withRegistry((_, response) => void response.end(list("1")), use, {
      ...{ ca: certificates?.pem("ca"), requestCert, rejectUnauthorized: true },
      ...{ cert: certificates?.pem("server"), key: certificates?.pem("server-key") },
    });
  const secure = (host: string, folders: readonly string[]) =>
    tagsOf(splitReference(`${host}/a/b:1`), { login, insecure: false, folders, signal });

  test("a CA is trusted that lies in one of the registry's folders", () =>
    withTls(false, async (host) => {
      expect(await rejection(secure(host, ["/c/certs.d/h", folder]))).toMatchObject({
        code: "registry-tls",
        hint: expect.stringContaining(`/c/certs.d/h/ca.crt or ${folder}/ca.crt.`),
      });
      put("ca.crt", certificates?.pem("ca"));
      expect(await secure(host, ["/c/certs.d/h", folder])).toEqual(["1"]);
    }));

  test("a client's certificate is shown where the registry asks for one", () =>
    withTls(true, async (host) => {
      put("ca.crt", certificates?.pem("ca"));
      expect(await rejection(secure(host, [folder]))).toMatchObject({
        code: "registry-tls",
        hint: expect.stringContaining(`${folder}/client.cert, beside client.key`),
      });
      put("client.cert", certificates?.pem("client"));
      put("client.key", certificates?.pem("client-key"));
      expect(await secure(host, [folder])).toEqual(["1"]);
    }));

  test("an insecure one's is not looked at", () =>
    withTls(false, async (host) => expect(await ask(host, undefined)).toEqual(["1"])));
});

test("each mirror is asked, and an image's own registry last", async () => {
  const asked: string[] = [];
  const ask = async (name: string) => {
    asked.push(name);
    if (name.startsWith("m1")) throw new Error("down");
    return name;
  };
  const spec = { mirrors: ["m1.example", "m2.example/hub"] };
  const common = { address: "image.a", kind: "image", key: "a", needs: [] } as const;
  expect(await viaMirrors({ ...common, name: "a:1", spec }, signal, ask)).toBe(
    "m2.example/hub/library/a:1",
  );
  expect(await viaMirrors({ ...common, name: "a:1", spec: {} }, signal, ask)).toBe("a:1");
  expect(asked).toEqual(["m1.example/library/a:1", "m2.example/hub/library/a:1", "a:1"]);
});

test("certificates are those of Docker's folders", () => {
  const around = { env: { DOCKER_CONFIG: "/config" }, home: "/home/me" };
  const place = "certs.d/r.example:5000";
  expect(certificateFolders("r.example:5000", around)).toEqual([
    `/etc/docker/${place}`,
    `/home/me/.config/docker/${place}`,
    `/config/${place}`,
  ]);
});

test("insecure registries are those of the engine's configuration", () => {
  const info = {
    RegistryConfig: {
      InsecureRegistryCIDRs: ["::1/128", "127.0.0.0/8", "10.1.0.0/16"],
      IndexConfigs: { "docker.io": { Secure: true }, "r.example:5000": { Secure: false } },
    },
  };
  const insecure = ["127.0.0.1:5000", "localhost:5000", "10.1.2.3", "r.example:5000"];
  const secure = ["docker.io", "r.example", "10.2.0.1:5000", "r.io"];
  expect([...insecure, ...secure].filter((host) => isInsecure(info, host))).toEqual(insecure);
});

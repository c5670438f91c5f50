import { expect, test } from "vitest";
import { connect } from "../../../../src/engine/docker/api/client.ts";
import { path } from "../../../../src/engine/docker/api/path.ts";
import { Certificates, tlsFront, withoutOpenssl } from "../../../support/servers/tls-front.ts";
import { rejection, withEngine } from "../support.ts";

test.skipIf(withoutOpenssl)("TLS: both sides show certificates", () =>
  withEngine(
    (_request, response) => response.end('{"ID":"1"}'),
    async ({ socket, connections }) => {
      const certificates = new Certificates();
      const pem = certificates.pem.bind(certificates);
      const { server, port } = await tlsFront(socket, certificates);
      const own = { cert: pem("client"), key: pem("client-key") };
      const dial = (host: string, certificates: { ca?: string; cert?: string; key?: string }) =>
        connect(
          {
            ...{ kind: "tcp", host, port, prefix: "", display: `tcp://${host}`, source: "test" },
            tls: { verify: true, ...certificates },
          },
          AbortSignal.timeout(5000),
        );
      const before = connections();
      for (const host of ["127.0.0.1", "localhost"]) {
        const client = await dial(host, { ca: pem("ca"), ...own });
        for (let i = 0; i < 5; i++) expect(await client.get(path`/info`)).toEqual({ ID: "1" });
        const shared = [1, 2, 3].map(() => client.get(path`/info`, { shared: true }));
        expect(await Promise.all(shared)).toEqual([{ ID: "1" }, { ID: "1" }, { ID: "1" }]);
        client.close();
      }
      expect(connections() - before).toBe(2 * (1 + 3));
      const refused = { code: "tls", retry: "no" };
      expect(await rejection(dial("localhost", own))).toMatchObject(refused);
      expect(await rejection(dial("127.0.0.2", { ca: pem("ca"), ...own }))).toMatchObject({
        code: "unreachable",
      });
      expect(await rejection(dial("localhost", { ca: pem("ca") }))).toMatchObject(refused);
      server.close();
      certificates.remove();
    },
  ),
);

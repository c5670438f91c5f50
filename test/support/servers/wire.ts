import { connect, createServer, type Socket } from "node:net";
import { freePorts } from "../fixtures/stackfile.ts";

/** A line to a registry that can break. */
export interface Wire {
  readonly address: string;
  /**
   * Bytes from the registry after which every connection is cut, counted from now on; the next
   * number holds from that cut on.
   */
  cutAfter(...bytes: readonly number[]): void;
  /** How often it was cut. */
  cuts(): number;
  close(): void;
}

export async function wire(registry: string): Promise<Wire> {
  const [host = "", port] = registry.split(":");
  const [own] = await freePorts(1);
  const open = new Set<Socket>();
  let places: readonly number[] = [];
  let left = Number.POSITIVE_INFINITY;
  let cuts = 0;
  const next = () => {
    [left = Number.POSITIVE_INFINITY, ...places] = places;
  };
  const server = createServer((near) => {
    const far = connect(Number(port), host);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(one.on("error", () => {}));
      one.on("close", () => {
        open.delete(one);
        other.destroy();
      });
    }
    near.pipe(far);
    far.on("data", (part: Buffer) => {
      if (part.length >= left) {
        near.write(part.subarray(0, left), () => {
          for (const each of open) each.destroy();
        });
        next();
        cuts++;
      } else {
        left -= part.length;
        near.write(part);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(own, "127.0.0.1", resolve));
  return {
    address: `127.0.0.1:${own}`,
    cutAfter(...bytes) {
      places = bytes;
      next();
    },
    cuts: () => cuts,
    close() {
      for (const each of open) each.destroy();
      server.close();
    },
  };
}

import { rmSync } from "node:fs";
import http from "node:http";
import type { Duplex } from "node:stream";

export interface Counter {
  readonly host: string;
  /** Calls since the last time it was asked: `GET /containers/{}/json`, and how many. */
  take(): ReadonlyMap<string, number>;
  close(): void;
}

/** A socket that leads to the engine's and counts the calls on the way. */
export async function counting(engine: string, socket: string): Promise<Counter> {
  let counts = new Map<string, number>();
  const agent = new http.Agent({ keepAlive: true });
  const server = http.createServer((request, response) => {
    const { method = "", url: path = "", headers } = request;
    const call = `${method} ${general(path)}`;
    counts.set(call, (counts.get(call) ?? 0) + 1);
    const onward = http.request({ socketPath: engine, agent, method, path, headers });
    onward.on("response", (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      response.flushHeaders();
      answer.pipe(response);
    });
    onward.on("upgrade", (answer, far: Duplex) => {
      response.writeHead(answer.statusCode ?? 101, answer.headers);
      far.end();
      response.end();
    });
    onward.on("error", () => response.destroy());
    response.on("close", () => onward.destroy());
    request.pipe(onward);
  });
  rmSync(socket, { force: true });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  return {
    host: `unix://${socket}`,
    take() {
      const taken = counts;
      counts = new Map();
      return taken;
    },
    close() {
      server.close();
      server.closeAllConnections();
      agent.destroy();
    },
  };
}

/** Without version, query and names. */
function general(path: string): string {
  const [bare = ""] = path.replace(/^\/v[\d.]+/, "").split("?");
  return bare.replace(
    /^\/(containers|networks|volumes|images)\/(?!json$|create$)(.+?)(?=\/(?:json|start|stop|rename|connect|disconnect|kill|wait|update|archive)$|$)/,
    "/$1/{}",
  );
}

import { execFileSync, spawn, spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import net, { type AddressInfo } from "node:net";
import { userInfo } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const find = (program: string): string | undefined =>
  [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin"]
    .map((folder) => join(folder, program))
    .find(existsSync);

const [server, client, keys, docker] = ["sshd", "ssh", "ssh-keygen", "docker"].map(find);
const lacking = [
  ...(server && client && keys ? [] : ["OpenSSH's client and server"]),
  ...(docker ? [] : ["Docker's client, which the far side runs"]),
];

/** Why there can be no ssh server here; empty: there can. */
export const withoutSshd: string = (() => {
  if (lacking.length > 0) return `this machine lacks ${lacking.join(" and ")}`;
  // OpenSSH, sshd(8): as root it drops its privileges to this user, in this folder.
  if (process.getuid?.() !== 0) return "";
  if (spawnSync("id", ["sshd"]).status !== 0) return "this machine has no user `sshd`";
  return existsSync("/run/sshd") ? "" : "this machine has no folder /run/sshd";
})();

export interface Sshd {
  /** For DOCKER_HOST. */
  readonly url: string;
  /** Put first in PATH, its `ssh` is the system's with a configuration of the test. */
  readonly bin: string;
  /** Until then the client does not know the server's key. */
  trust(): void;
  close(): Promise<void>;
}

/** An ssh server on the loopback, whose `docker` talks to the engine at `socket`. */
export async function sshd(folder: string, socket: string): Promise<Sshd> {
  const [bin, etc] = ["bin", "etc"].map((name) => join(folder, name)) as [string, string];
  for (const each of [bin, etc]) mkdirSync(each, { recursive: true, mode: 0o700 });
  const file = (name: string) => join(etc, name);
  for (const name of ["host", "user"])
    execFileSync(keys ?? "", ["-q", "-t", "ed25519", "-N", "", "-f", file(name)]);
  writeFileSync(file("authorized"), readFileSync(file("user.pub")), { mode: 0o600 });
  const port = await freePort();
  writeFileSync(
    file("sshd_config"),
    [
      ...[`ListenAddress 127.0.0.1:${port}`, `HostKey ${file("host")}`, "PidFile none"],
      ...[`AuthorizedKeysFile ${file("authorized")}`, "PasswordAuthentication no", "UsePAM no"],
      ...["StrictModes no", `SetEnv DOCKER_HOST=unix://${socket}`],
    ].join("\n"),
  );
  const known = file("known_hosts");
  writeFileSync(known, "");
  writeFileSync(
    file("config"),
    [
      ...[`IdentityFile ${file("user")}`, "IdentitiesOnly yes", "StrictHostKeyChecking yes"],
      ...[`UserKnownHostsFile ${known}`, "GlobalKnownHostsFile /dev/null"],
    ].join("\n"),
  );
  writeFileSync(join(bin, "ssh"), `#!/bin/sh\nexec ${client} -F ${file("config")} "$@"\n`);
  chmodSync(join(bin, "ssh"), 0o755);
  const daemon = spawn(server ?? "", ["-D", "-f", file("sshd_config")], { stdio: "ignore" });
  const ended = new Promise<void>((resolve) => daemon.once("exit", () => resolve()));
  await answering(port);
  return {
    url: `ssh://${userInfo().username}@127.0.0.1:${port}`,
    bin,
    trust: () =>
      writeFileSync(known, `[127.0.0.1]:${port} ${readFileSync(file("host.pub"), "utf8")}`),
    async close() {
      daemon.kill();
      await ended;
    },
  };
}

async function freePort(): Promise<number> {
  const probe = net.createServer();
  await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

async function answering(port: number): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    const answered = await new Promise<boolean>((resolve) => {
      const socket = net.connect(port, "127.0.0.1");
      socket.once("data", () => resolve(true)).once("error", () => resolve(false));
    });
    if (answered) return;
    await sleep(50);
  }
  throw new Error("the ssh server does not answer");
}

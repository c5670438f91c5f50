import { spawn } from "node:child_process";
import { Duplex } from "node:stream";
import type { Endpoint } from "./endpoint.ts";

type SshEndpoint = Extract<Endpoint, { kind: "ssh" }>;

/** Milliseconds without output after ssh exits, during which its output is still read. */
const QUIET = 500;

/**
 * Last words of ssh when an established connection is lost; what was sent may have been executed.
 */
const LOST = /closed by|broken pipe|not responding|reset by/i;

/**
 * A connection to an engine through the system's ssh, as Docker's CLI makes it. Host keys, user
 * configuration and agents are left to ssh, which never prompts (`BatchMode`).
 */
export function dialSsh(endpoint: SshEndpoint): Duplex {
  // A process group of its own: Ctrl-C must not interrupt a call that is to be finished.
  const child = spawn("ssh", sshArguments(endpoint), { detached: true, stdio: "pipe" });
  let said = "";
  let answered = false;
  let silence: NodeJS.Timeout | undefined;
  const tunnel = new Duplex({
    read: () => void child.stdout.resume(),
    // A failed write says less than ssh's exit, which is awaited.
    write: (chunk, _encoding, done) => void child.stdin.write(chunk, () => done()),
    final: (done) => void child.stdin.end(done),
    destroy(error, done) {
      clearTimeout(silence);
      endGroup(child.pid);
      child.stdin.destroy();
      child.stdout.destroy();
      done(error);
    },
  });
  for (const stream of child.stdio) stream?.on("error", () => {});
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said = (said + text).slice(-4096);
  });
  child.stdout.on("data", (chunk: Buffer) => {
    answered = true;
    silence?.refresh();
    if (!tunnel.push(chunk)) child.stdout.pause();
  });
  child.on("error", (error) => tunnel.destroy(failed("SSH", `ssh can't be run: ${error.message}`)));
  const ended = (status: number | null) => {
    clearTimeout(silence);
    child.stdout.destroy();
    child.stderr.destroy();
    const last = said.trim().split("\n").at(-1) || `ssh ended with status ${status}`;
    if (status === 0 && answered) tunnel.push(null);
    else tunnel.destroy(failed(answered || LOST.test(said) ? "ECONNRESET" : "SSH", last));
  };
  // A process that ssh leaves behind, such as the master of a shared connection, may keep its
  // output open.
  child.on("exit", (status) => {
    const quiet = () => (child.stdout.isPaused() ? void silence?.refresh() : ended(status));
    silence = setTimeout(quiet, QUIET);
  });
  child.on("close", ended);
  return Object.assign(tunnel, socketManners([child, ...child.stdio]));
}

/** Kills ssh and the processes that it started, such as a ProxyCommand. */
function endGroup(leader: number | undefined): void {
  if (leader === undefined) return;
  try {
    process.kill(-leader);
  } catch {
    // The group has ended.
  }
}

/** Methods that http.Agent calls on a kept connection. */
function socketManners(parts: readonly unknown[]) {
  const each = (method: "ref" | "unref") => {
    for (const part of parts)
      (part as { [key in typeof method]?: () => void } | null)?.[method]?.();
  };
  const nothing = () => {};
  return {
    setKeepAlive: nothing,
    setNoDelay: nothing,
    setTimeout: nothing,
    ref: () => each("ref"),
    unref: () => each("unref"),
  };
}

function failed(code: string, message: string): NodeJS.ErrnoException {
  return Object.assign(new Error(message), { code });
}

function sshArguments({ host, port, user, socket }: SshEndpoint): string[] {
  // The remote shell parses the command: a path must not end its quotes.
  const quoted = `'unix://${socket?.replaceAll("'", "'\\''")}'`;
  return [
    ...["-T", "-o", "BatchMode=yes", "-o", "ConnectTimeout=15"],
    ...(port ? ["-p", String(port)] : []),
    ...(user ? ["-l", user] : []),
    ...["--", host, "docker", ...(socket ? ["--host", quoted] : []), "system", "dial-stdio"],
  ];
}

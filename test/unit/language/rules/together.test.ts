import { expect, test } from "vitest";
import { loaded, told, web } from "../support.ts";

test.each([
  [
    ["uts: host", "hostname: a"],
    "6:5 ⟨hostname⟩ `hostname` cannot stand together with `uts: host`",
  ],
  [["uts: host", "domainname: a"], "⟨domainname⟩ `domainname` cannot stand together with"],
  [["network_mode: 'container:x'", "domainname: a"], "⟨domainname⟩ `domainname` cannot stand"],
  [
    ["network_mode: host", "sysctls: {net.core.somaxconn: 1024}"],
    "⟨net.core.somaxconn⟩ `net.core.somaxconn` would be the host's, by `network_mode: host`",
  ],
  [["network_mode: host", "sysctls: ['net.core.somaxconn=9']"], "⟨'net.core.somaxconn=9'⟩ `net"],
  [["network_mode: host", "sysctls: {net/core/somaxconn: 1}"], "by `network_mode: host`"],
  [["ipc: host", "sysctls: {kernel.shmmax: 1}"], "by `ipc: host`"],
  [["ipc: host", "sysctls: {fs.mqueue.msg_max: 1}"], "by `ipc: host`"],
  [["uts: host", "sysctls: {kernel.domainname: a}"], "by `uts: host`"],
  [["mem_limit: 64m", "mem_reservation: 65m"], "⟨65m⟩ `mem_reservation` is above `mem_limit`, 64m"],
  [
    ["mem_limit: 64m", "memswap_limit: 32m"],
    "⟨32m⟩ `memswap_limit` counts memory too, and is below",
  ],
  [["memswap_limit: 64m"], "⟨64m⟩ `memswap_limit` counts memory too, and needs a `mem_limit`"],
  [["mem_limit: 0", "memswap_limit: 64m"], "⟨64m⟩ `memswap_limit` counts memory too, and needs"],
  [
    ["cpu_rt_period: 50", "cpu_rt_runtime: 100"],
    "⟨100⟩ `cpu_rt_runtime` is longer than its period",
  ],
])("%j cannot stand together", (lines, expected) => {
  expect(told(loaded(web(...lines))).join("\n")).toContain(expected);
});

test.each([
  [["network_mode: host", "hostname: a", "domainname: b"]],
  [["network_mode: none", "sysctls: {net.core.somaxconn: 1}"]],
  [["network_mode: host", "sysctls: {kernel.shmmax: 1}"]],
  [["mem_limit: 64m", "mem_reservation: 64m", "memswap_limit: 64m"]],
  [["mem_limit: 64m", "memswap_limit: -1"]],
  [["memswap_limit: -1"]],
  [["memswap_limit: 0"]],
  [["memswap_limit: '${UNSET:-}'"]],
  [["cpu_rt_runtime: 100"]],
])("%j can", (lines) => {
  expect(told(loaded(web(...lines)))).toEqual([]);
});

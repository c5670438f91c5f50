import { expect, test } from "vitest";
import { loaded, told } from "../support.ts";

const said = (volume: string): readonly string[] =>
  told(loaded(`name: shop\nvolumes: {v: {${volume}}}\n`));

const NONE = "for example {type: none, o: bind, device: /srv/data} or {type: tmpfs, device: tmpfs}";

// What engines 20.10 and 28.5 answer to `docker volume create` with these options.
test.each([
  [
    "driver_opts: {a: ''}",
    "⟨a⟩ `a` is no option of the volume driver local | it has type, device, o, size",
  ],
  [
    "driver: local, driver_opts: {Type: tmpfs, type: tmpfs, device: x}",
    "⟨Type⟩ `Type` is no option of the volume driver local | it has type, device, o, size",
  ],
  [
    "driver_opts: {type: tmpfs}",
    `⟨driver_opts⟩ the volume driver local needs \`device\` here | ${NONE}`,
  ],
  [
    "driver_opts: {o: bind, device: /x}",
    `⟨driver_opts⟩ the volume driver local needs \`type\` here | ${NONE}`,
  ],
  [
    "driver: '', driver_opts: {o: bind}",
    `⟨driver_opts⟩ the volume driver local needs \`type\` and \`device\` here | ${NONE}`,
  ],
])("%s is refused at its line", (volume, expected) => {
  expect(said(volume).map((line) => line.replace(/^\S+ /, ""))).toEqual([expected]);
});

test.each([
  "",
  "driver_opts: {}",
  "driver_opts: {size: 1g}",
  "driver_opts: {type: none, device: /x}",
  "driver_opts: {type: '', device: '', o: ''}",
  "driver_opts: {type: nfs, device: ':/x', o: addr=192.0.2.1}",
  "driver: other, driver_opts: {a: b}",
  "external: true",
])("%s is taken", (volume) => {
  expect(said(volume)).toEqual([]);
});

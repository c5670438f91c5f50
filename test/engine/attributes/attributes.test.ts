import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { path, reference } from "../../../src/engine/docker/api/path.ts";
import type { JsonObject } from "../../../src/model/json.ts";
import { type Bench, bench } from "../../support/engine/live.ts";
import { BECOMES, type Track, tracks } from "../../support/engine/live-tracks.ts";
import { type Walked, walk } from "../../support/engine/live-walk.ts";

const EXTERNAL = "attributes-external";
/** What is said where the engine or its host cannot do it, and what is left to do then. */
const LACKING: Readonly<Record<string, { said: RegExp; left: RegExp }>> = {
  privileged: { said: /unable to apply caps: operation not permitted/, left: /^replace\b/ },
  gpus: { said: /could not select device driver/, left: /^replace\b/ },
  storage_opt: { said: /--storage-opt is supported only/, left: /^replace\b/ },
  annotations: { said: /needs API 1\.43/, left: /^replace\b/ },
  enable_ipv4: { said: /needs API 1\.47/, left: /^replace\b/ },
  cpu_rt_period: { said: /cpu\.rt_(period|runtime)_us/, left: /^replace\b/ },
  cpu_rt_runtime: { said: /cpu\.rt_(period|runtime)_us/, left: /^replace\b/ },
};
/** What the engine warns of where its kernel cannot do it; then there is nothing to do. */
const UNABLE: Readonly<Record<string, RegExp>> = {
  blkio_config: /does not support Block I\/O weight/,
};
/** The engine decides them, and may have decided for the very value that is asked. */
const DECIDED = new Set(["ipc", "cgroup", "runtime", "isolation", "enable_ipv4"]);

const all = tracks(EXTERNAL);
let live: Bench;
let walked: Walked;

/** Another image under the tag that the examples name. */
async function otherImage({ client, post }: Bench): Promise<void> {
  const made = await post(path`/containers/create`, { Image: "busybox:1.36", Cmd: ["true"] });
  const container = String(made.Id);
  await post(path`/commit`, {}, { container, repo: "busybox", tag: "1.37" });
  await client.delete(path`/containers/${container}`);
}

beforeAll(async () => {
  live = await bench("attributes");
  await otherImage(live);
  await live.post(path`/networks/create`, { Name: EXTERNAL });
  await live.post(path`/volumes/create`, { Name: EXTERNAL });
  const image = await live.client.get<JsonObject>(path`/images/${reference("busybox:1.36")}/json`);
  walked = await walk(live, live.stack(), all, image);
});

afterAll(async () => {
  if (walked) tell(walked);
  await live.clear();
  await live.client.delete(path`/networks/${EXTERNAL}`);
  await live.client.delete(path`/volumes/${EXTERNAL}`);
  await live.client.delete(path`/images/${reference("busybox:1.37")}`);
  await live.close();
});

function tell({ paces, refused, unsupported }: Walked): void {
  const ran = all.filter((track) => !refused.has(track));
  const steps = ran.flatMap((track) => paces.get(track) ?? []);
  const lines = [
    `${ran.length} attributes ran, ${ran.flatMap(({ states }) => states).length} states, of which ${steps.filter(({ expected }) => expected === "update").length} were reached in place and ${steps.filter(({ expected }) => expected === "replace").length} by a replacement`,
    ...[...refused].map(([{ key }, { message }]) => `did not run: ${key}: ${message}`),
    ...[...unsupported].map(([{ key }, warning]) => `the engine warned: ${key}: ${warning}`),
  ];
  console.log(lines.join("\n"));
}

/** `update mem_limit`: an action, the attribute itself, and at most its companions. */
function fits({ attribute, companions }: Track, expectation: string, planned: string): boolean {
  const [action, ...names] = planned.split(" ");
  const own = BECOMES[attribute] ?? attribute;
  return (
    action === expectation &&
    names.includes(own) &&
    names.every((name) => name === own || companions.includes(name))
  );
}

describe.each(all.map((track) => ({ track, title: `${track.kind}.${track.attribute}` })))(
  "$title",
  ({ track }) => {
    it("is set, changed and dropped as the catalogue says, and nothing is left to do", (test) => {
      const refused = walked.refused.get(track);
      const lacking = LACKING[track.attribute];
      if (refused && lacking?.said.test(refused.message)) {
        // Nothing is passed over in silence: the next plan still asks for it.
        expect(refused.planned).toMatch(lacking.left);
        return test.skip(refused.message);
      }
      expect(refused).toBeUndefined();
      const paces = walked.paces.get(track) ?? [];
      expect(paces).toHaveLength(track.states.length);
      const warned = walked.unsupported.get(track) ?? "";
      for (const pace of paces) expect(pace).toMatchObject({ second: "nothing" });
      if (UNABLE[track.attribute]?.test(warned)) return test.skip(warned);
      for (const pace of paces) {
        if (DECIDED.has(track.attribute) && pace.planned === "nothing") {
          expect(pace).toMatchObject({ another: false });
        } else if (pace.expected === "update" || pace.expected === "replace") {
          expect(pace).toSatisfy(() => fits(track, pace.expected, pace.planned));
          expect(pace).toMatchObject({ another: pace.expected === "replace" });
        } else if (pace.expected === "another replica") {
          expect(pace).toMatchObject({ another: false });
        } else {
          expect(pace).toMatchObject({ planned: pace.expected });
        }
      }
    });
  },
);

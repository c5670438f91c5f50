import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../../src/model/json.ts";
import { stateOf } from "../../support/engine/live.ts";
import { failing } from "../../support/engine/scenarios.ts";
import {
  FAULTS,
  FULL,
  fewerThan,
  figuresText,
  type Mishap,
  trials,
  workshop,
} from "../../support/engine/trials.ts";
import { IDLE, WATCHED } from "../../support/fixtures/stackfile.ts";

/* What happens to a run while it brings back what ran before. */

const { tools, report } = workshop("back");

/**
 * The way back begins with the tenth write, or soon after; start-first with the seventh. The first
 * three take the lock: a run that finds nothing to do takes none, and leaves what is left of it.
 */
const killsAt =
  (first: number) =>
  (call: number): readonly Mishap[] =>
    (FULL ? call > 3 : call >= first && (call - first) % 2 === 0) ? ["kill"] : [];

describe.each([
  ["exits", "mended"],
  ["exits", "former"],
  ["unhealthy", "mended"],
  ["unhealthy", "former"],
] as const)("a way back from what %s", (flaw, next) => {
  it(
    `that is killed at a write is no harm: an apply of the ${next} file converges`,
    async (test) => {
      if (!FULL && (flaw === "exits") !== (next === "mended"))
        return test.skip("only with npm run test:full");
      const figures = await trials(tools, failing(flaw, next), killsAt(flaw === "exits" ? 10 : 6));
      report.push(figuresText(`SIGKILL during a way back (${flaw}, ${next})`, figures));
      expect(figures.lost).toEqual([]);
      expect(figures.faults).toBeGreaterThan(FULL ? fewerThan(3) : 0);
    },
    FULL ? 3_600_000 : 600_000,
  );
});

/* The same file has the same end, with what ran before: nothing of the wait is forgotten. */
describe.each(["exits", "exits late", "unhealthy"] as const)("an update of what %s", (flaw) => {
  it(
    "that is killed at a call, be it a read, goes back as well when it is applied again",
    async (test) => {
      if (!FULL && flaw !== "exits late") return test.skip("only with npm run test:full");
      const at = (call: number): readonly Mishap[] =>
        FULL || (call > 20 && call % 12 === 0) ? ["kill before"] : [];
      const figures = await trials(tools, failing(flaw, "same"), at);
      report.push(figuresText(`SIGKILL at any call, and again the same (${flaw})`, figures));
      expect(figures.lost).toEqual([]);
      expect(figures.faults).toBeGreaterThan(FULL ? fewerThan(20) : 0);
    },
    FULL ? 3_600_000 : 600_000,
  );

  it("that meets a fault goes back, or says why not and the next run does", async (test) => {
    if (!FULL) return test.skip("only with npm run test:full");
    const figures = await trials(tools, failing(flaw, "same"), () => FAULTS);
    report.push(figuresText(`faults during an update that goes back (${flaw})`, figures));
    expect(figures.lost).toEqual([]);
    expect(figures.faults).toBeGreaterThan(fewerThan(80));
  }, 3_600_000);
});

describe("a way back", () => {
  it.each(["SIGINT", "SIGTERM"] as const)(
    "is gone to its end after %s, and the exit code is that of a rollback",
    async (signal) => {
      const [one] = tools;
      if (!one) throw new Error("no tools");
      const { live, wire, cli } = one;
      const name = live.stack();
      const good: JsonObject = { ...IDLE, volumes: ["data:/data"] };
      await live.settle({ name, volumes: { data: {} }, containers: { web: good } });
      const { Id } = await live.inspect(`${name}-web-1`);
      const bad = { ...good, update_config: WATCHED, command: ["sh", "-c", "exit 3"] };
      cli.write("stack.yaml", { name, volumes: { data: {} }, containers: { web: bad } });
      wire.forget();
      let interrupted = 0;
      const ran = await cli.stack(["apply", "--yes"], {
        env: { DOCKER_HOST: `unix://${wire.socket}` },
        started: (child) => {
          wire.onWrite = ({ url }) => {
            // The successor bears the name by now, and only the way back calls it by that.
            if (interrupted > 0 || !url.includes(`${name}-web-1/stop`)) return;
            interrupted++;
            child.kill(signal);
          };
        },
      });
      wire.onWrite = () => {};
      expect(interrupted).toBe(1);
      expect(ran).toMatchObject({ status: 6, signal: null });
      expect(ran.stderr).toContain("Interrupted");
      expect(ran.stderr).toContain("rolled back: it runs as it did before");
      const after = await live.inspect(`${name}-web-1`);
      expect([after.Id, stateOf(after)]).toEqual([Id, "running"]);
      await live.destroy(name);
    },
  );
});

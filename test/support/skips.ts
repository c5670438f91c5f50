import type { Reporter, TestModule } from "vitest/node";

/** Says at the end of a run what was skipped, and why. */
export class Skips implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const skipped = modules.flatMap((each) => [...each.children.allTests("skipped")]);
    const byReason = Map.groupBy(skipped, reasonOf);
    for (const [reason, tests] of byReason) {
      const names = tests.map(({ fullName }) => fullName);
      const [first, second, third, ...more] = names;
      const shown = [first, second, third].filter((name) => name !== undefined).join("; ");
      const rest = more.length > 0 ? `; and ${more.length} more` : "";
      console.log(`skipped, ${reason}: ${shown}${rest}`);
    }
  }
}

type Test = ReturnType<TestModule["children"]["allTests"]> extends Iterable<infer T> ? T : never;

/** A test that is skipped where it stands has its condition in its own or its suite's name. */
function reasonOf(test: Test): string {
  const result = test.result();
  return (result.state === "skipped" && result.note) || "as its name says";
}

/*
 * Records what Docker Compose makes of the generated questions in test/unit/language/compose, with which
 * the pure tests compare what we make of them. `scripts/engine fetch 28` unpacks Compose.
 */

import type { Json } from "../src/model/json.ts";
import { envFiles, readByCompose } from "../test/unit/language/compose/env-files.ts";
import { expressions, interpolated } from "../test/unit/language/compose/expressions.ts";
import { merged, merges } from "../test/unit/language/compose/merges.ts";
import { configOf, PROJECTS } from "../test/unit/language/compose/projects/projects.ts";
import { record, unpacked } from "../test/unit/language/compose/record.ts";

if (!unpacked()) {
  console.error("Compose is not unpacked: run `scripts/engine fetch 28` first");
  process.exit(1);
}
const wanted = process.argv.slice(2);
const each = (
  name: string,
  questions: readonly Json[],
  answers: (all: never) => readonly Json[],
) => {
  if (wanted.length > 0 && !wanted.includes(name)) return;
  const found = answers(questions as never);
  record(
    name,
    questions.map((question, index) => [question, found[index] ?? null]),
  );
  const refused = found.filter((answer) => answer === null).length;
  console.log(`${name}: ${questions.length} recorded, of which Compose refuses ${refused}`);
};

each("expressions", expressions(), interpolated);
for (const as of ["env", "raw", "label"] as const)
  each(`${as}-files`, envFiles(), (all: readonly string[]) => readByCompose(all, as));
each("merges", merges() as unknown as readonly Json[], merged);
each("projects/projects", PROJECTS as unknown as readonly Json[], (all: typeof PROJECTS) =>
  all.map(configOf),
);

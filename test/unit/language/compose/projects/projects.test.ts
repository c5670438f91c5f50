import { expect, test } from "vitest";
import { record } from "../../../../../src/attributes/values/json.ts";
import type { JsonObject } from "../../../../../src/model/json.ts";
import type { Dependency, Resource } from "../../../../../src/model/stack.ts";
import { loaded, told } from "../../support.ts";
import { recorded } from "../record.ts";
import { FOLDER, PROJECTS, type Project } from "./projects.ts";

/*
 * A Compose project as it is, and the model that Compose makes of it, which has neither variables nor
 * anchors, includes, extensions or short forms: both have to lead to the same stack.
 */

const { cases } = recorded<Project, JsonObject>("projects/projects");
const answers = new Map(cases.map(([{ name }, answer]) => [name, answer]));

/**
 * By address, without places. Compose's output sorts keys, leaves `false` out, and says a dependency
 * that an attribute implies in `depends_on` too.
 */
function resources(all: readonly Resource[]): Record<string, unknown> {
  return Object.fromEntries(
    all.map(({ place: _, build, needs, spec, ...rest }) => [
      rest.address,
      {
        ...{ ...rest, needs: needs.filter((need) => !impliedToo(need, needs)).sort(byName) },
        spec: Object.fromEntries(Object.entries(spec).filter(([, value]) => value !== false)),
        ...(build && { build: build.asked }),
      },
    ]),
  );
}

const byName = (a: Dependency, b: Dependency): number => (a.on < b.on ? -1 : 1);
const impliedToo = (need: Dependency, all: readonly Dependency[]): boolean =>
  need.restart === true && all.some((other) => other.on === need.on && other.bound);

/** Compose's output names dependencies that are not required, and not there. */
function without(answer: JsonObject): JsonObject {
  const services = record(answer.services);
  const kept = Object.entries(services).map(([key, service]) => {
    const { depends_on: needs, ...rest } = record(service);
    const known = Object.entries(record(needs)).filter(([name]) => name in services);
    return [key, { ...rest, ...(known.length > 0 && { depends_on: Object.fromEntries(known) }) }];
  });
  return { ...answer, services: Object.fromEntries(kept) };
}

test.each(PROJECTS)("$name", (project) => {
  const { name, files, env = {}, profiles = [] } = project;
  const answer = answers.get(name);
  expect(cases.map(([asked]) => asked)).toContainEqual(project);
  const paths = Object.fromEntries(
    Object.entries(files).map(([path, text]) => [`${FOLDER}/${path}`, text]),
  );
  const mine = loaded(paths, { files: project.named ?? ["compose.yaml"], env, profiles });
  const theirs = loaded(
    { ...paths, [`${FOLDER}/model.yaml`]: JSON.stringify(without(answer ?? {})) },
    { files: ["model.yaml"], env, profiles: ["*"] },
  );
  expect(answer, "Compose refuses it").not.toBeNull();
  const errors = (of: typeof mine) => told(of).filter((line) => !line.includes("warning: "));
  expect(errors(mine)).toEqual([]);
  expect(errors(theirs)).toEqual([]);
  expect(mine.stack?.name).toBe(theirs.stack?.name);
  expect(resources(mine.stack?.resources ?? [])).toEqual(resources(theirs.stack?.resources ?? []));
});

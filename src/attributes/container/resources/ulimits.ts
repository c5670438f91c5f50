import type { Json } from "../../../model/json.ts";
import { attribute } from "../../core/attribute.ts";
import { hostConfig } from "../../core/codecs.ts";
import { integer, must, nearest } from "../../core/shapes.ts";
import { Invalid } from "../../values/invalid.ts";
import { isMap, list, number, record, text } from "../../values/json.ts";

interface Limit {
  readonly soft: number;
  readonly hard: number;
}

/** getrlimit(2), by the names of ulimits.conf. */
const KNOWN: readonly string[] =
  "as core cpu data fsize locks memlock msgqueue nice nofile nproc rss rtprio rttime sigpending stack".split(
    " ",
  );
/** The kernel's bound of `fs.nr_open`, above which no process may have files open. */
const MOST_FILES = 0x7fffffc0;

/** Without the three that every program has, and one to begin it with, none starts. */
const LEAST_FILES = 4;

/** Unlimited is -1, and more than anything else. */
const size = (limit: number): number => (limit === -1 ? Number.POSITIVE_INFINITY : limit);

function parseLimit([name, value]: [string, Json | undefined]): [
  string,
  Limit & Record<string, number>,
] {
  const known = name.toLowerCase();
  if (!KNOWN.includes(known)) {
    const near = nearest(known, KNOWN);
    const hint = near ? `did you mean \`${near}\`?` : `one of ${KNOWN.join(", ")}`;
    throw new Invalid(`\`${name}\` is no limit`, { hint, path: [name], key: true });
  }
  const given = isMap(value) ? value : { soft: value, hard: value };
  const [soft, hard] = [number(given.soft), number(given.hard)];
  for (const [limit, part] of [
    [soft, "soft"],
    [hard, "hard"],
  ] as const) {
    const path = isMap(value) ? [name, part] : [name];
    must(limit >= -1, `\`${limit}\` is no limit`, { path, hint: "-1 is unlimited" });
    must(
      known !== "nofile" || size(limit) <= MOST_FILES,
      `no kernel lets a process have ${limit === -1 ? "unlimited" : limit} files open`,
      { path, hint: "for example 1048576" },
    );
  }
  must(known !== "nofile" || size(soft) >= LEAST_FILES, `nothing starts with ${soft} files open`, {
    path: [name],
    hint: "for example 1024",
  });
  must(size(soft) <= size(hard), `the soft limit, ${soft}, is above the hard one, ${hard}`, {
    path: [name, "soft"],
  });
  return [known, { soft, hard }];
}

export const limits = {
  ulimits: attribute<Readonly<Record<string, { soft: number; hard: number }>>>({
    description:
      "Limits by name, one number or `soft` and `hard`; those not named are the daemon's.",
    schema: {
      type: "object",
      additionalProperties: {
        anyOf: [
          integer,
          {
            type: "object",
            additionalProperties: false,
            required: ["soft", "hard"],
            properties: { soft: integer, hard: integer },
          },
        ],
      },
    },
    examples: [{ nofile: 1024 }, { nofile: { soft: 512, hard: 1024 }, nproc: 256 }],
    absent: { is: "engine" },
    merge: { each: "replace" },
    parse: (authored) => Object.fromEntries(Object.entries(record(authored)).map(parseLimit)),
    write: (all) =>
      Object.fromEntries(
        Object.entries(all).map(([name, { soft, hard }]) => [
          name,
          soft === hard ? hard : { soft, hard },
        ]),
      ),
    docker: hostConfig("Ulimits", {
      to: (value): Json =>
        Object.entries(value).map(([Name, { soft, hard }]) => ({ Name, Soft: soft, Hard: hard })),
      from: (json) =>
        Object.fromEntries(
          list(json).map((item) => {
            const { Name, Soft, Hard } = record(item);
            return [text(Name), { soft: number(Soft), hard: number(Hard) }];
          }),
        ),
    }),
  }),
};

import { describe, expect, test } from "vitest";
import type { Sources } from "../../../src/language/load.ts";
import type { LockHolder } from "../../../src/model/lock.ts";
import type { Step } from "../../../src/model/plan.ts";
import { shellWord } from "../../../src/render/words/shell-quoting.ts";
import { everything, plan } from "../render/fixtures.ts";
import { around, stack, world } from "./cli-host.ts";

const changes = plan({
  changes: everything.changes.slice(1, 2),
  steps: everything.steps.slice(1, 2),
  fingerprint: { a: "1" },
});

/** The plan is held against the engine once more, now that nobody else works on the stack. */
const looked = ["follow", "observe"];
const locked = ["lock apply me@here", "observe again", "execute", "release"];

describe("apply", () => {
  test("with nothing to do asks nothing and exits 0", async () => {
    const within = world();
    expect(await stack("apply", within)).toEqual({ code: 0 });
    expect(within.log).toEqual(["load stack.yaml", "open default", ...looked, "close"]);
    expect(within.out).toContain("No changes.");
  });

  test("without a terminal and without --yes refuses", async () => {
    const within = world({ plan: changes });
    const ended = await stack("apply", within);
    expect(ended).toMatchObject({ code: 5, message: "there is no terminal to ask on" });
    expect(within.log).not.toContain("execute");
  });

  test("--yes runs: plan and summary on stdout, progress on stderr", async () => {
    const within = world({ plan: changes });
    expect(await stack("apply -y", within)).toEqual({ code: 0 });
    expect(within.out).toMatch(/Plan: 1 to create.\n\nApply complete: 1 created in 0.0 s.\n$/);
    expect(within.err).toBe("network.front: creating...\nnetwork.front: created after 0.0 s\n");
    expect(within.log).toEqual(["load stack.yaml", "open default", ...looked, ...locked, "close"]);
  });

  test("y and yes are consent, nothing else is; then the engine is looked at again", async () => {
    for (const answer of ["n", "No", "", undefined, "yess", "ja", "yy"]) {
      const within = world({ plan: changes, terminal: true, answer });
      const ended = await stack("apply", within);
      expect(ended).toMatchObject({ code: 5, message: "nothing was done" });
      const said = /^(no?)?$/i.test(answer ?? "") ? undefined : "To go on, answer y or yes.";
      expect(ended.hint).toBe(said);
    }
    for (const answer of ["y", "Y", "YES", "yes "])
      expect(await stack("apply", world({ plan: changes, terminal: true, answer }))).toEqual({
        code: 0,
      });
    const within = world({ plan: changes, terminal: true, answer: " yes" });
    expect(await stack("apply", within)).toEqual({ code: 0 });
    expect(within.log.slice(2)).toEqual([...looked, "ask", ...locked, "close"]);
    expect(within.err).toContain(
      "Apply these changes to shop on unix:///var/run/docker.sock? [y/N] ",
    );
  });

  test("a plan that became stale during the question is refused", async () => {
    const moved = ["container web has changed"];
    const within = world({ plan: changes, terminal: true, answer: "yes", moved });
    const ended = await stack("apply", within);
    expect(ended).toMatchObject({
      code: 5,
      message: "the plan is stale: container web has changed",
    });
    expect(within.log).not.toContain("execute");
  });

  test("what is in the way is looked at twice: somebody may just be making it", async () => {
    const conflicts = [{ address: "network.a" as const, message: "not ours", hint: "x" }];
    const plans = [{ ...changes, conflicts }, changes];
    const within = world({ plan: changes });
    within.parts = { plan: async () => plans.shift() ?? changes };
    expect(await stack("apply --yes", within)).toEqual({ code: 0 });
    expect(within.log.filter((each) => each.startsWith("observe"))).toHaveLength(3);
  });

  test("what fails is told on stderr, exit 1", async () => {
    const within = world({ plan: changes, outcome: "failed" });
    expect(await stack("apply --yes", within)).toEqual({ code: 1 });
    expect(within.err).toContain("x network.front: boom\n      duck\n");
  });

  test("what is rolled back exits 6, and --no-rollback hands no way back over", async () => {
    const guarded = {
      ...changes,
      steps: changes.steps.map((step) => ({ ...step, onFailure: [9] })),
      rollback: changes.steps.map((step) => ({ ...step, id: 9 })),
    };
    const within = world({ plan: guarded, outcome: "rolled_back" });
    expect(await stack("apply --yes", within)).toEqual({ code: 6 });
    const without = world({ plan: guarded });
    await stack("apply --yes --no-rollback --progress json", without);
    const begun = JSON.parse(without.out.split("\n")[1] ?? "");
    expect(begun.plan.rollback).toEqual([]);
    expect(begun.plan.steps[0]).not.toHaveProperty("onFailure");
  });

  test("an interruption exits 130 and says what remains", async () => {
    const within = world({ plan: changes, outcome: "interrupted" });
    expect(await stack("apply --yes", within)).toEqual({ code: 130 });
    expect(within.err).toContain("Apply interrupted");
  });

  test("a blocking held change ends with 5 after everything else was done", async () => {
    const within = world({ plan: { ...changes, blocked: everything.blocked } });
    expect(await stack("apply --yes", within)).toEqual({ code: 5 });
    expect(within.log).toContain("execute");
    expect(within.err).toContain("volume.data; permit it with --allow-data-loss=data");
    const alone = world({ plan: plan({ blocked: everything.blocked }) });
    expect(await stack("apply --yes", alone)).toEqual({ code: 5 });
  });

  test("with something in the way nothing is done", async () => {
    const conflicts = [{ address: "network.a" as const, message: "not ours", hint: "x" }];
    const within = world({ plan: { ...changes, conflicts } });
    expect(await stack("apply --yes", within)).toMatchObject({ code: 5 });
    expect(within.log).not.toContain("execute");
  });

  test("--progress json leaves stdout to the events", async () => {
    const within = world({ plan: changes });
    expect(await stack("apply --yes --progress json", within)).toEqual({ code: 0 });
    const types = within.out
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line).type);
    expect(types).toEqual(["version", "started", "step_started", "step_completed", "finished"]);
    expect(within.err).toContain("Apply complete");
  });

  test("--progress quiet shows the summary alone, and the plan where it is asked about", async () => {
    const within = world({ plan: changes });
    await stack("apply --yes --progress quiet", within);
    expect([within.out, within.err]).toEqual(["Apply complete: 1 created in 0.0 s.\n", ""]);
    const nothing = world();
    await stack("apply --yes --progress quiet", nothing);
    expect(nothing.out).toBe("No changes. The engine matches shop.\n");
    const asked = world({ plan: changes, terminal: true, answer: "y" });
    await stack("apply --progress quiet", asked);
    expect(asked.out).toContain("Plan: 1 to create.");
    const conflicts = [{ address: "container.web" as const, message: "taken", hint: "free it" }];
    const blocked = world({ plan: { ...changes, conflicts } });
    expect(await stack("apply --yes --progress quiet", blocked)).toMatchObject({ code: 5 });
    expect(blocked.out).toContain("taken");
  });

  test("wrong settings are refused before anything else", async () => {
    for (const line of [
      "--concurrency 0",
      "--concurrency 65",
      "--concurrency x",
      "--wait-timeout 5y",
      "--lock-timeout x",
      "--lock maybe",
    ]) {
      const within = world({ plan: changes });
      expect(await stack(`apply --yes ${line}`, within)).toMatchObject({ code: 1 });
      expect(within.log).toEqual([]);
    }
  });

  test("the engine is closed even when it fails", async () => {
    const within = world({ plan: changes });
    const gone = Object.assign(new Error("cut"), { name: "EngineError", phase: "body" });
    within.parts = { plan: () => Promise.reject(gone) };
    expect(await stack("apply --yes", within)).toEqual({ code: 1, message: "cut" });
    expect(within.log.at(-1)).toBe("close");
  });
});

describe("the lock", () => {
  const holder: LockHolder = {
    ...{ id: "0123456789ab", stack: "shop", operation: "apply", version: "1.2.3" },
    ...{ user: "eve", host: "ci-7", pid: 99, since: "2026-01-02T03:04:05Z" },
  };

  test("of another run is waited for, with a word about it", async () => {
    const within = world({ plan: changes, holder });
    expect(await stack("apply --yes", within)).toEqual({ code: 0 });
    expect(within.err).toContain(
      "Waiting for the lock of shop, at most 300 s: apply by eve on ci-7 (process 99, since 2026-01-02T03:04:05Z). Lock 0123456789ab.\n",
    );
  });

  test("of another run refuses at once with --lock-timeout 0", async () => {
    const within = world({ plan: changes, holder });
    expect(await stack("apply --yes --lock-timeout 0", within)).toMatchObject({ code: 5 });
    expect(within.log).not.toContain("execute");
  });

  test("is not taken with --lock=false; the engine is looked at again all the same", async () => {
    const within = world({ plan: changes, holder });
    expect(await stack("apply --yes --lock=false", within)).toEqual({ code: 0 });
    expect(within.log.slice(2)).toEqual([...looked, "observe again", "execute", "close"]);
  });

  test("that comes late finds another engine: --yes plans anew and shows it", async () => {
    const within = world({ plan: changes });
    within.locked = () => {
      within.moved = ["container web has appeared"];
      within.plan = plan();
    };
    expect(await stack("apply --yes", within)).toEqual({ code: 0 });
    expect(within.err).toContain("The engine has changed meanwhile: container web has appeared.");
    expect(within.out).toContain("No changes.");
    expect(within.log).not.toContain("execute");
    expect(within.log).toContain("release");
  });

  test("that is lost ends the run with the reason", async () => {
    const within = world({ plan: changes, outcome: "interrupted" });
    const reason = { name: "EngineError", code: "lock-lost", phase: "body" };
    within.lost.abort(Object.assign(new Error("it was taken away"), reason));
    const ended = await stack("apply --yes", within);
    expect(ended).toMatchObject({ code: 1, message: "it was taken away" });
    expect(within.log).toContain("release");
  });

  test("is taken away by its id, with consent", async () => {
    const named = `force-unlock ${holder.id}`;
    for (const [line, code] of [
      [named, 5],
      [`${named} --yes`, 0],
    ] as const) {
      const within = world({ holder });
      expect(await stack(line, within)).toMatchObject({ code });
      expect(within.err).toContain("by eve on ci-7 (process 99, stack 1.2.3): apply.");
      expect(within.log.includes(`unlock ${holder.id}`)).toBe(code === 0);
    }
    const asked = world({ holder, terminal: true, answer: "yes" });
    expect(await stack(named, asked)).toEqual({ code: 0 });
    expect(await stack("force-unlock ba9876543210 --yes", world({ holder }))).toMatchObject({
      code: 5,
    });
    expect(await stack("force-unlock shop", world({ holder }))).toMatchObject({ code: 1 });
  });
});

describe("a saved plan", () => {
  async function saved(line = "plan --out my.plan", of = changes) {
    const within = world({ plan: of });
    await stack(line, within);
    within.log = [];
    within.out = "";
    return within;
  }

  test("is for its owner alone, and is run without a question", async () => {
    const first = world({ plan: changes });
    await stack("plan --out my.plan", first);
    expect(first.log).toContain("write /w/my.plan secret");
    expect(first.out).toContain("stack apply my.plan");
    const within = await saved("plan -H unix:///x --out my.plan");
    expect(await stack("apply my.plan", within)).toEqual({ code: 0 });
    expect(within.log).toEqual(["open unix:///x", "follow", "observe again", ...locked, "close"]);
  });

  test("is refused when the engine has changed, or is another", async () => {
    const within = await saved();
    within.moved = ["container a is gone"];
    expect(await stack("apply my.plan", within)).toMatchObject({ code: 5 });
    within.moved = [];
    within.plan = { ...changes, engine: { ...changes.engine, endpoint: "ssh://other" } };
    const ended = await stack("apply -H ssh://other my.plan", within);
    expect(ended).toMatchObject({ code: 5, message: expect.stringContaining("made for unix:") });
  });

  test("takes no other targets, and keeps its own", async () => {
    const notes = [{ address: "volume.data" as const, message: "something" }];
    const partial = { targets: ["container.web" as const], replace: ["container.web" as const] };
    const within = await saved("plan --out my.plan", { ...changes, ...partial, notes });
    for (const option of ["target", "replace", "unprotect"])
      expect(await stack(`apply my.plan --${option} web`, within)).toMatchObject({
        code: 1,
        message: `--${option} has no effect on a saved plan, whose steps are fixed`,
        hint: `Give it to the plan: stack plan --${option} … --out FILE`,
      });
    expect(await stack("apply my.plan", within)).toEqual({ code: 0 });
    expect(within.out).toContain("Partial: only container.web and what it needs;");
    expect(within.out).toContain("Notes:\n  volume.data: something\n");
    const document = JSON.parse(within.files["/w/my.plan"] ?? "").plan;
    expect(document).toMatchObject({ ...partial, notes });
  });

  test("that is damaged is invalid", async () => {
    const within = await saved();
    within.files["/w/my.plan"] =
      within.files["/w/my.plan"]?.replace('"operation":', '"undo":') ?? "";
    expect(await stack("apply my.plan", within)).toMatchObject({ code: 3 });
    expect(await stack("apply no.plan", within)).toMatchObject({ code: 3 });
  });

  test("with sensitive values asks for them again", async () => {
    const secrets = new Map([["db_password", "s3cret"]]);
    const sensitive = { ...changes, sensitive: ["db_password"] };
    const within = await saved("plan --var db_password=s3cret --out my.plan", sensitive);
    expect(within.files["/w/my.plan"]).not.toContain("s3cret");
    expect(await stack("apply my.plan", within)).toMatchObject({
      code: 5,
      message: expect.stringContaining("db_password"),
      hint: "--var db_password=…",
    });
    expect(await stack("apply my.plan --var db_password=s3cret", within)).toMatchObject({
      code: 5,
    });
    within.loaded = { secrets };
    expect(await stack("apply my.plan --var db_password=s3cret", within)).toEqual({ code: 0 });
    expect(within.log).toContain("load /w/stack.yaml");
    expect(within.log).toContain("execute s3cret");
  });

  test("says how it is applied, as a shell takes it", async () => {
    const within = world({ plan: changes });
    await stack("plan --out my(1).plan", within);
    expect(within.out).toContain("To do exactly this: stack apply 'my(1).plan'\n");
    expect(shellWord("my plan's")).toBe("'my plan'\\''s'");
    expect(shellWord("-x")).toBe("./-x");
  });

  test("takes no option that it would ignore", async () => {
    const within = await saved();
    expect(await stack("apply my.plan --detach", within)).toMatchObject({
      code: 1,
      hint: "Give it to the plan: stack plan --detach --out FILE",
    });
    for (const [option, message] of [
      ["-f other.yaml", "--file has no effect on a saved plan"],
      ["--var-file other.env", "--var-file has no effect on a saved plan"],
      ["--var x=1", "--var x has no effect on a saved plan"],
    ])
      expect(await stack(`apply my.plan ${option}`, within)).toMatchObject({ code: 1, message });
  });

  const sensitive = { ...changes, sensitive: ["db_password"] };
  const secrets = new Map([["db_password", "s3cret"]]);

  test("has its plain values, and takes no others", async () => {
    const within = world({ plan: sensitive, loaded: { given: { v: "7", hosts: ["a", "b"] } } });
    const given = "--var v=7 --var hosts=a,b --var db_password=s3cret";
    await stack(`plan ${given} --out my.plan`, within);
    const { inputs } = JSON.parse(within.files["/w/my.plan"] ?? "");
    expect(inputs).toMatchObject({
      variables: { v: "7", hosts: ["a", "b"] },
      sensitive: ["db_password"],
    });
    within.loaded = { secrets };
    let asked: Sources | undefined;
    const fake = around(within).parts.load;
    within.parts = {
      load: (sources) => {
        asked = sources;
        return fake(sources);
      },
    };
    expect(await stack("apply my.plan --var v=8 --var db_password=x", within)).toMatchObject({
      code: 1,
      message: "--var v differs from the value that the plan was made with",
    });
    expect(asked).toBeUndefined();
    expect(await stack("apply my.plan --var v=7 --var db_password=s3cret", within)).toEqual({
      code: 0,
    });
    expect(asked).toMatchObject({ fixed: inputs.variables, files: ["/w/stack.yaml"] });
  });

  test("takes sensitive values from the environment and from files, too", async () => {
    const within = await saved("plan --var db_password=s3cret --out my.plan", sensitive);
    within.loaded = { secrets };
    expect(await stack("apply my.plan --var-file secrets.env", within)).toEqual({ code: 0 });
    within.env = { db_password: "s3cret" };
    expect(await stack("apply my.plan", within)).toEqual({ code: 0 });
  });

  test("finds its files where it lies now, or where they were, or as they are named", async () => {
    const within = await saved("plan --out my.plan", sensitive);
    within.loaded = { secrets };
    const plan = within.files["/w/my.plan"] ?? "";
    const loads = () => within.log.filter((line) => line.startsWith("load"));
    const go = async (files: Record<string, string>, line: string) => {
      within.files = files;
      within.log = [];
      return stack(line, within);
    };
    const text = "name: shop\n";
    await go(
      { "/x/my.plan": plan, "/x/stack.yaml": text, "/w/stack.yaml": text },
      "apply /x/my.plan",
    );
    expect(loads()).toEqual(["load /x/stack.yaml"]);
    await go({ "/x/my.plan": plan, "/w/stack.yaml": text }, "apply /x/my.plan");
    expect(loads()).toEqual(["load /w/stack.yaml"]);
    await go({ "/x/my.plan": plan, "/y/s.yaml": text }, "apply /x/my.plan -f /y/s.yaml");
    expect(loads()).toEqual(["load /y/s.yaml"]);
    expect(
      await go({ "/x/my.plan": plan, "/x/stack.yaml": text }, "apply /x/my.plan -f /y/s.yaml"),
    ).toMatchObject({ code: 3, message: "there is no stack file /y/s.yaml" });
    // A variable alone needs no file.
    expect(await go({ "/x/my.plan": plan }, "apply /x/my.plan")).toEqual({ code: 0 });
    expect(loads()).toEqual(["load -"]);
  });

  test("that needs a secret's file says which stack file tells of it", async () => {
    const within = await saved("plan --out my.plan", { ...changes, sensitive: ["secret.db"] });
    within.files = { "/x/my.plan": within.files["/w/my.plan"] ?? "" };
    expect(await stack("apply /x/my.plan", within)).toMatchObject({
      code: 5,
      message: "there is no /w/stack.yaml, which says where secret.db come from",
    });
  });

  test("reads archives and build contexts where the stack file lies now", async () => {
    const build = {
      context: "/w/app",
      dockerfile: "/w/app/Dockerfile",
      additional_contexts: { a: "/lib" },
    };
    const common = { address: "image.a", dependsOn: [], reason: "it is new" } as const;
    const steps: Step[] = [
      {
        ...common,
        id: 1,
        operation: "image.build",
        image: "a",
        by: "classic",
        build,
        bases: [],
        record: {},
      },
      { ...common, id: 2, operation: "image.load", image: "a", file: "/w/a.tar", ids: [] },
      {
        ...common,
        id: 3,
        operation: "image.import",
        image: "a",
        file: "/data/a.tar",
        changes: [],
        digest: "x",
      },
    ];
    const within = await saved("plan --out my.plan", { ...changes, steps });
    const plan = within.files["/w/my.plan"] ?? "";
    within.files = { "/x/my.plan": plan, "/x/stack.yaml": "name: shop\n" };
    let done: readonly Step[] = [];
    const execute = around(within).parts.execute;
    within.parts = {
      execute: (plan, engine, options) => {
        done = plan.steps;
        return execute(plan, engine, options);
      },
    };
    expect(await stack("apply /x/my.plan", within)).toEqual({ code: 0 });
    expect(done).toMatchObject([
      {
        build: {
          context: "/x/app",
          dockerfile: "/x/app/Dockerfile",
          additional_contexts: { a: "/lib" },
        },
      },
      { file: "/x/a.tar" },
      { file: "/data/a.tar" },
    ]);
  });
});

describe("destroy", () => {
  test("works with the name alone", async () => {
    const within = world({ plan: { ...changes, purpose: "destroy" }, files: {} });
    expect(await stack("destroy -p shop --volumes -y", within)).toEqual({ code: 0 });
    expect(within.log).toEqual([
      "open default",
      ...looked,
      "plan destroy volumes",
      "lock destroy me@here",
      ...locked.slice(1),
      "close",
    ]);
    expect(within.out).toContain("Destroy complete: 1 created");
  });

  test("asks, and says that data is lost", async () => {
    const [, front] = everything.changes;
    if (!front) throw new Error("no change");
    const doomed = { ...front, kind: "volume" as const, action: "remove" as const };
    const within = world({
      plan: { ...changes, purpose: "destroy", changes: [doomed] },
      terminal: true,
    });
    expect(await stack("destroy --volumes", within)).toMatchObject({ code: 5 });
    expect(within.err).toContain("There is no undo. The data of its volumes is lost for ever.");
  });

  test("without a file and without a name says what is missing", async () => {
    expect(await stack("destroy", world({ files: {} }))).toMatchObject({ code: 3 });
    expect(await stack("destroy -p ../x", world({ files: {} }))).toMatchObject({ code: 3 });
  });
});

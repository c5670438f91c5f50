import { expect, test } from "vitest";
import { planText } from "../../../src/render/text/plan.ts";
import { paint } from "../../../src/render/words/colors.ts";
import { change, delta, everything, plan, step } from "./fixtures.ts";

const plain = paint(false);

test("each action, aligned, with its reasons and the steps in order", () => {
  expect(planText(everything, plain)).toMatchInlineSnapshot(`
    "Plan for shop on unix:///var/run/docker.sock (Docker/28.5.2, API 1.51)

     <= pull
      + create
      ~ update in place
    -/+ replace: the old one goes before the new one starts
      > start
      - remove

      # image.busybox will be pulled
      # (it is not on the engine)
     <= image.busybox (busybox:1.37)

      # network.front will be created
      # (it does not exist)
      + network.front (shop_front)

      # container.db will be created
      # (it does not exist)
      + container.db (shop-db-1)
          + image                         = "postgres:17"
          + environment.POSTGRES_PASSWORD = (sensitive value)
          + environment.DSN               = "postgres://app:(sensitive value)@db/shop"
          + working_dir                   = (known after pull)

      # container.cache will be updated in place
      # (drift: mem_limit differs)
      ~ container.cache (shop-cache-1)
          ~ mem_limit = 67108864 -> 100663296  # changed on the engine
            # (1 unchanged attribute hidden)

      # container.web must be replaced
      # (its image and command differ)
    -/+ container.web (shop-web-1)
          ~ image            = "busybox:1.36" -> "busybox:1.37"  # forces replacement
          ~ environment.LANG = "C" -> "C.UTF-8"  # forces replacement
          - environment.OLD  = "1"  # forces replacement
          ~ cpus             = 1.5 -> (engine default)  # forces replacement, changed in the file or on the engine
          ~ command          = [  # forces replacement
                # (2 unchanged hidden)
                "-v"
                "-p"
              - "80"
              + "81"
                "-h"
                "/srv/www/a/long/path"
                # (2 unchanged hidden)
            ]
          ~ labels.note      = <<  # forces replacement, changed on the engine
                one
              - two
              + 2
                three
            >>
            # (12 unchanged attributes hidden)

      # container.job will be started
      # (drift: it is not running)
      > container.job (shop-job-1)
            # (9 unchanged attributes hidden)

      # container.gone will be removed
      # (no longer in the stack file)
      - container.gone (shop-gone-1)

    Steps:
       1. pull busybox:1.37                     container.web needs it
       2. create network shop_front             it does not exist
       3. create shop-db-1                      it does not exist
       4. start shop-db-1                       desired state is running
       5. wait for shop-db-1 to be healthy      container.web waits for it
       6. update shop-cache-1                   mem_limit can change in place
       7. create shop-web-1.next                before the old one stops
       8. stop shop-web-1                       so that its successor can take the port
       9. rename shop-web-1.next to shop-web-1  the name is free
      10. connect shop-web-1 to shop_front      it belongs there
      11. start shop-web-1                      desired state is running
      12. remove shop-web-1                     its replacement is ready
      13. start shop-job-1                      desired state is running
      14. remove shop-gone-1                    no longer in the stack file

    Held back:
      ! volume.data (shop_data) is not replaced: its driver differs, and its data would be lost
          ~ driver = "local" -> "nfs"  # forces replacement
          permit it with --allow-data-loss=data

    Plan: 1 to pull, 2 to create, 1 to update in place, 1 to replace, 1 to start, 1 to remove, 1 held back.
    "
  `);
});

test("nothing to do is one line", () => {
  expect(planText(plan(), plain)).toMatch(/\n\nNo changes. The engine matches shop.\n$/);
  const surplus = everything.blocked.map((held) => ({ ...held, required: false }));
  expect(planText(plan({ blocked: surplus }), plain)).toMatch(
    /No changes. The engine matches shop.\n$/,
  );
  expect(planText(plan({ blocked: everything.blocked }), plain)).toMatch(
    /Nothing can be done: 1 held back.\n$/,
  );
  expect(planText(plan({ purpose: "destroy" }), plain)).toMatch(/holds nothing of shop.\n$/);
});

test("what is in the way is named with what to do about it", () => {
  const conflicts = [
    { address: "network.front" as const, message: "shop_front is not ours", hint: "Remove it." },
  ];
  expect(planText(plan({ conflicts }), plain)).toContain(
    "In the way:\n  x network.front: shop_front is not ours\n      Remove it.\n",
  );
});

test("a successor that starts first has another symbol", () => {
  const web = { name: "shop-web-1", id: "a" };
  const startFirst = plan({
    changes: [change("container.web", { action: "replace" })],
    steps: [
      step(1, "container.web", { operation: "container.start", container: { name: "next" } }, "a"),
      step(
        2,
        "container.web",
        { operation: "container.stop", container: web, timeout: 10 },
        "b",
        [1],
      ),
    ],
  });
  expect(planText(startFirst, plain)).toContain("+/- container.web (shop-web-1)");
});

test("foreign text cannot steer the terminal", () => {
  const evil = "\u001b]0;owned\u0007\u001b[2J\u202etxt\u009b31m";
  const shown = planText(
    plan({
      stack: `s${evil}`,
      changes: [
        change("container.web", {
          name: evil,
          reason: evil,
          deltas: [delta(`labels.${evil}`, { before: evil, after: [evil, "\u001b[1mb\nc"] })],
        }),
      ],
    }),
    plain,
  );
  expect(shown).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
  expect(shown).toContain('"txt" -> ["txt", "b\\nc"]');
});

test("colours only decorate", () => {
  const bare = planText(everything, paint(true)).replace(/\u001b\[\d+m/g, "");
  expect(bare).toBe(planText(everything, plain));
});

test("no sensitive value and no token is shown", () => {
  const shown = planText(everything, plain);
  expect(shown).not.toMatch(/[\uE000\uE001]|db_password/);
  expect(shown).toContain('DSN               = "postgres://app:(sensitive value)@db/shop"');
});

test("a replacement says which container runs first, and how it is brought back", () => {
  const web = "container.web" as const;
  const reason = "host port 8080 is fixed";
  const wait = step(
    1,
    web,
    {
      operation: "container.wait",
      container: { name: "shop-web-1" },
      condition: "ready",
      monitor: 5000,
    },
    "its predecessor stays until then",
  );
  const stop = step(
    2,
    web,
    { operation: "container.stop", container: { name: "shop-web-1" }, timeout: 10 },
    "",
  );
  const start = step(
    3,
    web,
    { operation: "container.start", container: { name: "shop-web-1.old" } },
    "",
  );
  const made = plan({
    changes: [change(web, { action: "replace", rollout: { order: "stop-first", reason } })],
    steps: [{ ...wait, onFailure: [2, 3] }],
    rollback: [stop, start],
  });
  const text = planText(made, paint(false));
  expect(text).toContain("  # stop-first because host port 8080 is fixed\n");
  expect(text).toContain("1. wait for shop-web-1 to be ready for 5.0 s  its predecessor stays");
  expect(text).toContain(
    "If it fails:\n  container.web\n    1. stop shop-web-1\n    2. start shop-web-1.old\n",
  );
});

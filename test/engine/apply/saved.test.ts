import { readFileSync, renameSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { path } from "../../../src/engine/docker/api/path.ts";
import type { JsonObject } from "../../../src/model/json.ts";
import { type Bench, bench } from "../../support/engine/live.ts";
import { type Shop, shop, web } from "../../support/engine/live-cli.ts";

let live: Bench;
let cli: Shop;
beforeAll(async () => {
  live = await bench("saved");
  cli = shop();
});
afterAll(async () => {
  await live.close();
  cli.close();
});

const given = (more: JsonObject = {}): string => cli.given(live.stack(), more);

describe("a saved plan", () => {
  const withSecret = (name: string) => ({
    ...web(name, { environment: { PASSWORD: "${password}" } }),
    variables: { password: { type: "string", sensitive: true } },
  });

  it("is applied as it was saved, without a question, and is stale afterwards", async () => {
    const name = given();
    expect((await cli.stack(["plan", "--out", "one.plan"])).status).toBe(0);
    expect(statSync(join(cli.cwd, "one.plan")).mode & 0o777).toBe(0o600);
    cli.write("stack.yaml", web(name, { mem_limit: "64m" }));
    expect((await cli.stack(["apply", "one.plan"])).status).toBe(0);
    expect(await live.inspect(`${name}-web-1`)).toMatchObject({ HostConfig: { Memory: 0 } });
    const again = await cli.stack(["apply", "one.plan"]);
    expect(again.status).toBe(5);
    expect(again.stderr).toContain("stale");
  });

  it("is refused when somebody changed the engine meanwhile", async () => {
    const name = given();
    await cli.stack(["apply", "--yes"]);
    cli.write("stack.yaml", web(name, { environment: { A: "1" } }));
    await cli.stack(["plan", "--out", "two.plan"]);
    await live.post(path`/containers/${`${name}-web-1`}/update`, { CpuShares: 512 });
    const ran = await cli.stack(["apply", "two.plan"]);
    expect(ran.status).toBe(5);
    expect(ran.stderr).toContain(`${name}-web-1`);
  });

  it("holds no sensitive value, and needs it again", async () => {
    const name = live.stack();
    cli.write("stack.yaml", withSecret(name));
    const secret = "correct-horse-battery";
    const planned = await cli.stack(["plan", "--out", "s.plan", "--var", `password=${secret}`]);
    expect(planned.status).toBe(0);
    expect(planned.stdout + planned.stderr).not.toContain(secret);
    expect(readFileSync(join(cli.cwd, "s.plan"), "utf8")).not.toContain(secret);
    const without = await cli.stack(["apply", "s.plan"]);
    expect(without.status).toBe(5);
    expect(without.stderr).toContain("--var password");
    const ran = await cli.stack(["apply", "s.plan", "--var", `password=${secret}`]);
    expect(ran.status).toBe(0);
    expect(ran.stdout + ran.stderr).not.toContain(secret);
    expect(await live.exec(`${name}-web-1`, "sh", "-c", "echo $PASSWORD")).toBe(`${secret}\n`);
  });

  it("asks for sensitive values alone, finds its files in another folder, and takes no other values", async () => {
    const name = live.stack();
    const stack = {
      ...web(name, { environment: { V: "${v}", PASSWORD: "${password}" }, secrets: ["key"] }),
      secrets: { key: { file: "./key-${v}.txt" } },
      variables: { v: { type: "string" }, password: { type: "string", sensitive: true } },
    };
    cli.write("one/stack.yaml", stack);
    cli.write("one/key-7.txt", "k3y-of-7");
    const values = ["--var", "v=7", "--var", "password=pw-1"];
    const planned = await cli.stack(["plan", "-f", "one/stack.yaml", ...values, "--out", "one/p"]);
    expect(planned).toMatchObject({ status: 0, stderr: "" });
    renameSync(join(cli.cwd, "one"), join(cli.cwd, "two"));
    const apply = (...more: string[]) => cli.stack(["apply", "two/p", ...more]);
    expect((await apply()).stderr).toContain("give these again: password\n  --var password=…");
    expect((await apply("--var", "v=8", "--var", "password=pw-1")).stderr).toContain(
      "--var v differs from the value that the plan was made with",
    );
    expect(await apply("--var", "password=pw-1")).toMatchObject({
      status: 0,
      stderr: expect.not.stringContaining("error"),
    });
    expect(
      await live.exec(`${name}-web-1`, "sh", "-c", "echo $V $PASSWORD $(cat /run/secrets/key)"),
    ).toBe("7 pw-1 k3y-of-7\n");
  });
});

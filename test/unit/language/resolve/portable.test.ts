import { expect, test } from "vitest";
import { token } from "../../../../src/attributes/secrets/sensitive.ts";
import { portable } from "../../../../src/language/portable-document.ts";

test("a document for elsewhere asks for what is sensitive, and names no origin of images", () => {
  const document = {
    name: "shop",
    images: { app: { source: "a:1", archive: "a.tar", pull: "always", platform: "linux/amd64" } },
    configs: { motd: { file: "motd" }, own: { content: "x" } },
    secrets: { db: { file: "db.txt" } },
    containers: {
      web: {
        image: "app",
        pull_policy: "always",
        command: ["echo", "$HOME costs $$"],
        environment: {
          URL: `pg://${token("password")}@db`,
          API_KEY: token("container.web.environment.API_KEY"),
          TOKEN: token("container.web.environment.TOKEN"),
        },
      },
      built: { build: { context: "." }, command: "run" },
      db: { image: "a:1", environment: { TOKEN: token("container.db.environment.TOKEN") } },
    },
  };
  expect(portable(document, (file) => (file === "motd" ? "5 $" : undefined))).toEqual({
    name: "shop",
    variables: {
      password: { sensitive: true },
      API_KEY: { sensitive: true },
      web_environment_TOKEN: { sensitive: true },
      db_environment_TOKEN: { sensitive: true },
    },
    images: { app: { source: "a:1", platform: "linux/amd64" } },
    secrets: { db: { file: "db.txt" } },
    configs: { motd: { content: "5 $$" }, own: { content: "x" } },
    containers: {
      web: {
        image: "app",
        command: ["echo", "$$HOME costs $$$$"],
        environment: {
          URL: "pg://$" + "{password}@db",
          API_KEY: "$" + "{API_KEY}",
          TOKEN: "$" + "{web_environment_TOKEN}",
        },
      },
      built: { image: "shop-built", command: "run" },
      db: { image: "a:1", environment: { TOKEN: "$" + "{db_environment_TOKEN}" } },
    },
  });
});

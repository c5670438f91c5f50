import { expect, test } from "vitest";
import { load } from "../../../src/language/load.ts";
import { DIAGNOSTIC_CODES, type DiagnosticCode } from "../../../src/model/diagnostic.ts";

type Files = Readonly<Record<string, string>>;

/** By code, a stack with one mistake of that kind; the code of commands is of the command line. */
const MISTAKES: Readonly<Record<Exclude<DiagnosticCode, "command">, readonly (string | Files)[]>> =
  {
    file: ["env_file: missing.env", { "other.yaml": "" }],
    syntax: [{ "stack.yaml": "name: [" }, { "stack.yaml": "- a" }],
    variable: ["image: ${NOWHERE}", "image: ${NOWHERE", { "stack.yaml": "name: ${a" }],
    merge: [
      {
        "stack.yaml": "name: s\ncontainers: { a: { image: b, healthcheck: { test: c } } }",
        "stack.more.yaml": "containers: { a: { healthcheck: [a] } }",
      },
    ],
    compose: [
      { "stack.yaml": "name: s\nservices: { a: { image: b, extends: { service: c } } }" },
      { "stack.yaml": "name: s\ninclude: [none.yaml]\nservices: { a: { image: b } }" },
    ],
    "unknown-attribute": ["helthcheck: {}"],
    "missing-attribute": ["ulimits: { nofile: { soft: 1 } }"],
    "wrong-type": ["init: [1]", "command: { a: 1 }"],
    "invalid-value": ["mem_limit: much", "ports: ['99999']", "restart: never"],
    "invalid-combination": ["network_mode: host\n    networks: [default]", "memswap_limit: 1g"],
    "unknown-reference": ["networks: [none]", "depends_on: [none]", "volumes: ['none:/data']"],
  };

function codes(files: Files): readonly string[] {
  const { diagnostics } = load({
    read: (path) => {
      const text = files[path.slice(1)];
      return text === undefined ? undefined : new TextEncoder().encode(text);
    },
    files: ["stack.yaml", ...Object.keys(files).filter((name) => name.startsWith("stack.m"))],
    ...{ cwd: "/", home: "/", env: {}, variables: [], variableFiles: [] },
  });
  return diagnostics.map(({ code }) => code);
}

test.each(
  Object.entries(MISTAKES).flatMap(([code, all]) => all.map((mistake) => ({ code, mistake }))),
)("a mistake has the code $code: $mistake", ({ code, mistake }) => {
  const files =
    typeof mistake === "string"
      ? {
          "stack.yaml": `name: shop\ncontainers:\n  web:\n    ${/^image:/.test(mistake) ? "" : "image: busybox\n    "}${mistake}\n`,
        }
      : mistake;
  expect(codes(files)).toContain(code);
});

test("every code of a diagnostic has a mistake here, but that of commands", () => {
  expect([...Object.keys(MISTAKES), "command"].sort()).toEqual(
    Object.keys(DIAGNOSTIC_CODES).sort(),
  );
});

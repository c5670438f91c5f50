// Bundles src/ into dist/: the program as one script, and the executable that runs it (src/launch.ts).
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { resolve } from "node:path";
import { build, type Metafile, type Plugin } from "esbuild";

const root = resolve(import.meta.dirname, "..");
const out = resolve(root, "dist");
const entry = resolve(out, "main.js");

/**
 * Packages that dockerode or its modem load at once for what we never call: ssh (ours is the
 * system's), BuildKit sessions, https (connections are ours) and debug output, which would print
 * bodies. Together they cost every command that connects 80 ms.
 */
const ABSENT: Readonly<Record<string, string>> = {
  ssh2: "exports.Client = class { constructor() { throw new Error('ssh2 is not part of stack'); } };",
  "@grpc/grpc-js": "",
  "@grpc/proto-loader": "",
  https: "",
  protobufjs: "",
  "split-ca": "",
  debug: "module.exports = () => () => {};",
  "readable-stream": 'module.exports = require("node:stream");',
};

const CLIENT = /node_modules\/(dockerode|docker-modem|tar-fs|tar-stream|bl)\//;

const withoutAbsent: Plugin = {
  name: "without-absent",
  setup({ onResolve, onLoad }) {
    const filter = new RegExp(`^(${Object.keys(ABSENT).join("|")})$`);
    onResolve({ filter }, ({ path, importer }) =>
      CLIENT.test(importer) ? { path, namespace: "absent" } : undefined,
    );
    onLoad({ filter: /./, namespace: "absent" }, ({ path }) => ({ contents: ABSENT[path] ?? "" }));
  },
};

/**
 * Functions that few runs call, of packages whose evaluation costs each run more than 50 ms: regular
 * expressions over all of Unicode. The first call evaluates the package.
 */
const DEFERRED = /^(string-width|wrap-ansi)$/;

const deferred: Plugin = {
  name: "deferred",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: DEFERRED }, ({ path, namespace }) =>
      namespace === "deferred" ? undefined : { path, namespace: "deferred" },
    );
    onLoad({ filter: /./, namespace: "deferred" }, ({ path }) => ({
      contents: `let real; export default (...given) => (real ??= require("${path}").default)(...given);`,
      resolveDir: root,
    }));
  },
};

function generate(): void {
  const script = resolve(root, "scripts/generate.ts");
  if (!existsSync(script)) return;
  const { status } = spawnSync(process.execPath, [script], { cwd: root, stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}

/** What earlier builds made and this one did not. */
function removeStale(current: ReadonlySet<string>): void {
  for (const file of readdirSync(out, { recursive: true, withFileTypes: true })) {
    const path = resolve(file.parentPath, file.name);
    if (file.isFile() && !current.has(path)) rmSync(path);
  }
}

/** The licences of the packages that the program contains; most ask to be passed on with it. */
function licences({ inputs }: Metafile): string {
  const folder = /^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/;
  const packages = new Set(Object.keys(inputs).flatMap((file) => folder.exec(file) ?? []));
  const texts = [...packages].sort().map((path) => {
    const { name, version, license } = JSON.parse(readFileSync(`${path}/package.json`, "utf8"));
    const files = readdirSync(path).filter((file) => /^(licen[cs]e|notice)\b/i.test(file));
    const text = files.map((file) => readFileSync(`${path}/${file}`, "utf8").trim());
    return [`${name} ${version} (${license})`, ...text].join("\n\n");
  });
  return `${texts.join(`\n\n${"-".repeat(80)}\n\n`)}\n`;
}

const program = resolve(out, "stack.js");
const notices = resolve(out, "third-party-licenses.txt");
const common = {
  absWorkingDir: root,
  bundle: true,
  platform: "node",
  target: "node22",
  // A shorter source is a faster start; names stay, for the stack traces of our own mistakes.
  minifyWhitespace: true,
  minifySyntax: true,
  logLevel: "warning",
  metafile: true,
} as const;

async function bundle(): Promise<ReadonlySet<string>> {
  const { version } = JSON.parse(readFileSync(resolve(root, "package.json"), "utf8"));
  const main = await build({
    ...common,
    entryPoints: ["src/main.ts"],
    outfile: program,
    format: "cjs",
    // One function of the things that it needs: see src/launch.ts, which reads it as latin1.
    banner: { js: "(function(require,__CACHE__){" },
    footer: { js: "})" },
    charset: "ascii",
    // Within a script nobody resolves an `import()`, and only Node's own modules are not bundled.
    supported: { "dynamic-import": false },
    define: { __VERSION__: JSON.stringify(version) },
    plugins: [withoutAbsent, deferred],
    // The same code as modules: unused parts fall away, and the rest is one scope, not fifty.
    alias: { yaml: resolve(root, "node_modules/yaml/browser/dist/index.js") },
    legalComments: "none",
  });
  writeFileSync(notices, licences(main.metafile));
  const digest = createHash("sha256").update(readFileSync(program)).digest("hex").slice(0, 16);
  const launcher = await build({
    ...common,
    entryPoints: ["src/launch.ts"],
    outfile: entry,
    format: "esm",
    banner: { js: "#!/usr/bin/env node" },
    define: { __BUILD__: JSON.stringify(digest) },
  });
  const files = [main, launcher].flatMap(({ metafile }) => Object.keys(metafile.outputs));
  return new Set([...files.map((file) => resolve(root, file)), notices]);
}

const started = performance.now();
generate();
const files = await bundle();
removeStale(files);
chmodSync(entry, 0o755);
const bytes = [...files].reduce((sum, file) => sum + statSync(file).size, 0);
const ms = Math.round(performance.now() - started);
console.log(
  `dist/main.js and ${files.size - 1} more files, ${Math.round(bytes / 1024)} KiB, ${ms} ms`,
);

import { basename, resolve } from "node:path";
import { shellWord } from "../../../render/words/shell-quoting.ts";
import type { Run } from "../../framework/command.ts";
import { EXIT } from "../../host/exit-codes.ts";

export const run: Run = async ({ positional: file = "stack.yaml" }, host) => {
  const path = resolve(host.cwd, file);
  await host.write(path, starter(nameFrom(basename(host.cwd))), { fresh: true });
  const option = file === "stack.yaml" || file === "stack.yml" ? "" : ` -f ${shellWord(file)}`;
  host.out(`Wrote ${file}. Next: stack plan${option}, then stack apply${option}.\n`);
  return EXIT.done;
};

/** A stack's name made of a folder's. */
export function nameFrom(folder: string): string {
  const name = folder
    .toLowerCase()
    .replace(/[^a-z0-9_-]+/g, "-")
    .replace(/^[^a-z0-9]+|[^a-z0-9]+$/g, "");
  return name || "hello";
}

function starter(name: string): string {
  return `# A stack: what an engine should run. \`stack plan\` shows what would change, \`stack apply\` does it.
# For completion and checks in an editor, run \`stack schema > stack.schema.json\` and put this on
# the first line: # yaml-language-server: $schema=stack.schema.json

# The names of all objects on the engine begin with it.
name: ${JSON.stringify(name)}

# Set one with \`--var port=9000\`, a file (\`--var-file\`), the environment or \`.env\`.
variables:
  port:
    type: number
    default: 8080
    description: Port of the engine's machine on which the page answers.

# Text that is written into containers, wherever the engine runs.
configs:
  page:
    content: |
      <h1>It runs.</h1>

volumes:
  # Kept by \`stack destroy\`; \`--volumes\` removes it too.
  data: {}

# Containers without \`networks\` share a network, and reach each other by these names.
containers:
  web:
    image: busybox:1.36
    command: ["httpd", "-f", "-p", "80", "-h", "/www"]
    ports:
      - "\${port}:80"
    configs:
      - source: page
        target: /www/index.html
    volumes:
      - data:/data
    healthcheck:
      test: ["CMD", "wget", "-q", "-O", "/dev/null", "http://127.0.0.1/"]
      interval: 2s
      retries: 5
    restart: unless-stopped

  # Starts once web is healthy, and ends by itself.
  # check:
  #   image: busybox:1.36
  #   command: ["wget", "-q", "-O", "-", "http://web/"]
  #   depends_on:
  #     web:
  #       condition: service_healthy
`;
}

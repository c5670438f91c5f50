import { get } from "node:http";

/** Runs once before the tests in test/engine: an engine they can use, or a word on how to get one. */
export async function setup(): Promise<void> {
  const host = process.env.STACK_TEST_HOST;
  if (!host) {
    throw new Error(
      "STACK_TEST_HOST is not set: these tests need a private engine. Run `npm test`, which starts one, or `npm test -- --project pure` for the tests that need none.",
    );
  }
  if (!host.startsWith("unix://"))
    throw new Error(`STACK_TEST_HOST is not a unix:// address: ${host}`);
  await answers(host.slice("unix://".length)).catch((cause: unknown) => {
    throw new Error(`No engine answers at STACK_TEST_HOST (${host}). Run \`npm test\`.`, { cause });
  });
}

function answers(socketPath: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = get({ socketPath, path: "/_ping", timeout: 5_000 }, (response) => {
      response.resume();
      if (response.statusCode === 200) resolve();
      else reject(new Error(`/_ping answered ${response.statusCode}`));
    });
    request.on("timeout", () => request.destroy(new Error("/_ping took longer than 5 s")));
    request.on("error", reject);
  });
}

import { apiError, broken, type Called } from "../errors/engine-error.ts";

/** Longest accepted line, in characters; engines' lines are below 64 KiB. */
const LONGEST_LINE = 1 << 20;

/**
 * Reads one JSON object per line, as sent for pulls, builds and events. @throws EngineError if a
 * line reports an error (status 200 notwithstanding) or is not an object
 */
export async function* records(
  body: AsyncIterable<Uint8Array>,
  call: Called,
): AsyncGenerator<Record<string, unknown>> {
  for await (const line of lines(body, call)) {
    const record = parse(line, call);
    const told = errorOf(record);
    if (told) throw apiError(call.operation, told.status, told.text);
    yield record;
  }
}

async function* lines(body: AsyncIterable<Uint8Array>, call: Called): AsyncGenerator<string> {
  // A character may be split over two pieces.
  const decoder = new TextDecoder();
  let rest = "";
  for await (const piece of body) {
    const found = (rest + decoder.decode(piece, { stream: true })).split("\n");
    rest = found.pop() ?? "";
    for (const line of found) if (line.trim()) yield line;
    if (rest.length > LONGEST_LINE)
      throw broken(call, "body", "not-json", `a line of more than ${LONGEST_LINE} characters`);
  }
  rest += decoder.decode();
  if (rest.trim()) yield rest;
}

function parse(line: string, call: Called): Record<string, unknown> {
  try {
    const record: unknown = JSON.parse(line);
    if (typeof record === "object" && record !== null && !Array.isArray(record))
      return record as Record<string, unknown>;
  } catch {
    // Continues to the same error.
  }
  throw broken(call, "body", "not-json", "a line of the answer is not a JSON object");
}

/** The error in a line. Older engines set `error`, newer ones `errorDetail` only. */
function errorOf(record: Record<string, unknown>) {
  const detail = record.errorDetail as { code?: unknown; message?: unknown } | undefined;
  const text = detail?.message ?? record.error;
  if (typeof text !== "string") return undefined;
  return { text, status: typeof detail?.code === "number" ? detail.code : undefined };
}

/** One line of a container's log. */
export interface LogLine {
  readonly stream: "stdout" | "stderr";
  readonly text: string;
}

interface Frame {
  readonly stream: LogLine["stream"];
  readonly bytes: Buffer;
}

const HEADER = 8;
/** Longer lines are split into parts of this many characters. */
const LONGEST_LINE = 1 << 16;

/**
 * The lines of a container's log, in the order of the stream.
 * @param tty true for a container with a terminal, whose log is raw. Otherwise it consists of
 *   frames: one byte for the stream, three zero bytes, four bytes of length (big-endian), the
 *   content.
 */
export async function* logLines(
  body: AsyncIterable<Buffer>,
  tty: boolean,
): AsyncGenerator<LogLine> {
  const split = tty ? (bytes: Buffer): Frame[] => [{ stream: "stdout", bytes }] : frames();
  const open = { stdout: assembler(), stderr: assembler() };
  for await (const piece of body)
    for (const { stream, bytes } of split(piece))
      for (const text of open[stream].add(bytes)) yield { stream, text };
  for (const stream of ["stdout", "stderr"] as const)
    for (const text of open[stream].end()) yield { stream, text };
}

/** The last `count` lines; holds no more than that in memory. */
export async function tail(lines: AsyncIterable<LogLine>, count: number): Promise<LogLine[]> {
  const kept: LogLine[] = [];
  for await (const line of lines) {
    kept.push(line);
    if (kept.length >= 2 * count) kept.splice(0, kept.length - count);
  }
  return count > 0 ? kept.slice(-count) : [];
}

/** Splits pieces of any size into frames; the content of a frame may come in parts. */
function frames(): (piece: Buffer) => Frame[] {
  let header = Buffer.alloc(0);
  let left = 0;
  let stream: Frame["stream"] = "stdout";
  return (piece) => {
    const found: Frame[] = [];
    let at = 0;
    while (at < piece.length) {
      if (left === 0) {
        const part = piece.subarray(at, at + HEADER - header.length);
        at += part.length;
        header = Buffer.concat([header, part]);
        if (header.length < HEADER) break;
        // 0 (stdin) and 1 are output, 2 is stderr, 3 is an error of the engine.
        stream = header.readUInt8(0) >= 2 ? "stderr" : "stdout";
        left = header.readUInt32BE(4);
        header = Buffer.alloc(0);
      } else {
        const bytes = piece.subarray(at, at + left);
        at += bytes.length;
        left -= bytes.length;
        found.push({ stream, bytes });
      }
    }
    return found;
  };
}

function assembler() {
  const decoder = new TextDecoder();
  let rest = "";
  const cut = (text: string) => {
    const lines = text.split("\n");
    rest = lines.pop() ?? "";
    if (rest.length > LONGEST_LINE) {
      lines.push(rest);
      rest = "";
    }
    return lines.map((line) => line.replace(/\r$/, ""));
  };
  return {
    add: (bytes: Buffer) => cut(rest + decoder.decode(bytes, { stream: true })),
    end: () => (rest ? cut(`${rest}${decoder.decode()}\n`) : []),
  };
}

import { StringDecoder } from "node:string_decoder";
import { ending } from "../../../attributes/values/last-lines.ts";

/** A step of a BuildKit build. */
export interface Vertex {
  /** Such as `step 2 of 4: RUN make`. */
  readonly title: string;
  /** Such as `RUN make`. */
  readonly instruction: string;
  output: string;
  failed: boolean;
}

interface Line {
  readonly vertexes?: readonly {
    readonly digest: string;
    readonly name: string;
    readonly started?: string;
    readonly completed?: string;
    readonly error?: string;
  }[];
  readonly logs?: readonly { readonly vertex: string; readonly data?: string }[];
}

/** Accumulates the lines of `docker buildx build --progress rawjson`. */
export function vertices() {
  const all = new Map<string, Vertex>();
  // A character may be split over two pieces.
  const decoders = new Map<string, StringDecoder>();
  const decoded = (vertex: string, data: string): string => {
    const decoder = decoders.get(vertex) ?? new StringDecoder();
    decoders.set(vertex, decoder);
    return decoder.write(Buffer.from(data, "base64"));
  };
  return {
    /**
     * The current activity; empty if unchanged, `undefined` if the line is not a progress record.
     */
    line(text: string): string | undefined {
      const line = parsed(text);
      if (!line) return undefined;
      let told = "";
      for (const { digest, name, started, completed, error } of line.vertexes ?? []) {
        const vertex = all.get(digest) ?? vertexOf(name);
        all.set(digest, vertex);
        // When one vertex fails, the others are cancelled.
        if (error && !/context canceled/.test(error)) vertex.failed = true;
        if (started && !completed && vertex.title !== name) told = vertex.title;
      }
      for (const { vertex, data = "" } of line.logs ?? []) {
        const found = all.get(vertex);
        const output = decoded(vertex, data);
        if (found) found.output = ending(found.output + output, 8000);
      }
      return told;
    },
    failed: (): Vertex | undefined => [...all.values()].find(({ failed }) => failed),
  };
}

function parsed(text: string): Line | undefined {
  if (!text.startsWith("{")) return undefined;
  try {
    return JSON.parse(text) as Line;
  } catch {
    return undefined;
  }
}

/**
 * Parses a vertex name such as `[stage 2/4] RUN make`; BuildKit's internal vertices have no number.
 */
function vertexOf(name: string): Vertex {
  const [, stage, number, total, instruction] =
    /^\[(?:(\S+) )?(\d+)\/(\d+)\] (.*)$/s.exec(name) ?? [];
  const of = stage === undefined || /^stage-\d+$/.test(stage) ? "" : ` of ${stage}`;
  const title =
    instruction === undefined
      ? name
      : `step ${number} of ${total}${of}: ${instruction.slice(0, 100)}`;
  return { title, instruction: instruction ?? "", output: "", failed: false };
}

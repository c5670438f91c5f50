import type { StepProgress } from "../../../model/events.ts";

/** One line of the stream of `POST /images/create` (Engine API, "Create an image"). */
export interface PullLine {
  readonly id?: string;
  readonly status?: string;
  readonly progressDetail?: { readonly current?: number; readonly total?: number };
}

interface Layer {
  readonly current: number;
  readonly total: number;
  readonly state: "waiting" | "downloading" | "downloaded" | "done";
}

const WAITING: Layer = { current: 0, total: 0, state: "waiting" };
const STATES: Readonly<Record<string, Layer["state"]>> = {
  "Pulling fs layer": "waiting",
  Waiting: "waiting",
  Downloading: "downloading",
  "Verifying Checksum": "downloaded",
  "Download complete": "downloaded",
  Extracting: "downloaded",
  "Pull complete": "done",
  "Already exists": "done",
};

/** Sums the lines of a pull to one figure per image: bytes while downloading, then layers. */
export function layers(): (line: PullLine) => StepProgress | undefined {
  const all = new Map<string, Layer>();
  return ({ id, status = "", progressDetail }) => {
    // The engine retries by itself, and reports nothing else meanwhile.
    const [, pause] = /^Retrying in (\d+ seconds?)$/.exec(status) ?? [];
    if (pause !== undefined) return { text: `a layer has failed, and is tried again in ${pause}` };
    const state = STATES[status];
    if (id !== undefined && state !== undefined) {
      const known = all.get(id) ?? WAITING;
      const { current = 0, total = 0 } =
        status === "Downloading" ? (progressDetail ?? {}) : { current: 0 };
      const size = Math.max(known.total, total);
      const done = state === "downloading" ? Math.max(known.current, current) : size;
      all.set(id, { state, total: size, current: state === "waiting" ? known.current : done });
    }
    return all.size === 0 ? { text: status } : told([...all.values()]);
  };
}

function told(known: readonly Layer[]): StepProgress {
  const count = (...states: readonly Layer["state"][]) =>
    known.filter(({ state }) => states.includes(state)).length;
  const sum = (of: (layer: Layer) => number) => known.reduce((total, each) => total + of(each), 0);
  const total = sum((layer) => layer.total);
  const text = `${count("done")} of ${known.length} layers`;
  const downloading = count("waiting", "downloading") > 0;
  return downloading && total > 0
    ? { text, current: sum(({ current }) => current), total }
    : { text };
}

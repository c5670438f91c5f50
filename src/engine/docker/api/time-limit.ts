/** Milliseconds; Node fires a timer with a longer delay at once. */
const LONGEST_DELAY = 2 ** 31 - 1;

/**
 * Calls `done` after so many milliseconds, however many: fractions are rounded up, and `Infinity`
 * never comes. It keeps no process alive. Returns what cancels it.
 */
export function after(ms: number, done: () => void): () => void {
  let left = Math.max(0, Math.ceil(ms));
  let timer: NodeJS.Timeout | undefined;
  const next = () => {
    const part = Math.min(left, LONGEST_DELAY);
    left -= part;
    timer = setTimeout(left > 0 ? next : done, part).unref();
  };
  next();
  return () => clearTimeout(timer);
}

/** As `AbortSignal.timeout`, for as long as one likes; `cancel` it when it is of no use any more. */
export function timeLimit(ms: number): { readonly signal: AbortSignal; cancel(): void } {
  const controller = new AbortController();
  const over = () =>
    controller.abort(new DOMException("The operation was aborted due to timeout", "TimeoutError"));
  return { signal: controller.signal, cancel: after(ms, over) };
}

/** Milliseconds. Node fires a timer with a longer delay at once. */
const LONGEST_DELAY = 2 ** 31 - 1;

/**
 * Calls `done` after `ms` milliseconds, without an upper limit; fractions are rounded up, and
 * `Infinity` never fires. The timer does not keep the process alive. Returns a function that
 * cancels it.
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

/**
 * Same as `AbortSignal.timeout` without its upper limit. Call `cancel` when it is no longer needed.
 */
export function timeLimit(ms: number): { readonly signal: AbortSignal; cancel(): void } {
  const controller = new AbortController();
  const over = () =>
    controller.abort(new DOMException("The operation was aborted due to timeout", "TimeoutError"));
  return { signal: controller.signal, cancel: after(ms, over) };
}

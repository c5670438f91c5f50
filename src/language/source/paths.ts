/* Paths as text: the pure layers know no platform, and containers and engines use slashes. */

export function isAbsolute(path: string): boolean {
  return path.startsWith("/") || /^[A-Za-z]:[\\/]/.test(path);
}

/** Joins and takes `.` and `..` out. An absolute `path` stands for itself. */
export function join(base: string, path: string): string {
  const whole = isAbsolute(path) ? path : `${base}/${path}`;
  const parts: string[] = [];
  for (const part of whole.split("/")) {
    if (part === "" || part === ".") continue;
    if (part === ".." && parts.length > 0 && parts.at(-1) !== "..") parts.pop();
    else if (part !== ".." || !whole.startsWith("/")) parts.push(part);
  }
  return (whole.startsWith("/") ? "/" : "") + parts.join("/") || ".";
}

export function folder(path: string): string {
  const slash = path.lastIndexOf("/");
  if (slash < 0) return ".";
  return slash === 0 ? "/" : path.slice(0, slash);
}

export function basename(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** Whether it names what is open already and lies in no folder: standard input, or the pipe of `<(...)`. */
export function isOpen(path: string): boolean {
  return path === "-" || path === "/dev/stdin" || /^\/(?:dev|proc\/self)\/fd\/\d+$/.test(path);
}

/** `~` and `~/x` below the home; others as they are. */
export function expandHome(path: string, home: string): string {
  return path === "~" || path.startsWith("~/") ? home + path.slice(1) : path;
}

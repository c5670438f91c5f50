import type { Report } from "../source/diagnostics.ts";
import type { Entry, Mapping, Node, Scalar } from "../yaml/tree.ts";

/*
 * Compose reads YAML with Go's yaml.v3, which knows numbers that YAML 1.2 does not: `0440` is octal,
 * `1_000` is 1000. Where text is expected, a number is the text that Go prints: `1.10` is `1.1`.
 * A mode in octal digits stays text, which is how an octal mode is written here.
 */

const OCTAL = /^([-+]?)0([0-7_]+)$/;
const PREFIXED = /^([-+]?)(0[xX][0-9a-fA-F_]+|0o[0-7_]+|0b[01_]+)$/;
const INTEGER = /^[-+]?\d[\d_]*$/;
const FLOAT = /^[-+]?(\.\d[\d_]*|\d[\d_]*(\.[\d_]*)?)([eE][-+]?\d+)?$/;

/** The file with its numbers as Compose reads them. Warns where digits that somebody wrote are lost. */
export function withComposeNumbers(root: Mapping, report: Report): Mapping {
  const done = new Map<Node, Node>();
  const convert = (node: Node, key: string): Node => {
    const known = done.get(node);
    if (known) return known;
    const made = fresh(node, key);
    done.set(node, made);
    return made;
  };
  const fresh = (node: Node, key: string): Node => {
    if (node.kind === "scalar") return number(node, key, report);
    if (node.kind === "list")
      return { ...node, items: node.items.map((item) => convert(item, key)) };
    return mapped(node);
  };
  const mapped = (map: Mapping): Mapping => {
    const entries = new Map<string, Entry>();
    for (const [key, entry] of map.entries)
      entries.set(key, { key: entry.key, value: convert(entry.value, key) });
    return { ...map, entries };
  };
  return mapped(root);
}

function number(node: Scalar, key: string, report: Report): Scalar {
  if (node.origin !== "plain" || !/^[-+.]?\d/.test(node.text)) return node;
  const [, sign = "", digits] = OCTAL.exec(node.text) ?? [];
  if (digits !== undefined) {
    if (key === "mode") return { ...node, value: node.text, origin: "quoted" };
    return typed(node, `${sign}${BigInt(`0o${digits.replaceAll("_", "")}`)}`);
  }
  const [, minus = "", prefixed] = PREFIXED.exec(node.text) ?? [];
  if (prefixed !== undefined) return typed(node, `${minus}${BigInt(prefixed.replaceAll("_", ""))}`);
  const plainly = node.text.replaceAll("_", "");
  if (INTEGER.test(node.text) && !/^[-+]?0\d/.test(plainly))
    return typed(node, String(BigInt(plainly)));
  if (!FLOAT.test(node.text)) return node;
  const text = String(Number(plainly));
  if (/\.\d*0$/.test(node.text) && text !== node.text)
    report.warn(
      `\`${node.text}\` is the number ${text}`,
      node.at,
      "put it in quotes to keep it as it is",
    );
  return typed(node, text);
}

function typed(node: Scalar, text: string): Scalar {
  return { ...node, value: Number(text), text: text.replace(/^\+/, "") };
}

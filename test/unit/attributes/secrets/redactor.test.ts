import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { Redactor, redacting } from "../../../../src/attributes/secrets/redactor.ts";
import { MASK } from "../../../../src/attributes/secrets/sensitive.ts";
import { bytesOf, textOf } from "../../../../src/attributes/values/binary-text.ts";
import { always, PATIENCE } from "../../../support/generators/runs.ts";

/*
 * What a redactor promises: of a value that it has learned nothing is left in a text, however the
 * value is written there; and what has nothing to do with a value is not touched.
 */

vi.setConfig({ testTimeout: PATIENCE });

const bytes = (value: string) => Buffer.from(bytesOf(value));
const json = (value: string) => JSON.stringify(value).slice(1, -1);
const escapeAll = (value: string, code: (unit: number) => string) =>
  Array.from({ length: value.length }, (_, at) => code(value.charCodeAt(at))).join("");
const hex = (unit: number, width: number) => unit.toString(16).padStart(width, "0");
const ascii = (value: string) =>
  json(value).replace(/[^\x20-\x7e]/g, (char) => `\\u${hex(char.charCodeAt(0), 4)}`);
/** As Go's `%q` (strconv.Quote), and as `%+q`, which leaves ASCII only. */
const go = (value: string) =>
  value.replace(/["\\]|[\x00-\x1f\x7f]/g, (char) => {
    const letter = "abtnvfr"["\x07\b\t\n\v\f\r".indexOf(char)];
    if (letter !== undefined) return `\\${letter}`;
    return /["\\]/.test(char) ? `\\${char}` : `\\x${hex(char.charCodeAt(0), 2)}`;
  });
const goAscii = (value: string) =>
  go(value).replace(/[^\x00-\x7f]/gu, (char) => {
    const code = char.codePointAt(0) ?? 0;
    return code > 0xffff ? `\\U${hex(code, 8)}` : `\\u${hex(code, 4)}`;
  });

/** Every way in which a value is written somewhere. */
const WRITTEN: Readonly<Record<string, (value: string) => string>> = {
  "as it is": (value) => value,
  JSON: json,
  "JSON in JSON": (value) => json(json(value)),
  "JSON in JSON in Go's %q": (value) => go(json(json(value))),
  "JSON of ASCII alone": ascii,
  "JSON with upper-case codes": (value) =>
    ascii(value).replace(/\\u..../g, (code) => `\\u${code.slice(2).toUpperCase()}`),
  "JSON as Go writes it, for HTML": (value) =>
    json(value).replace(/[<>&\u2028\u2029]/g, (char) => `\\u${hex(char.charCodeAt(0), 4)}`),
  "all of it as JSON codes": (value) => escapeAll(value, (unit) => `\\u${hex(unit, 4)}`),
  "Go's %q": go,
  "Go's %+q": goAscii,
  "Go's %q of Go's %q": (value) => go(go(value)),
  "bytes in hexadecimal escapes": (value) =>
    [...bytes(value)].map((byte) => `\\x${hex(byte, 2)}`).join(""),
  "bytes in octal escapes": (value) =>
    [...bytes(value)].map((byte) => `\\${byte.toString(8).padStart(3, "0")}`).join(""),
  "a URL's component": (value) => encodeURIComponent(value),
  "a URL's component in lower case": (value) =>
    encodeURIComponent(value).replace(/%../g, (code) => code.toLowerCase()),
  "a form's field": (value) => new URLSearchParams([["", value]]).toString().slice(1),
  "a URL's component twice": (value) => encodeURIComponent(encodeURIComponent(value)),
  "every byte of a URL": (value) => [...bytes(value)].map((byte) => `%${hex(byte, 2)}`).join(""),
  HTML: (value) =>
    value
      .replaceAll("&", "&amp;")
      .replaceAll("<", "&lt;")
      .replaceAll('"', "&quot;")
      .replaceAll("'", "&#39;"),
  "HTML in hexadecimal": (value) =>
    value.replace(/[&<>"']/g, (char) => `&#x${hex(char.charCodeAt(0), 2)};`),
  "a shell's single quotes": (value) => value.replaceAll("'", "'\\''"),
  "a shell's other single quotes": (value) => value.replaceAll("'", `'"'"'`),
  "a shell's backslashes": (value) => value.replace(/[^\w\n]/gu, "\\$&"),
  "YAML's single quotes, SQL": (value) => value.replaceAll("'", "''"),
  CSV: (value) => value.replaceAll('"', '""'),
  "an interpolated file": (value) => value.replaceAll("$", "$$$$"),
  "lines that are indented": (value) => value.replaceAll("\n", "\n      "),
  "line ends of Windows": (value) => value.replace(/\r?\n/g, "\r\n"),
  base64: (value) => bytes(value).toString("base64"),
  "base64 of a URL": (value) => bytes(value).toString("base64url"),
  "base64 in lines": (value) => bytes(value).toString("base64").replace(/.{16}/g, "$&\n"),
  hexadecimal: (value) => bytes(value).toString("hex"),
  "hexadecimal in upper case": (value) => bytes(value).toString("hex").toUpperCase(),
  "hexadecimal in groups": (value) => bytes(value).toString("hex").replace(/.{4}/g, "$& "),
  "broken up by colours": (value) =>
    [...value].map((char) => `${char}\u001b[1;31m\u001b[0m`).join(""),
  "broken up by a title": (value) => `${value.slice(0, 3)}\u001b]0;a title\u0007${value.slice(3)}`,
  "in a title": (value) => `\u001b]0;${value}\u0007`,
  "broken up by characters of no width": (value) =>
    [...value].map((char) => `${char}\u200b`).join(""),
  "broken up, and then JSON": (value) => json([...value].join("\u001b[0m")),
};

/** What is left of a text when the masks, and what may stand around a value, are gone. */
const rest = (text: string) => text.replaceAll(MASK, "").replace(/\s/g, "");

/** A terminal's codes at the end of a value are none of it. */
const AROUND = /(\u001b|\\u001b)(\[[\d;]*m|\]0;)|[\u0007\u200b]/g;

const unit = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(..."abcdefgABCDEFG0123456789-_./:@") },
  { weight: 3, arbitrary: fc.constantFrom(..."\"'`\\$%&<>=+ {}[]#~^*?!|;,") },
  { weight: 1, arbitrary: fc.constantFrom("\n", "\t", "é", "ß", "漢", "😀", "\u2028") },
);
/** Ends are letters: what stands there is tried below. */
const value = fc
  .tuple(
    fc.constantFrom(..."kxz7"),
    fc.array(unit, { minLength: 10, maxLength: 120 }),
    fc.constantFrom(..."qwy9"),
  )
  .map(([first, inner, last]) => `${first}${inner.join("")}${last}`)
  .filter((text) => text.replace(/\s/g, "").length >= 8);

describe.each(Object.entries(WRITTEN))("a value written as %s", (_name, written) => {
  test("is masked whole", () => {
    always(
      fc.property(value, (secret) => {
        const masked = redacting([secret])(`before: ${written(secret)} :after`);
        expect(rest(masked).replace(AROUND, "")).toBe("before::after");
        expect(masked).toContain(MASK);
      }),
      60,
    );
  });
});

test("a value within something longer that is base64 is masked, wherever it begins", () => {
  always(
    fc.property(
      value,
      fc.string({ maxLength: 9 }),
      fc.string({ maxLength: 9 }),
      (secret, before, after) => {
        const code = Buffer.from(`${before}${secret}${after}`).toString("base64");
        const left = rest(redacting([secret])(code));
        // Nothing but what encodes the neighbours.
        const around =
          Buffer.from(before).toString("base64").length +
          Buffer.from(after).toString("base64").length;
        expect(left.length).toBeLessThanOrEqual(around + 2);
        expect(Buffer.from(left, "base64").toString()).not.toContain(secret.slice(2, 10));
      },
    ),
    100,
  );
});

test("each line of a value is masked by itself, and so are the values inside a longer text", () => {
  const lines = fc.array(
    value.map((each) => each.replace(/[\n\u2028]/g, "")),
    { minLength: 2, maxLength: 6 },
  );
  always(
    fc.property(lines, fc.nat(), (secret, which) => {
      const line = secret[which % secret.length] ?? "";
      expect(redacting([secret.join("\n")])(`it says: ${line}.`)).toBe(`it says: ${MASK}.`);
    }),
    100,
  );
});

test("of a long value any 24 characters in a row are masked, where somebody has cut it", () => {
  const long = fc.array(unit, { minLength: 80, maxLength: 2000 }).map((units) => units.join(""));
  always(
    fc.property(long, fc.nat(), fc.nat(), (secret, from, more) => {
      const solid = secret.replace(/\s/g, "");
      fc.pre(solid.length > 40);
      const start = from % (solid.length - 24);
      const part = solid.slice(start, start + 24 + (more % 60));
      expect(rest(redacting([secret])(part))).toBe("");
    }),
    100,
  );
});

test("values that overlap, or hold one another, leave nothing", () => {
  const mask = redacting(["abcd1234", "1234efgh", "abcd1234-and-more", "bcd1"]);
  expect(mask("x abcd1234efgh x")).toBe(`x ${MASK} x`);
  expect(mask("x abcd1234-and-more x")).toBe(`x ${MASK} x`);
  expect(mask("abcd1234 abcd1234")).toBe(`${MASK} ${MASK}`);
});

test("spaces around a value need not be quoted with it", () => {
  expect(redacting(["  the value \n"])("it was 'the value'.")).toBe(`it was '${MASK}'.`);
});

test("the password of a URL is masked without the URL", () => {
  const mask = redacting(["postgres://admin:p%40ss-word@db:5432/app"]);
  expect(mask("no login with p%40ss-word")).toBe(`no login with ${MASK}`);
  expect(mask("no login with p@ss-word")).toBe(`no login with ${MASK}`);
  expect(mask("no host db:5432")).toBe("no host db:5432");
});

test("a binary value is masked as its bytes, and where it is text", () => {
  const secret = textOf(
    Uint8Array.from([0xff, 0xfe, ...Buffer.from("the-text-in-it"), 0x00, 0x80, 0x81]),
  );
  const mask = redacting([secret]);
  expect(mask("a the-text-in-it b")).toBe(`a ${MASK} b`);
  expect(rest(mask(bytes(secret).toString("base64")))).toBe("");
});

describe("a value of fewer than four characters", () => {
  test.each(["7", "ab", "x9z", "$1", "é", "a-:", "(/]"])(
    "%s is masked where it is a value for certain",
    (secret) => {
      const mask = redacting([secret]);
      expect(mask(`PIN=${secret} is bad`)).toBe(`PIN=${MASK} is bad`);
      expect(mask(`{"pin":"${secret}"}`)).toBe(`{"pin":"${MASK}"}`);
      expect(mask(`it is ${secret}, as in cab7x9ze`)).toBe(`it is ${secret}, as in cab7x9ze`);
    },
  );
  test("that is empty, or space, hides nothing", () => {
    expect(redacting(["", "  ", "\n"])('A="" B=  C')).toBe('A="" B=  C');
  });
});

test("text that has nothing to do with a value is not touched", () => {
  always(
    fc.property(value, fc.string({ unit: "binary", maxLength: 300 }), (secret, text) => {
      fc.pre(!text.includes("7") && !text.includes("9"));
      expect(redacting([`7777${secret}9999`])(text)).toBe(text);
    }),
    100,
  );
  const words =
    "step 2 of 4: RUN make\n\u001b[31merror\u001b[0m: \"x\" at C:\\temp\\u0041 50% &amp; it''s";
  expect(redacting(["another-value"])(words)).toBe(words);
});

test("to redact again changes nothing, even where a value is a word of the mask", () => {
  const mask = redacting(["value", "sensitive"]);
  expect(mask(mask("a value that is sensitive"))).toBe(`a ${MASK} that is ${MASK}`);
});

test("what is learned later is hidden from then on", () => {
  const redactor = new Redactor();
  expect(redactor.redact("the old-password")).toBe("the old-password");
  redactor.learn(["old-password"]);
  expect(redactor.redact("the old-password")).toBe(`the ${MASK}`);
});

test("a large value and a large text take no time worth a word", () => {
  const lines = Array.from(
    { length: 6000 },
    (_, at) => `key_${at}: ${Buffer.from(`value ${at * 7919}`).toString("hex")}`,
  );
  const mask = redacting([lines.join("\n"), "a".repeat(2000)]);
  const text = `${"key_ \\u0041 %41 &lt; '' ".repeat(2000)}${lines[4321]}${"a".repeat(9000)}`;
  expect(mask(text)).not.toContain(lines[4321]);
});

/*
 * What a terminal obeys instead of showing it. Names, labels and messages come from files, engines
 * and registries, so nothing foreign is printed with these in it.
 */

/** Whole escape sequences, with the text that some of them carry (ECMA-48: CSI, OSC, DCS, ...). */
export const ESCAPES =
  /\u001b\][^\u0007\u001b\u009c]*(?:\u0007|\u001b\\|\u009c)?|(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]?|\u001b[PX^_][^\u001b\u009c]*(?:\u001b\\|\u009c)?|\u001b[ -/]*[0-~]?/g;

/** The sequences that carry no text, and what begins the others. */
export const CODES = /(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]?|\u001b[ -/]*[0-~]?/g;

/** Control characters; those of space are among them. */
export const CONTROLS = /[\u0000-\u001f\u007f-\u009f]/g;

/** Characters that change the direction of a text. */
export const BIDI = /[\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]/g;

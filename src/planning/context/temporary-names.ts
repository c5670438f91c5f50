/* Names that a container bears for a time alone, until it comes to its own, or goes. */

/** The successor beside its predecessor; also who starts and has not been through its hooks. */
export const replacementName = (name: string): string => `${name}.next`;
/** The successor of one that has stayed under `nextName`. */
export const otherReplacementName = (name: string): string => `${name}.new`;
/** The predecessor, once its successor has its place. */
export const retiredName = (name: string): string => `${name}.old`;
/** Who swaps names with another. */
export const swapName = (name: string): string => `${name}.swap`;

/** Names of a replacement. */
export const REPLACING = /\.(next|new|old)$/;
/** All of them. */
export const TEMPORARY_NAME = /\.(next|new|old|swap)$/;

/* Names that a container has for a time, until it gets its own or is removed. */

/** The new container beside the old container; also who starts and has not been through its hooks. */
export const replacementName = (name: string): string => `${name}.next`;
/** The new container of one that has stayed under `nextName`. */
export const otherReplacementName = (name: string): string => `${name}.new`;
/** The old container, once its replacement has its place. */
export const retiredName = (name: string): string => `${name}.old`;
/** Who swaps names with another. */
export const swapName = (name: string): string => `${name}.swap`;

/** Names of a replacement. */
export const REPLACING = /\.(next|new|old)$/;
/** All of them. */
export const TEMPORARY_NAME = /\.(next|new|old|swap)$/;

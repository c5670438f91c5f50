/** Any JSON value. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
/** A JSON object; absent and `undefined` mean the same. */
export type JsonObject = { readonly [key: string]: Json | undefined };

/** `@std/path` from npm, where the standard library is repackaged without its types. */
// @ts-types="./path.d.ts"
export * from "deno-std/path/mod.js";

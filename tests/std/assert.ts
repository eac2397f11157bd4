/** `@std/assert` from npm, where the standard library is repackaged without its types. */
// @ts-types="./assert.d.ts"
export * from "deno-std/assert/mod.js";

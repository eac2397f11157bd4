/** `@std/cli` from npm, where the standard library is repackaged without its types. */
// @ts-types="./cli.d.ts"
export * from "deno-std/cli/parse_args.js";

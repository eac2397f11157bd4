/** `@std/front-matter` from npm, where the standard library is repackaged without its types. */
// @ts-types="./front_matter.d.ts"
export { extract as extractYaml } from "deno-std/front_matter/yaml.js";

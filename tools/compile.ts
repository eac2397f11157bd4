/**
 * Builds `./rosey`: JavaScript with all libraries inside, one part a command, compiled with the runtime.
 *
 * `deno compile` alone embeds every package of the lock file with its sources, types and maps (8 MB);
 * what the program really uses of them is less than 1 MB.
 *
 * Usage: deno task compile [--output PATH] [--target TRIPLE]
 */
import { build } from "esbuild";
import { parseArgs } from "node:util";

/** Reasons are in ARCHITECTURE.md, "Permissions". */
const PERMISSIONS = [
  "--no-prompt",
  "--allow-net",
  "--allow-env",
  "--allow-read",
  "--allow-write",
  // The datagrams to the service manager.
  "--unstable-net",
];
/** Optional natives of the `ws` and `debug` packages; both do without. */
const ABSENT = ["bufferutil", "utf-8-validate", "supports-color"];
const BUNDLE = "dist/bundle";

const { values } = parseArgs({
  options: {
    output: { type: "string", default: Deno.build.os === "windows" ? "rosey.exe" : "rosey" },
    target: { type: "string" },
  },
});

try {
  Deno.removeSync(BUNDLE, { recursive: true });
} catch (error) {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}
await build({
  entryPoints: ["main.ts"],
  outdir: BUNDLE,
  bundle: true,
  // What a command does not need, the channel's server above all, is not loaded for it.
  splitting: true,
  platform: "node",
  format: "esm",
  target: "es2023",
  legalComments: "none",
  external: ABSENT,
  // The other kind of entry hides its requires from bundlers.
  mainFields: ["module", "main"],
  // CommonJS packages ask for Node's own modules with `require`.
  banner: {
    js: 'import { createRequire as $cr } from "node:module"; const require = $cr(import.meta.url);',
  },
  logLevel: "warning",
});

const target = values.target ? ["--target", values.target] : [];
const alone = ["--no-check", "--no-config", "--no-lock", "--no-npm", "--no-remote"];
const args = [
  "compile",
  ...alone,
  ...PERMISSIONS,
  ...target,
  "--output",
  values.output,
  `${BUNDLE}/main.js`,
];
const { success } = await new Deno.Command(Deno.execPath(), { args }).spawn().status;
if (!success) Deno.exit(1);
const megabytes = (Deno.statSync(values.output).size / 1e6).toFixed(1);
console.log(`${values.output}: ${megabytes} MB`);
Deno.exit(0);

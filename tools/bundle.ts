/**
 * From sources to JavaScript with all libraries inside, and from that to a program.
 *
 * `deno compile` alone embeds every package of the lock file with its sources, types and maps (8 MB);
 * what the program really uses of them is less than 1 MB.
 */
import { build } from "esbuild";
import { stripVTControlCharacters } from "node:util";

/** What the program may do; the reasons are in ARCHITECTURE.md, "Permissions". */
export const FLAGS: readonly string[] = [
  "--no-prompt",
  "--allow-net",
  "--allow-env",
  "--allow-read",
  "--allow-write",
  // The datagrams to the service manager.
  "--unstable-net",
];

/** All that is needed is in the bundle. */
const ALONE = ["--no-lock", "--no-npm", "--no-remote"];
/** Optional natives of the `ws` and `debug` packages; both do without. */
const ABSENT = ["bufferutil", "utf-8-validate", "supports-color"];

/** Flags with which Deno runs the bundled program. */
export const RUN_FLAGS: readonly string[] = [...ALONE, ...FLAGS];

/** Bundles the program into a folder, one part a command. */
export async function bundle(folder: string): Promise<void> {
  await Deno.remove(folder, { recursive: true }).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
  await build({
    entryPoints: ["main.ts"],
    outdir: folder,
    bundle: true,
    // What a command does not need, the channel's server above all, is not loaded for it.
    splitting: true,
    platform: "node",
    format: "esm",
    target: "es2023",
    legalComments: "none",
    external: ABSENT,
    // Not whatever the import map says: esbuild reads npm packages only.
    alias: { "@std/cli": "./src/std/cli.ts" },
    // The other kind of entry hides its requires from bundlers.
    mainFields: ["module", "main"],
    define: { ROSEY_COMMIT: JSON.stringify(await commit()) },
    // CommonJS packages ask for Node's own modules with `require`.
    banner: {
      js:
        'import { createRequire as $cr } from "node:module"; const require = $cr(import.meta.url);',
    },
    logLevel: "warning",
  });
}

/** Compiles a bundled program. Returns what went wrong, empty when nothing did. */
export async function compile(folder: string, output: string, target?: string): Promise<string> {
  const args = [
    "compile",
    "--no-check",
    // Its name in the folder for temporary files is known: others could put compiled code there.
    "--no-code-cache",
    "--no-config",
    ...ALONE,
    ...FLAGS,
    ...(target ? ["--target", target] : []),
    "--output",
    output,
    `${folder}/main.js`,
  ];
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args,
    stdout: "null",
    stderr: "piped",
  }).output();
  return success ? "" : reasonOf(new TextDecoder().decode(stderr));
}

/** What Deno says of a failure, without what it was doing and where in its code. */
export function reasonOf(said: string): string {
  const lines = stripVTControlCharacters(said).trim().split("\n");
  // The steps come first, then what went wrong, then the same in parts.
  const cause = lines.find((line) => /^\s+\d+: .*(?:error|failed)/i.test(line));
  const found = cause ?? lines.find((line) => line.startsWith("error")) ?? lines[0] ?? "";
  return found.replace(/^\s*\d+: /, "");
}

/** The commit that is built, and whether anything was changed since; `unknown` outside of git. */
async function commit(): Promise<string> {
  const args = ["describe", "--always", "--dirty", "--exclude=*"];
  try {
    const { success, stdout } = await new Deno.Command("git", { args, stderr: "null" }).output();
    return success ? new TextDecoder().decode(stdout).trim() : "unknown";
  } catch {
    return "unknown";
  }
}

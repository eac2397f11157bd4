/**
 * Bundles the sources and their libraries with esbuild, and compiles the bundle to a binary.
 *
 * `deno compile` alone embeds every package of the lock file with its sources, types and maps (8 MB);
 * the program uses less than 1 MB of them.
 */
import { build, type Plugin } from "esbuild";
import { resolve } from "node:path";
import { stripVTControlCharacters } from "node:util";

/** How the program runs; the reasons of its permissions are in ARCHITECTURE.md, "Permissions". */
export const FLAGS: readonly string[] = [
  "--no-prompt",
  "--allow-net",
  "--allow-env",
  "--allow-read",
  "--allow-write",
  // For the datagrams to systemd's notify socket.
  "--unstable-net",
  // In MB. With V8's own limits, the garbage of a flood of lines makes the process half as large again.
  "--v8-flags=--max-semi-space-size=2,--max-old-space-size=256",
];

/** The bundle needs no other module. */
const ALONE = ["--no-lock", "--no-npm", "--no-remote"];
/** Optional packages that `ws` and `debug` try to load; both work without them. */
const ABSENT = ["bufferutil", "utf-8-validate", "supports-color"];

/** Flags with which Deno runs the bundled program. */
export const RUN_FLAGS: readonly string[] = [...ALONE, ...FLAGS];

/**
 * Keeps out of the bundle what libraries need only on Node. Takes socket.io's client as browsers get it:
 * the bot uses the runtime's own WebSocket, and needs neither `ws` nor `xmlhttprequest-ssl` nor `debug`.
 * Takes LogTape's utilities for Deno, and has `@std/path` ask Deno, not `process`, for the system and the
 * working folder.
 */
const WITHOUT_NODE: Plugin = {
  name: "without-node",
  setup(build) {
    build.onResolve({ filter: /^(?:socket|engine)\.io-(?:client|parser)$/ }, async (args) => {
      const { path, importer, kind, resolveDir, pluginData } = args;
      if (pluginData) return;
      const found = await build.resolve(path, { importer, kind, resolveDir, pluginData: true });
      return { ...found, path: found.path.replace("esm-debug", "esm") };
    });
    build.onResolve({ filter: /^#util$/ }, ({ resolveDir }) => {
      return { path: resolve(resolveDir, "util.deno.js") };
    });
    build.onLoad({ filter: /deno-std\/(?:internal\/_os|path\/_common\/env)\.js$/ }, (args) => {
      const source = Deno.readTextFileSync(args.path);
      return { contents: source.replace(/global\.process\?\.\w+/, "undefined") };
    });
    build.onResolve({ filter: /\.node\.js$/ }, ({ path, resolveDir }) => {
      if (!/engine\.io-client/.test(resolveDir)) return;
      return { path: resolve(resolveDir, path.replace(".node.js", ".js")) };
    });
  },
};

/** Bundles a program into a folder, as `main.js` and one chunk per command. */
export async function bundle(folder: string, entry = "main.ts"): Promise<void> {
  await Deno.remove(folder, { recursive: true }).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
  await build({
    entryPoints: { main: entry },
    outdir: folder,
    bundle: true,
    // A command loads only the chunks that it needs; only the demo loads the channel server.
    splitting: true,
    platform: "node",
    format: "esm",
    target: "es2023",
    legalComments: "none",
    // Less text to read at a start. Names stay, for the stack of a bug.
    minifyWhitespace: true,
    minifySyntax: true,
    external: ABSENT,
    plugins: [WITHOUT_NODE],
    // Replaces the import map, which may name JSR: esbuild reads npm packages only.
    alias: {
      "@std/cli": "./src/std/cli.ts",
      "@std/front-matter": "./src/std/front_matter.ts",
      "@std/path": "./src/std/path.ts",
    },
    // Some `main` entries (UMD) hide their requires from bundlers.
    mainFields: ["module", "main"],
    define: { ROSEY_COMMIT: JSON.stringify(await commit()) },
    // CommonJS packages load Node's built-in modules with `require`.
    banner: {
      js:
        "const require = (name) => process.getBuiltinModule(name) ?? (() => { throw new Error(name); })();",
    },
    logLevel: "warning",
  });
}

/** Compiles a bundled program. Returns the error message, empty on success. */
export async function compile(folder: string, output: string, target?: string): Promise<string> {
  const args = [
    "compile",
    "--no-check",
    // The cache has a predictable name in the temporary folder: others could put code there.
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

/** Extracts the cause from Deno's error output, without progress lines and stack trace. */
export function reasonOf(said: string): string {
  const lines = stripVTControlCharacters(said).trim().split("\n");
  // The chain of causes lists the steps first, then the cause, then its parts.
  const cause = lines.find((line) => /^\s+\d+: .*(?:error|failed)/i.test(line));
  const found = cause ?? lines.find((line) => line.startsWith("error")) ?? lines[0] ?? "";
  return found.replace(/^\s*\d+: /, "");
}

/** The commit that is built, with `-dirty` after local changes; `unknown` outside of git. */
async function commit(): Promise<string> {
  const args = ["describe", "--always", "--dirty", "--exclude=*"];
  try {
    const { success, stdout } = await new Deno.Command("git", { args, stderr: "null" }).output();
    return success ? new TextDecoder().decode(stdout).trim() : "unknown";
  } catch {
    return "unknown";
  }
}

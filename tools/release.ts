/**
 * Builds all files of a release: binaries, the bundle, checksums, the installer.
 *
 * A target whose runtime cannot be downloaded is reported and skipped. Needs GNU tar.
 *
 * Usage: deno task release [--out DIR] [--host | --target TRIPLE …] [--base-url URL]
 */
import { parseArgs } from "@std/cli";
import { zipSync } from "fflate";
import { basename } from "node:path";
import manifest from "../deno.json" with { type: "json" };
import { bundle, compile, RUN_FLAGS } from "./bundle.ts";
import { completions } from "../src/cli/completions.ts";
import { renderInstaller } from "./installer.ts";
import { manPage } from "./man_page.ts";
import { refuse } from "./refuse.ts";

const TARGETS = [
  "x86_64-unknown-linux-gnu",
  "aarch64-unknown-linux-gnu",
  "x86_64-apple-darwin",
  "aarch64-apple-darwin",
  "x86_64-pc-windows-msvc",
];
const EXTRAS = ["LICENSE", "README.md", "config.json.dist", "config.schema.json", "install.sh"];
const FOLDERS = ["completions", "deploy", "man", "personas"];
const UNITS = ["cytube-bot.service", "cytube-bot@.service"];
/** Made from the table of commands: their paths in an archive. */
const MADE = {
  "completions/rosey.bash": () => `${completions("bash")}\n`,
  "completions/_rosey": () => `${completions("zsh")}\n`,
  "completions/rosey.fish": () => `${completions("fish")}\n`,
  "man/rosey.1": manPage,
};

const values = parseArgs(Deno.args, {
  boolean: ["host"],
  string: ["out", "target", "base-url"],
  collect: ["target"],
  unknown: refuse,
});
const { version } = manifest;
const { host, out = "dist" } = values;
const repository = Deno.env.get("GITHUB_REPOSITORY");
const baseUrl = values["base-url"] ??
  (repository ? `https://github.com/${repository}/releases/download/v${version}` : "");
const work = Deno.makeTempDirSync({ prefix: "rosey-release-" });
Deno.mkdirSync(out, { recursive: true });

try {
  await bundle(`${work}/program`);
  Deno.writeTextFileSync(`${work}/program/flags`, `${RUN_FLAGS.join(" ")}\n`);
  // In deno.json and not as flags: an older Deno refuses unknown flags, but ignores unknown names.
  const { unstable } = manifest;
  Deno.writeTextFileSync(`${work}/program/deno.json`, JSON.stringify({ unstable }));
  share(`${work}/share`);
  await run("cp", "-R", "docs", `${work}/share/docs`);
  const made: string[] = [];
  const targets = values.target.length > 0 ? values.target : TARGETS;
  for (const target of host ? [Deno.build.target] : targets) {
    const file = await build(target);
    if (file) made.push(file);
  }
  made.push(await pack("bundle", `${work}/program`, "program"));
  const archives = await sumsOf(made);
  const installer = renderInstaller(Deno.readTextFileSync("install.sh"), {
    version,
    baseUrl,
    sums: archives,
  });
  Deno.writeTextFileSync(`${out}/install.sh`, installer, { mode: 0o755 });
  const sums = [...archives, ...await sumsOf(["install.sh", ...single()])];
  Deno.writeTextFileSync(`${out}/SHA256SUMS`, `${sums.join("\n")}\n`);
  console.log(sums.join("\n"));
} finally {
  Deno.removeSync(work, { recursive: true });
}
// esbuild's child process would keep this process alive.
Deno.exit(0);

/** Collects the files that every archive contains beside the program. */
function share(folder: string): void {
  for (const part of FOLDERS) Deno.mkdirSync(`${folder}/${part}`, { recursive: true });
  const personas = [...Deno.readDirSync("personas")].map(({ name }) => `personas/${name}`);
  for (const file of [...EXTRAS, ...personas]) Deno.copyFileSync(file, `${folder}/${file}`);
  for (const unit of UNITS) Deno.copyFileSync(`deploy/${unit}`, `${folder}/deploy/${unit}`);
  for (const [path, make] of Object.entries(MADE)) {
    Deno.writeTextFileSync(`${folder}/${path}`, make());
  }
}

/** Copies the files that are also published outside of an archive. Returns their names. */
function single(): string[] {
  Deno.copyFileSync("config.schema.json", `${out}/config.schema.json`);
  for (const unit of UNITS) Deno.copyFileSync(`deploy/${unit}`, `${out}/${unit}`);
  const made = Object.entries(MADE).map(([path, make]) => [basename(path), make()] as const);
  for (const [name, text] of made) Deno.writeTextFileSync(`${out}/${name}`, text);
  return ["config.schema.json", ...UNITS, ...made.map(([name]) => name)];
}

/** Computes the lines of `SHA256SUMS`. */
async function sumsOf(files: readonly string[]): Promise<string[]> {
  return await Promise.all(
    files.map(async (file) => `${await sha256(`${out}/${file}`)}  ${file}`),
  );
}

/** Returns the archive's name; undefined without a runtime for the target. */
async function build(target: string): Promise<string | undefined> {
  const windows = target.includes("windows");
  const program = `${work}/rosey-${target}${windows ? ".exe" : ""}`;
  // DENORT_BIN is a runtime for this machine; Deno would use it for any other target without a warning.
  const problem = Deno.env.get("DENORT_BIN") && target !== Deno.build.target
    ? "DENORT_BIN is a runtime for this machine only"
    : await compile(`${work}/program`, program, target === Deno.build.target ? undefined : target);
  if (problem !== "") {
    console.error(`Left out ${target}: ${problem}`);
    return undefined;
  }
  return await pack(target, program, windows ? "rosey.exe" : "rosey");
}

/** Packs a program and the shared files; the same content makes the same archive. */
async function pack(target: string, program: string, as: string): Promise<string> {
  const folder = `${work}/${target}`;
  await run("cp", "-R", `${work}/share`, folder);
  await run("cp", "-R", program, `${folder}/${as}`);
  if (target.includes("windows")) {
    const file = `rosey-${version}-${target}.zip`;
    Deno.writeFileSync(`${out}/${file}`, zipSync(filesOf(folder), { mtime: "1980-01-02" }));
    return file;
  }
  const file = `rosey-${version}-${target}.tar.gz`;
  const same = ["--sort=name", "--owner=0", "--group=0", "--numeric-owner", "--mtime=1980-01-02"];
  await run(
    "tar",
    ...same,
    "--use-compress-program=gzip -n",
    "-cf",
    `${out}/${file}`,
    "-C",
    folder,
    ".",
  );
  return file;
}

function filesOf(folder: string, prefix = ""): Record<string, Uint8Array> {
  const files: Record<string, Uint8Array> = {};
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    const path = `${folder}/${name}`;
    if (isDirectory) Object.assign(files, filesOf(path, `${prefix}${name}/`));
    else files[prefix + name] = Deno.readFileSync(path);
  }
  return files;
}

async function run(command: string, ...args: string[]): Promise<void> {
  const { success } = await new Deno.Command(command, { args, stdout: "null" }).output();
  if (!success) throw new Error(`${command} failed: ${args.join(" ")}`);
}

async function sha256(file: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", await Deno.readFile(file));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** A release of a program that can do nothing but say its version, and an installer for it. */
import { renderInstaller } from "../../tools/installer.ts";

const SCRIPT = new URL("../../install.sh", import.meta.url);
const TARGET = "x86_64-unknown-linux-gnu";
const EXTRAS = [
  "LICENSE",
  "config.json.dist",
  "config.schema.json",
  "completions/rosey.bash",
  "completions/_rosey",
  "completions/rosey.fish",
  "personas/critic.md",
  "personas/usher.md",
  "man/rosey.1",
];
const UNITS = ["deploy/cytube-bot.service", "deploy/cytube-bot@.service"];

/** What running the installer led to. */
export interface Ran {
  readonly code: number;
  /** Both streams. */
  readonly output: string;
}

export interface RunOptions {
  /** Default: `dash`. */
  readonly shell?: readonly string[];
  /** Put before the command, e.g. to run it as somebody else. */
  readonly as?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** A folder with a release, and a home to install it to. */
export class FakeRelease implements Disposable {
  /** Holds all of the following. */
  readonly folder = Deno.makeTempDirSync({ prefix: "rosey-install-" });
  /** Programs that stand in for the machine's own. */
  readonly bin = `${this.folder}/bin`;
  /** Where it is installed to, unless told otherwise. */
  readonly home = `${this.folder}/home`;

  constructor(version = "1.0.0") {
    Deno.chmodSync(this.folder, 0o755);
    for (const path of [this.bin, this.home]) Deno.mkdirSync(path);
    this.publish(version);
  }

  /** Where the files of a version are. */
  files(version: string): string {
    return `${this.folder}/v${version}`;
  }

  /** Makes a release, of a program that does what is told. */
  publish(version: string, program = `echo "rosey ${version}"`, bundle = "bundled"): void {
    const out = this.files(version);
    const work = `${this.folder}/work`;
    Deno.mkdirSync(out, { recursive: true });
    for (const path of [...EXTRAS, ...UNITS]) {
      const line = UNITS.includes(path) ? "ExecStart=/usr/local/bin/rosey run" : path;
      Deno.mkdirSync(`${work}/${path}`.replace(/\/[^/]+$/, ""), { recursive: true });
      Deno.writeTextFileSync(`${work}/${path}`, `${line} of ${version}\n`);
    }
    Deno.copyFileSync(SCRIPT, `${work}/install.sh`);
    Deno.mkdirSync(`${work}/program`, { recursive: true });
    Deno.writeTextFileSync(`${work}/program/flags`, "--no-prompt\n");
    Deno.writeTextFileSync(
      `${work}/program/main.js`,
      `console.log("rosey ${version} ${bundle}")\n`,
    );
    this.program(`${work}/rosey`, program);
    const sums = [TARGET, "bundle"].map((target) => {
      const name = `rosey-${version}-${target}.tar.gz`;
      const what = target === "bundle" ? ["--exclude=./rosey", "."] : ["--exclude=./program", "."];
      execute("tar", "-czf", `${out}/${name}`, "-C", work, ...what);
      return `${execute("sha256sum", `${out}/${name}`).split(" ")[0]}  ${name}`;
    });
    const script = Deno.readTextFileSync(SCRIPT);
    const baseUrl = `file://${out}`;
    Deno.writeTextFileSync(
      `${out}/install.sh`,
      renderInstaller(script, { version, baseUrl, sums }),
    );
    Deno.writeTextFileSync(`${out}/SHA256SUMS`, `${sums.join("\n")}\n`);
    Deno.removeSync(work, { recursive: true });
  }

  /** The archive of a version. */
  archive(version = "1.0.0", target = TARGET): string {
    return `${this.files(version)}/rosey-${version}-${target}.tar.gz`;
  }

  /** Writes a shell program. */
  program(path: string, ...lines: string[]): void {
    Deno.writeTextFileSync(path, ["#!/bin/sh", ...lines, ""].join("\n"));
    Deno.chmodSync(path, 0o755);
  }

  /** Runs the installer of a version. */
  run(args: readonly string[] = [], options: RunOptions & { version?: string } = {}): Ran {
    const { shell = ["dash"], as = [], env = {}, version = "1.0.0" } = options;
    const [command, ...rest] = [...as, ...shell, `${this.files(version)}/install.sh`, ...args];
    const { code, stdout, stderr } = new Deno.Command(command!, {
      args: rest,
      clearEnv: true,
      env: { HOME: this.home, PATH: `${this.bin}:/usr/bin:/bin`, ...env },
      cwd: this.folder,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).outputSync();
    const decoder = new TextDecoder();
    return { code, output: decoder.decode(stdout) + decoder.decode(stderr) };
  }

  /** What the installed program says. */
  version(prefix = `${this.home}/.local`): string {
    return execute(`${prefix}/bin/rosey`, "--version").trim();
  }

  [Symbol.dispose](): void {
    execute("chmod", "-R", "u+w", this.folder);
    Deno.removeSync(this.folder, { recursive: true });
  }
}

/** Everything in a folder, by path. */
export function tree(folder: string): string[] {
  return execute("find", folder, "-mindepth", "1", "-printf", "%P\n").split("\n").filter(Boolean)
    .sort();
}

function execute(command: string, ...args: string[]): string {
  const { success, stdout, stderr } = new Deno.Command(command, { args }).outputSync();
  if (!success) throw new Error(`${command} failed: ${new TextDecoder().decode(stderr)}`);
  return new TextDecoder().decode(stdout);
}

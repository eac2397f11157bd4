import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import manifest from "../../deno.json" with { type: "json" };
import { FakeRelease, tree } from "../fakes/release.ts";
import { row } from "./row.ts";

const ROOT = new URL("../../", import.meta.url).pathname;

/** Puts programs that build and download in front of the machine's own; returns what was called. */
function forbid(release: FakeRelease): () => string[] {
  const calls = `${release.folder}/calls`;
  Deno.writeTextFileSync(calls, "");
  for (const name of ["deno", "npx", "npm", "curl", "wget"]) {
    release.program(`${release.bin}/${name}`, `echo "${name} $*" >>${calls}`, "exit 1");
  }
  return () => Deno.readTextFileSync(calls).split("\n").filter(Boolean);
}

/** Runs the installer of a source folder that holds what the installer looks at. */
function runSource(release: FakeRelease, args: string[], env: Record<string, string> = {}) {
  const source = `${release.folder}/source`;
  Deno.mkdirSync(source, { recursive: true });
  for (const file of ["install.sh", "deno.json"]) {
    Deno.copyFileSync(`${ROOT}/${file}`, `${source}/${file}`);
  }
  const { code, stdout, stderr } = new Deno.Command("dash", {
    args: [`${source}/install.sh`, ...args],
    clearEnv: true,
    env: { HOME: release.home, PATH: `${release.bin}:/usr/bin:/bin`, ...env },
    cwd: release.folder,
    stdin: "null",
  }).outputSync();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, output: text(stdout) + text(stderr) };
}

row("a dry run in the source folder builds nothing, and prints what would be installed", () => {
  using release = new FakeRelease();
  const called = forbid(release);
  for (const [args, env] of [[["--dry-run"], {}], [[], { ROSEY_DRY_RUN: "1" }]] as const) {
    const { code, output } = runSource(release, [...args], env);
    assertEquals(code, 0, output);
    const lines = output.trim().split("\n");
    assertMatch(
      lines[0]!,
      new RegExp(`^would build rosey ${manifest.version} for \\w+-\\S+ with: deno$`),
    );
    assert(lines.every((line) => line.startsWith("would ")), output);
    assert(lines.includes(`would install ${release.home}/.local/bin/rosey`), output);
    assertEquals(lines.length, 12);
  }
  assertEquals(called(), []);
  assertEquals(tree(release.home), []);
}, "dash");

row(
  "a dry run in the source folder prints the service files and the program that would be kept",
  () => {
    using release = new FakeRelease();
    const called = forbid(release);
    const root = `${release.folder}/root`;
    Deno.mkdirSync(`${root}/run/systemd/system`, { recursive: true });
    Deno.mkdirSync(`${root}/usr/local/bin`, { recursive: true });
    Deno.writeTextFileSync(`${root}/usr/local/bin/rosey`, "an older one");
    release.program(`${release.bin}/systemctl`, `echo "systemctl $*" >>${release.folder}/calls`);
    const before = tree(root);
    const { code, output } = runSource(release, ["--dry-run", "--system"], { ROSEY_ROOT: root });
    assertEquals(code, 0, output);
    for (
      const line of [
        `would keep ${root}/usr/local/bin/rosey as ${root}/usr/local/lib/rosey/previous`,
        `would install ${root}/etc/systemd/system/cytube-bot@.service`,
        `would install ${root}/etc/cytube-bot/config.json`,
        "would run: systemctl daemon-reload",
        "would run: systemctl try-restart cytube-bot.service cytube-bot@*.service",
      ]
    ) assertStringIncludes(output, `${line}\n`);
    assertEquals(called(), []);
    assertEquals(tree(root), before);
  },
  "dash",
);

row("the repository decides where a release comes from, also in the source folder", () => {
  using release = new FakeRelease();
  const called = forbid(release);
  const at = "https://github.com/someone/rosey/releases";
  const archive = (version: string) => `rosey-${version}-x86_64-unknown-linux-gnu.tar.gz`;
  const latest = `${at}/latest/download/${archive("VERSION")}`;
  const repo = ["--dry-run", "--repo", "someone/rosey"];
  const env = { ROSEY_DRY_RUN: "1", ROSEY_REPO: "someone/rosey" };
  for (
    const [{ code, output }, url] of [
      [runSource(release, repo), latest],
      [runSource(release, [], env), latest],
      [
        runSource(release, [...repo, "--version", "2.0.0"]),
        `${at}/download/v2.0.0/${archive("2.0.0")}`,
      ],
      [release.run(repo), latest],
      [release.run([], { env }), latest],
      [
        release.run([...repo, "--base-url", "http://127.0.0.1:9"]),
        `http://127.0.0.1:9/${archive("VERSION")}`,
      ],
    ] as const
  ) {
    assertEquals(code, 0, output);
    assertEquals(output.split("\n")[0], `would download ${url}`);
  }
  for (const odd of ["rosey", "/rosey", "someone/", "a/b/c", "a b/c", "https://github.com/a/b"]) {
    const { code, output } = release.run(["--repo", odd]);
    assertEquals([code, output], [
      2,
      `install.sh: cannot use the repository ${odd}: expected OWNER/NAME\n`,
    ]);
  }
  assertEquals(called(), []);
}, "dash");

row("a dry run of a release downloads nothing", () => {
  using release = new FakeRelease();
  const called = forbid(release);
  for (const version of ["1.0.0", "9.9.9"]) {
    const base = ["--base-url", "http://127.0.0.1:9/v1", "--version", version];
    const { code, output } = release.run(["--dry-run", ...base]);
    assertEquals(code, 0, output);
    const url = `http://127.0.0.1:9/v1/rosey-${version}-x86_64-unknown-linux-gnu.tar.gz`;
    assert(output.startsWith(`would download ${url}\n`), output);
    assertStringIncludes(output, `would install ${release.home}/.local/bin/rosey\n`);
  }
  assertEquals(called(), []);
  assertEquals(tree(release.home), []);
}, "dash");

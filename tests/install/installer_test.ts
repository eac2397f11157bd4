import { assertEquals, assertMatch } from "@std/assert";
import { FakeRelease } from "../fakes/release.ts";
import type { Need } from "../testing.ts";
import { serveHttp } from "../fakes/http_server.ts";
import { local, row } from "./row.ts";

const ROOT = new URL("../../", import.meta.url);
/** What it needs on any machine, beside a shell. */
const TOOLS =
  "mktemp uname mkdir rm cp tar gzip cat dirname basename cut sed id grep chmod mv cmp " +
  "ldd bash";

/** Leaves a machine with these and a few more alone. */
function link(release: FakeRelease, ...more: string[]): void {
  for (const tool of [...TOOLS.split(" "), ...more]) {
    Deno.symlinkSync(`/usr/bin/${tool}`, `${release.bin}/${tool}`);
  }
}

const INSTALLED = [
  "bin",
  "bin/rosey",
  "share",
  "share/bash-completion",
  "share/bash-completion/completions",
  "share/bash-completion/completions/rosey",
  "share/fish",
  "share/fish/vendor_completions.d",
  "share/fish/vendor_completions.d/rosey.fish",
  "share/man",
  "share/man/man1",
  "share/man/man1/rosey.1",
  "share/rosey",
  "share/rosey/LICENSE",
  "share/rosey/config.json.dist",
  "share/rosey/config.schema.json",
  "share/rosey/install.sh",
  "share/rosey/personas",
  "share/rosey/personas/critic.md",
  "share/rosey/personas/usher.md",
  "share/zsh",
  "share/zsh/site-functions",
  "share/zsh/site-functions/_rosey",
];

for (const shell of [["dash"], ["busybox", "sh"], ["bash", "--posix"]]) {
  row(
    `under ${shell.join(" ")}: installs, prints the path, and changes nothing the second time`,
    () => {
      using release = new FakeRelease();
      const first = release.run([], { shell });
      assertEquals(first.code, 0, first.output);
      assertMatch(first.output, /Installed rosey 1\.0\.0\n {2}\S+\/\.local\/bin\/rosey\n/);
      assertMatch(first.output, /not in your PATH; add it: export PATH="\S+\.local\/bin:\$PATH"/);
      assertEquals(local(release), INSTALLED);
      assertEquals(release.version(), "rosey 1.0.0");
      const second = release.run([], { shell });
      assertMatch(second.output, /rosey 1\.0\.0 is already installed/);
      assertEquals(local(release), INSTALLED);
    },
    ...(shell[0] === "bash" ? [] : [shell[0] as Need]),
  );
}

row("shellcheck finds no problem", () => {
  const { stdout } = new Deno.Command("shellcheck", { args: ["install.sh"], cwd: ROOT })
    .outputSync();
  assertEquals(new TextDecoder().decode(stdout), "");
}, "shellcheck");

row("shfmt finds the format correct", () => {
  const args = ["-i", "2", "-ci", "-d", "install.sh"];
  const { stdout } = new Deno.Command("shfmt", { args, cwd: ROOT }).outputSync();
  assertEquals(new TextDecoder().decode(stdout), "");
}, "shfmt");

row("an archive that was tampered with is refused", () => {
  using release = new FakeRelease();
  const bytes = Deno.readFileSync(release.archive());
  bytes[bytes.length >> 1]! ^= 1;
  Deno.writeFileSync(release.archive(), bytes);
  const { code, output } = release.run();
  assertEquals(code, 1);
  assertMatch(
    output,
    /cannot verify rosey-1\.0\.0-\S+: its SHA-256 is [0-9a-f]{64}, expected/,
  );
  assertEquals(local(release), ["bin"]);
}, "dash");

row(
  "without a checksum program the installation is refused",
  () => {
    using release = new FakeRelease();
    link(release);
    const { code, output } = release.run([], { shell: ["/bin/dash"], env: { PATH: release.bin } });
    assertEquals(code, 1, output);
    assertMatch(
      output,
      /cannot verify the download: none of sha256sum, shasum and openssl is installed/,
    );
    assertEquals(local(release), ["bin"]);
    Deno.symlinkSync("/usr/bin/openssl", `${release.bin}/openssl`);
    const other = release.run([], { shell: ["/bin/dash"], env: { PATH: release.bin } });
    assertEquals(other.code, 0, other.output);
  },
  "dash",
  "openssl",
);

row("installs over HTTP; a missing file is reported", async () => {
  using release = new FakeRelease();
  await using server = serveHttp(async (request) => {
    const path = new URL(request.url).pathname.replace("/releases", release.folder);
    try {
      return new Response(await Deno.readFile(path));
    } catch {
      return new Response("Not Found", { status: 404 });
    }
  });
  const base = `${server.url}/releases`;
  const spawn = async (url: string) => {
    const { code, stdout, stderr } = await new Deno.Command("dash", {
      args: [`${release.files("1.0.0")}/install.sh`, "--base-url", url],
      env: { HOME: release.home },
    }).output();
    return { code, output: new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr) };
  };
  const missing = await spawn(`${base}/v9`);
  assertEquals(missing.code, 1);
  assertMatch(missing.output, /cannot download http:\/\/\S+\/v9\/rosey-1\.0\.0-/);
  const found = await spawn(`${base}/v1.0.0`);
  assertEquals(found.code, 0, found.output);
  assertEquals(release.version(), "rosey 1.0.0");
}, "dash");

row(
  "uses wget without curl, and fails without both",
  () => {
    using release = new FakeRelease();
    link(release, "sha256sum", "wget", "head");
    // Nothing listens on this port.
    const base = ["--base-url", "http://127.0.0.1:9"];
    const asked = release.run(base, { shell: ["/bin/dash"], env: { PATH: release.bin } });
    assertEquals(asked.code, 1);
    assertMatch(asked.output, /^install\.sh: cannot download http:\/\/127\.0\.0\.1:9\/rosey-/m);
    Deno.removeSync(`${release.bin}/wget`);
    const neither = release.run(base, { shell: ["/bin/dash"], env: { PATH: release.bin } });
    assertEquals(neither.code, 1);
    assertMatch(neither.output, /cannot download http:\S+: neither curl nor wget is installed/);
  },
  "dash",
  "wget",
);

row("an installer of no release finds the version in the checksums", () => {
  using release = new FakeRelease();
  Deno.copyFileSync(`${ROOT.pathname}install.sh`, `${release.files("1.0.0")}/install.sh`);
  const base = ["--base-url", `file://${release.files("1.0.0")}`];
  const { code, output } = release.run(base);
  assertEquals(code, 0, output);
  assertEquals(release.version(), "rosey 1.0.0");
  Deno.writeTextFileSync(`${release.files("1.0.0")}/SHA256SUMS`, "<html>");
  assertMatch(release.run(base).output, /cannot find a release in file:\S+\/SHA256SUMS\n$/);
  assertMatch(release.run().output, /belongs to no release: .* use --repo OWNER\/NAME\n$/);
}, "dash");

row("a release of another repository is verified with the checksums of that one", () => {
  using release = new FakeRelease();
  using fork = new FakeRelease();
  fork.publish("1.0.0", 'echo "rosey 1.0.0 of the fork"');
  const own = "https://github.com/owner/rosey/releases";
  const script = `${release.files("1.0.0")}/install.sh`;
  const text = Deno.readTextFileSync(script);
  const moved = text.replace(/(?<=release_url=')[^']+/, `${own}/download/v1.0.0`);
  Deno.writeTextFileSync(script, moved);
  const asked = `${release.folder}/asked`;
  release.program(
    `${release.bin}/curl`,
    'for url; do :; done; echo "$url" >>' + asked,
    `case $url in */owner/*) from=${release.files("1.0.0")} ;; *) from=${
      fork.files("1.0.0")
    } ;; esac`,
    'cp "$from/${url##*/}" "$7"',
  );
  const archive = "rosey-1.0.0-x86_64-unknown-linux-gnu.tar.gz";
  const others = "https://github.com/someone/rosey/releases";
  for (
    const [args, env, version, urls] of [
      [["--repo", "owner/rosey"], {}, "rosey 1.0.0", [`${own}/download/v1.0.0/${archive}`]],
      [["--repo", "someone/rosey"], {}, "rosey 1.0.0 of the fork", [
        `${others}/latest/download/SHA256SUMS`,
        `${others}/latest/download/${archive}`,
      ]],
      [["--version", "1.0.0"], { ROSEY_REPO: "someone/rosey" }, "rosey 1.0.0 of the fork", [
        `${others}/download/v1.0.0/SHA256SUMS`,
        `${others}/download/v1.0.0/${archive}`,
      ]],
    ] as const
  ) {
    Deno.writeTextFileSync(asked, "");
    const { code, output } = release.run(args, { env });
    assertEquals(code, 0, output);
    assertEquals(release.version(), version);
    assertEquals(Deno.readTextFileSync(asked).trim().split("\n"), [...urls]);
  }
}, "dash");

row("a checksum program that fails counts as missing", () => {
  using release = new FakeRelease();
  for (const name of ["sha256sum", "shasum", "openssl"]) {
    release.program(`${release.bin}/${name}`, "exit 1");
  }
  const { code } = release.run();
  assertEquals(code, 1);
  assertEquals(local(release), ["bin"]);
}, "dash");

row("--from needs no network, and the archive is verified", () => {
  using release = new FakeRelease();
  const { code, output } = release.run([
    "--from",
    release.archive(),
    "--base-url",
    "http://127.0.0.1:9",
  ]);
  assertEquals(code, 0, output);
  assertEquals(release.version(), "rosey 1.0.0");
  const other = `${release.folder}/rosey-1.0.0-other.tar.gz`;
  Deno.copyFileSync(release.archive(), other);
  const refused = release.run(["--from", other]);
  assertEquals(refused.code, 1);
  assertMatch(
    refused.output,
    /cannot verify rosey-1\.0\.0-other\.tar\.gz: the release has no checksum/,
  );
}, "dash");

row("two upgrades keep the configuration, a rollback goes back one", () => {
  using release = new FakeRelease();
  for (const version of ["1.1.0", "1.2.0"]) release.publish(version);
  release.run();
  const mine = `${release.home}/.local/share/rosey/config.json`;
  Deno.writeTextFileSync(mine, "mine");
  for (const version of ["1.1.0", "1.2.0"]) {
    const { code, output } = release.run([], { version });
    assertEquals(code, 0, output);
    assertEquals(release.version(), `rosey ${version}`);
  }
  assertEquals(Deno.readTextFileSync(mine), "mine");
  assertMatch(release.run(["--rollback"], { version: "1.2.0" }).output, /Restored rosey 1\.1\.0/);
  assertEquals(release.version(), "rosey 1.1.0");
  assertMatch(release.run(["--rollback"]).output, /there is no previous rosey/);
}, "dash");

row("installs another version with --version", () => {
  using release = new FakeRelease();
  release.publish("1.1.0");
  const { code, output } = release.run(["--version", "v1.1.0"]);
  assertEquals(code, 0, output);
  assertEquals(release.version(), "rosey 1.1.0");
}, "dash");

row("uninstall removes what was installed, and nothing else", () => {
  using release = new FakeRelease();
  release.run();
  const mine = `${release.home}/.local/share/rosey/config.json`;
  Deno.writeTextFileSync(mine, "mine");
  assertMatch(release.run(["--uninstall"]).output, /Confirm with --yes/);
  assertEquals(release.version(), "rosey 1.0.0");
  const { code, output } = release.run(["--uninstall", "--yes"]);
  assertEquals(code, 0, output);
  const files = local(release).filter((path) =>
    !Deno.statSync(`${release.home}/.local/${path}`).isDirectory
  );
  assertEquals(files, ["share/rosey/config.json"]);
}, "dash");

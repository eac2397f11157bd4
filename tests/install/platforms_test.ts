import assert from "node:assert/strict";
import { FakeRelease, tree } from "../fakes/release.ts";
import { local, row } from "./row.ts";

for (
  const [machine, programs, why] of [
    [
      "an unknown processor",
      { uname: "case $1 in -s) echo Linux ;; *) echo riscv64 ;; esac" },
      /no compiled program for riscv64/,
    ],
    ["a Mac without a program in the release", {
      uname: "case $1 in -s) echo Darwin ;; *) echo arm64 ;; esac",
    }, /no compiled program for aarch64-apple-darwin/],
    ["musl", { ldd: "echo 'musl libc (x86_64)' >&2" }, /needs glibc, and this machine has musl/],
  ] as const
) {
  row(`on ${machine} the bundled program runs with Deno`, () => {
    using release = new FakeRelease();
    for (const [name, line] of Object.entries(programs)) {
      release.program(`${release.bin}/${name}`, line);
    }
    release.program(`${release.bin}/deno`, `exec "${Deno.execPath()}" "$@"`);
    const { code, output } = release.run();
    assert.equal(code, 0, output);
    assert.match(output, why);
    assert.match(output, /installing the program with Deno instead/);
    assert.equal(release.version(), "rosey 1.0.0 bundled");
    release.publish("1.1.0");
    assert.equal(release.run([], { version: "1.1.0" }).code, 0);
    assert.equal(release.version(), "rosey 1.1.0 bundled");
    assert.equal(release.run(["--rollback"]).code, 0);
    assert.equal(release.version(), "rosey 1.0.0 bundled");
    release.run(["--uninstall", "--yes"]);
    assert.ok(!local(release).some((path) => path.startsWith("lib/")));
  }, "dash");
}

row("without Deno npm brings it", () => {
  using release = new FakeRelease();
  release.program(`${release.bin}/uname`, "case $1 in -s) echo Linux ;; *) echo riscv64 ;; esac");
  const folder = 'while [ "$1" != --prefix ]; do shift; done; bin=$2/node_modules/.bin';
  const deno = `printf '#!/bin/sh\\nexec "${Deno.execPath()}" "$@"\\n' >"$bin/deno"`;
  release.program(`${release.bin}/npm`, folder, 'mkdir -p "$bin"', deno, 'chmod +x "$bin/deno"');
  const { code, output } = release.run([], { env: { PATH: `${release.bin}:/usr/bin:/bin` } });
  assert.equal(code, 0, output);
  assert.match(output, /Deno comes from npm/);
  assert.equal(release.version(), "rosey 1.0.0 bundled");
}, "dash");

row("on a system it knows nothing of it says what else there is", () => {
  using release = new FakeRelease();
  release.program(`${release.bin}/uname`, "echo Plan9");
  const { code, output } = release.run();
  assert.equal(code, 1);
  assert.match(output, /this is Plan9: .*run from source with Deno/);
}, "dash");

row("the whole machine: units, configuration, restart only after a change, purge", () => {
  using release = new FakeRelease();
  release.publish("1.1.0");
  const root = `${release.folder}/root`;
  Deno.mkdirSync(`${root}/run/systemd/system`, { recursive: true });
  const calls = `${release.folder}/calls`;
  release.program(`${release.bin}/systemctl`, `echo "$*" >>${calls}`);
  const called = () => {
    const lines = Deno.readTextFileSync(calls).trim().split("\n");
    Deno.writeTextFileSync(calls, "");
    return lines.filter(Boolean);
  };
  const env = { ROSEY_ROOT: root };
  const first = release.run(["--system"], { env });
  assert.equal(first.code, 0, first.output);
  assert.match(first.output, /^\+ mv -f \S+ \S+\/usr\/local\/bin\/rosey$/m);
  assert.deepEqual(called(), ["daemon-reload", "try-restart cytube-bot.service"]);
  const config = `${root}/etc/cytube-bot/config.json`;
  assert.equal(Deno.readTextFileSync(config), "config.json.dist of 1.0.0\n");
  assert.equal(Deno.statSync(`${root}/etc/cytube-bot/credentials`).mode! & 0o777, 0o700);
  Deno.writeTextFileSync(config, "mine");

  Deno.writeTextFileSync(calls, "");
  const again = release.run(["--system"], { env });
  assert.match(again.output, /The service needs no restart/);
  assert.deepEqual(called(), []);
  const waits = release.run(["--system", "--no-start"], { env, version: "1.1.0" });
  assert.match(waits.output, /Not restarted: systemctl restart cytube-bot/);
  assert.deepEqual(called(), ["daemon-reload"]);
  assert.equal(Deno.readTextFileSync(config), "mine");
  assert.equal(release.version(`${root}/usr/local`), "rosey 1.1.0");
  release.run(["--system", "--rollback"], { env });
  assert.deepEqual(called(), ["try-restart cytube-bot.service"]);

  Deno.mkdirSync(`${root}/var/lib/private/rosey`, { recursive: true });
  Deno.symlinkSync("private/rosey", `${root}/var/lib/rosey`);
  release.run(["--system", "--uninstall", "--yes"], { env });
  assert.deepEqual(called(), ["disable --now cytube-bot.service", "daemon-reload"]);
  assert.equal(Deno.readTextFileSync(config), "mine");
  release.run(["--system", "--uninstall", "--purge", "--yes"], { env });
  const left = tree(root).filter((path) => /rosey|cytube/.test(path) && !path.startsWith("usr"));
  assert.deepEqual(left, []);
}, "dash");

row("a machine without systemd is told what to do later", () => {
  using release = new FakeRelease();
  const env = { ROSEY_ROOT: `${release.folder}/root` };
  const { code, output } = release.run(["--system"], { env });
  assert.equal(code, 0, output);
  assert.match(output, /systemd does not run here; later: systemctl daemon-reload/);
}, "dash");

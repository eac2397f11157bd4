import { assert, assertEquals, assertMatch } from "@std/assert";
import { FakeRelease } from "../fakes/release.ts";
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
    assertEquals(code, 0, output);
    assertMatch(output, why);
    assertMatch(output, /; installing the bundled program with Deno instead$/m);
    assertEquals(release.version(), "rosey 1.0.0 bundled");
    // A service must not contact Deno's update server.
    const command = Deno.readTextFileSync(`${release.home}/.local/bin/rosey`);
    assertMatch(command, /^export DENO_NO_UPDATE_CHECK=1$/m);
    release.publish("1.1.0");
    assertEquals(release.run([], { version: "1.1.0" }).code, 0);
    assertEquals(release.version(), "rosey 1.1.0 bundled");
    release.publish("1.2.0");
    assertEquals(release.run([], { version: "1.2.0" }).code, 0);
    const kept = local(release).filter((path) => /program-[^/]+$/.test(path));
    assertMatch(
      kept.join(" "),
      /^lib\/rosey\/program-1\.1\.0-\w{8} lib\/rosey\/program-1\.2\.0-\w{8}$/,
    );
    // Another build with the same version, as from a checkout.
    release.publish("1.2.0", undefined, "built anew");
    assertMatch(release.run([], { version: "1.2.0" }).output, /^Installed rosey 1\.2\.0/m);
    assertEquals(release.version(), "rosey 1.2.0 built anew");
    assertEquals(release.run(["--rollback"]).code, 0);
    assertEquals(release.version(), "rosey 1.2.0 bundled");
    release.run(["--uninstall", "--yes"]);
    assert(!local(release).some((path) => path.startsWith("lib/")));
  }, "dash");
}

row("without Deno the installer gets it from npm", () => {
  using release = new FakeRelease();
  release.program(`${release.bin}/uname`, "case $1 in -s) echo Linux ;; *) echo riscv64 ;; esac");
  const folder = 'while [ "$1" != --prefix ]; do shift; done; bin=$2/node_modules/.bin';
  const deno = `printf '#!/bin/sh\\nexec "${Deno.execPath()}" "$@"\\n' >"$bin/deno"`;
  release.program(`${release.bin}/npm`, folder, 'mkdir -p "$bin"', deno, 'chmod +x "$bin/deno"');
  const { code, output } = release.run([], { env: { PATH: `${release.bin}:/usr/bin:/bin` } });
  assertEquals(code, 0, output);
  assertMatch(output, /Installing Deno from npm/);
  assertEquals(release.version(), "rosey 1.0.0 bundled");
}, "dash");

row("on musl a Deno from npm that does not run is an error with advice", () => {
  using release = new FakeRelease();
  release.program(`${release.bin}/ldd`, "echo 'musl libc (x86_64)' >&2");
  release.program(`${release.bin}/npm`, "exit 0");
  const { code, output } = release.run([], { env: { PATH: `${release.bin}:/usr/bin:/bin` } });
  assertEquals(code, 1);
  assertMatch(
    output,
    /Deno from npm needs glibc; install another Deno \(Alpine: apk add deno\)/,
  );
  assertEquals(local(release).includes("bin/rosey"), false);
}, "dash");

row("a machine with glibc and musl's loader counts as glibc", () => {
  using release = new FakeRelease();
  const root = `${release.folder}/root`;
  Deno.mkdirSync(`${root}/lib`, { recursive: true });
  Deno.writeTextFileSync(`${root}/lib/ld-musl-x86_64.so.1`, "");
  release.program(`${release.bin}/ldd`, "echo 'ldd (GNU libc) 2.36'");
  const { code, output } = release.run([], { env: { ROSEY_ROOT: root } });
  assertEquals(code, 0, output);
  assertEquals(release.version(), "rosey 1.0.0");
}, "dash");

row("a program that does not run here is not installed, and the reason is printed", () => {
  using release = new FakeRelease();
  release.run();
  release.publish("1.1.0", "echo 'GLIBC_2.99 not found' >&2; exit 1");
  const { code, output } = release.run([], { version: "1.1.0" });
  assertEquals(code, 1);
  assertMatch(output, /the new program does not run on this machine: GLIBC_2\.99 not found\n$/);
  assertEquals(release.version(), "rosey 1.0.0");
  assertEquals(local(release).filter((path) => path.startsWith("bin/")), ["bin/rosey"]);
}, "dash");

row("an unsupported system is refused with the alternatives", () => {
  using release = new FakeRelease();
  release.program(`${release.bin}/uname`, "echo Plan9");
  const { code, output } = release.run();
  assertEquals(code, 1);
  assertMatch(output, /Plan9 is not supported: .*run from source with Deno/);
}, "dash");

import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { FakeRelease, tree } from "../fakes/release.ts";
import { serveHttp } from "../fakes/http_server.ts";
import { local, row } from "./row.ts";

row("a user who is not root can install to their own folder only", () => {
  using release = new FakeRelease();
  const as = Deno.uid() === 0
    ? ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    : [];
  if (as.length > 0) Deno.chownSync(release.home, 65534, 65534);
  const own = release.run([], { as });
  assertEquals(own.code, 0, own.output);
  const prefix = `${release.folder}/locked`;
  Deno.mkdirSync(prefix, { mode: 0o555 });
  const { code, output } = release.run(["--prefix", prefix], { as });
  assertEquals(code, 1);
  assertMatch(output, /cannot write to \S+locked: choose another --prefix/);
  assertEquals(tree(prefix), []);
  const system = release.run(["--system"], { as });
  assertEquals([system.code, /needs root/.test(system.output)], [1, true]);
}, "dash");

row("an unknown flag, or a flag without its value, is bad usage", () => {
  using release = new FakeRelease();
  for (
    const [args, said] of [
      [["--sytem"], /^install\.sh: unknown argument: --sytem$/m],
      [["--prefix"], /^install\.sh: --prefix needs a value$/m],
      [["--from", ""], /^install\.sh: --from needs a value$/m],
      [["--purge"], /^install\.sh: --purge goes with --uninstall$/m],
    ] as const
  ) {
    const { code, output } = release.run(args);
    assertEquals(code, 2, args.join());
    assertMatch(output, said);
  }
  assertEquals(release.run(["--help"]).code, 0);
  assertEquals(tree(release.home), []);
}, "dash");

row("a dry run prints what it would do, and changes nothing", () => {
  using release = new FakeRelease();
  for (const args of [["--dry-run"], ["--dry-run", "--system"]]) {
    const { code, output } = release.run(args, { env: { ROSEY_ROOT: `${release.folder}/root` } });
    assertEquals(code, 0, output);
    assertMatch(output, /would run: mv -f \S+ \S+\/bin\/rosey/);
  }
  assertEquals(tree(release.home), []);
  assertThrows(() => Deno.statSync(`${release.folder}/root`), Deno.errors.NotFound);
}, "dash");

row("--quiet prints nothing, and every flag has an environment variable", () => {
  using release = new FakeRelease();
  const prefix = `${release.folder}/elsewhere`;
  const env = { ROSEY_PREFIX: prefix, ROSEY_QUIET: "1" };
  assertEquals(release.run([], { env }), { code: 0, output: "" });
  assertEquals(release.version(prefix), "rosey 1.0.0");
  assertEquals(release.run([], { env: { ...env, ROSEY_ROLLBACK: "0" } }).code, 0);
  const gone = release.run([], { env: { ...env, ROSEY_UNINSTALL: "1", ROSEY_YES: "yes" } });
  assertEquals(gone, { code: 0, output: "" });
  assert(!tree(prefix).includes("bin/rosey"));
}, "dash");

row("installs with a relative prefix, special characters and a strict umask", () => {
  using release = new FakeRelease();
  release.program(`${release.bin}/uname`, "case $1 in -s) echo Linux ;; *) echo riscv64 ;; esac");
  release.program(`${release.bin}/deno`, `exec "${Deno.execPath()}" "$@"`);
  const odd = `it's $HOME "here"`;
  const shell = ["dash", "-c", 'umask 077; exec dash "$@"', "-"];
  const { code, output } = release.run(["--prefix", odd], { shell });
  assertEquals(code, 0, output);
  const prefix = `${release.folder}/${odd}`;
  assertEquals(release.version(prefix), "rosey 1.0.0 bundled");
  const [program] = [...Deno.readDirSync(`${prefix}/lib/rosey`)].map(({ name }) => name);
  for (const path of ["bin/rosey", "bin", "share/rosey", `lib/rosey/${program}`]) {
    assertEquals(Deno.statSync(`${prefix}/${path}`).mode! & 0o555, 0o555, path);
  }
}, "dash");

row("an interrupted installation leaves no files behind", async () => {
  using release = new FakeRelease();
  const { promise: asked, resolve } = Promise.withResolvers<void>();
  const over = Promise.withResolvers<Response>();
  await using server = serveHttp(() => {
    resolve();
    return over.promise;
  });
  const child = new Deno.Command("dash", {
    args: [`${release.files("1.0.0")}/install.sh`],
    env: { HOME: release.home, ROSEY_BASE_URL: server.url },
    stdout: "null",
    stderr: "null",
  }).spawn();
  await asked;
  child.kill("SIGTERM");
  // A shell handles the signal when its foreground command has ended.
  over.resolve(new Response(null, { status: 404 }));
  assertEquals((await child.status).code, 143);
  assertEquals(local(release), ["bin"]);
}, "dash");

row("what it leaves beside the program removes it", () => {
  using release = new FakeRelease();
  release.run();
  const own = `${release.home}/.local/share/rosey/install.sh`;
  const shell = ["dash", "-c", `exec dash ${own} --uninstall --yes`];
  const { code, output } = release.run([], { shell });
  assertEquals(code, 0, output);
  assert(!local(release).some((path) => Deno.statSync(`${release.home}/.local/${path}`).isFile));
}, "dash");

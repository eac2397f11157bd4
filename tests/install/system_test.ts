import { assertEquals, assertGreaterOrEqual, assertMatch } from "@std/assert";
import { FakeRelease, tree } from "../fakes/release.ts";
import { row } from "./row.ts";

row("the whole machine: units, configuration, restart only after a change, purge", () => {
  using release = new FakeRelease();
  release.publish("1.1.0");
  const root = `${release.folder}/root`;
  Deno.mkdirSync(`${root}/run/systemd/system`, { recursive: true });
  const calls = `${release.folder}/calls`;
  // Fails for a missing unit, as the real systemctl does.
  release.program(
    `${release.bin}/systemctl`,
    `echo "$*" >>${calls}`,
    `case $1 in disable) [ -e "${root}/etc/systemd/system/$(echo "$3" | sed s/@.*/@.service/)" ] ;; esac`,
  );
  const called = () => {
    const lines = Deno.readTextFileSync(calls).trim().split("\n");
    Deno.writeTextFileSync(calls, "");
    return lines.filter(Boolean);
  };
  const env = { ROSEY_ROOT: root };
  const first = release.run(["--system"], { env });
  assertEquals(first.code, 0, first.output);
  assertMatch(first.output, /^\+ mv -f \S+ \S+\/usr\/local\/bin\/rosey$/m);
  assertEquals(called(), [
    "daemon-reload",
    "try-restart cytube-bot.service cytube-bot@*.service",
  ]);
  const config = `${root}/etc/cytube-bot/config.json`;
  assertEquals(Deno.readTextFileSync(config), "config.json.dist of 1.0.0\n");
  assertEquals(Deno.statSync(`${root}/etc/cytube-bot/credentials`).mode! & 0o777, 0o700);
  Deno.writeTextFileSync(config, "mine");

  Deno.writeTextFileSync(calls, "");
  const again = release.run(["--system"], { env });
  assertMatch(again.output, /The service needs no restart/);
  assertEquals(called(), []);
  const waits = release.run(["--system", "--no-start"], { env, version: "1.1.0" });
  assertMatch(waits.output, /Not restarted: systemctl restart cytube-bot/);
  assertEquals(called(), ["daemon-reload"]);
  assertEquals(Deno.readTextFileSync(config), "mine");
  assertEquals(release.version(`${root}/usr/local`), "rosey 1.1.0");
  release.run(["--system", "--rollback"], { env });
  assertEquals(called(), ["try-restart cytube-bot.service cytube-bot@*.service"]);

  Deno.mkdirSync(`${root}/var/lib/private/rosey`, { recursive: true });
  Deno.symlinkSync("private/rosey", `${root}/var/lib/rosey`);
  const units = `${root}/etc/systemd/system`;
  Deno.mkdirSync(`${units}/multi-user.target.wants`);
  Deno.mkdirSync(`${units}/cytube-bot.service.d`);
  Deno.symlinkSync(
    "../cytube-bot@.service",
    `${units}/multi-user.target.wants/cytube-bot@movies.service`,
  );
  const gone = release.run(["--system", "--uninstall", "--yes"], { env });
  assertEquals(gone.code, 0, gone.output);
  assertEquals(called(), [
    "disable --now cytube-bot.service",
    "disable --now cytube-bot@movies.service",
    "stop cytube-bot@*.service",
    "daemon-reload",
  ]);
  assertEquals(Deno.readTextFileSync(config), "mine");
  assertMatch(gone.output, /Kept the configuration and state in \/etc\/cytube-bot/);
  const purged = release.run(["--system", "--uninstall", "--purge", "--yes"], { env });
  assertEquals(purged.code, 0, purged.output);
  const left = tree(root).filter((path) => /rosey|cytube/.test(path));
  assertEquals(left, []);
}, "dash");

row("without systemd the commands to run later are printed", () => {
  using release = new FakeRelease();
  const env = { ROSEY_ROOT: `${release.folder}/root` };
  const { code, output } = release.run(["--system"], { env });
  assertEquals(code, 0, output);
  assertMatch(output, /systemd is not running; run this later: systemctl daemon-reload/);
}, "dash");

row("every command that changes the machine is shown before it runs", () => {
  using release = new FakeRelease();
  const root = `${release.folder}/root`;
  Deno.mkdirSync(`${root}/run/systemd/system`, { recursive: true });
  const ran = `${release.folder}/ran`;
  for (const tool of ["mkdir", "cp", "mv", "chmod", "rm", "rmdir", "tar", "sed"]) {
    release.program(
      `${release.bin}/${tool}`,
      `echo "${tool} $*" >>${ran}`,
      `exec /usr/bin/${tool} "$@"`,
    );
  }
  release.program(`${release.bin}/systemctl`, `echo "systemctl $*" >>${ran}`);
  const env = { ROSEY_ROOT: root };
  for (const args of [[], ["--rollback"], ["--uninstall", "--purge", "--yes"]]) {
    Deno.writeTextFileSync(ran, "");
    if (args[0] === "--rollback") {
      Deno.mkdirSync(`${root}/usr/local/lib/rosey`, { recursive: true });
      Deno.copyFileSync(`${root}/usr/local/bin/rosey`, `${root}/usr/local/lib/rosey/previous`);
    }
    const { code, output } = release.run(["--system", ...args], { env });
    assertEquals(code, 0, output);
    const shown = output.split("\n").filter((line) => line.startsWith("+ "));
    const commands = Deno.readTextFileSync(ran).trim().split("\n");
    assertGreaterOrEqual(commands.length, 3);
    // The staging folder is removed twice: by name, and by the trap, which prints nothing.
    const silent = commands.filter((line) => !shown.some((shown) => shown.startsWith(`+ ${line}`)));
    assertEquals(silent, [], output);
  }
}, "dash");

row("--prefix applies to the units, too; a prefix with special characters is refused", () => {
  using release = new FakeRelease();
  const root = `${release.folder}/root`;
  const env = { ROSEY_ROOT: root };
  const { code, output } = release.run(["--system", "--prefix", `${root}/opt/rosey`], { env });
  assertEquals(code, 0, output);
  const unit = Deno.readTextFileSync(`${root}/etc/systemd/system/cytube-bot@.service`);
  assertEquals(unit, "ExecStart=/opt/rosey/bin/rosey run of 1.0.0\n");
  const odd = release.run(["--system", "--prefix", `${root}/opt/%i`], { env });
  assertEquals(odd.code, 2);
  assertMatch(odd.output, /with --system the prefix may contain only/);
}, "dash");

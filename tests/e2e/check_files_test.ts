import { assert, assertEquals } from "@std/assert";
import { DemoChannel } from "../../src/demo/channel/server.ts";
import { Child } from "../fakes/child.ts";
import { inWorld, snapshot } from "../fakes/state_world.ts";
import { test } from "../testing.ts";
import { program } from "./rosey.ts";

/** What `rosey check` finds, with these files named in a configuration beside them. */
async function findings(dir: string, files: Record<string, string>): Promise<string[]> {
  await using channel = await DemoChannel.start({});
  const path = Deno.makeTempFileSync({ suffix: ".json" });
  const named = Object.entries(files).map(([setting, name]) => [setting, `${dir}/${name}`]);
  const config = { domain: channel.url, channel: "demo", user: "Rosey" };
  Deno.writeTextFileSync(path, JSON.stringify({ ...config, ...Object.fromEntries(named) }));
  try {
    const { command, args } = program();
    const { stdout } = await new Deno.Command(command, {
      args: [...args, "check", "--config", path, "--json"],
      cwd: new URL("../../", import.meta.url),
      stderr: "inherit",
    }).output();
    const result = JSON.parse(new TextDecoder().decode(stdout));
    return result.findings.filter(({ found }: { found: string }) => found.includes("_file"))
      .map(({ level, found, advice }: { level: string; found: string; advice: string }) =>
        `${level}: ${found.replaceAll(dir, "DIR")} → ${advice}`
      );
  } finally {
    Deno.removeSync(path);
  }
}

test(
  "check leaves a running bot's memory untouched, and makes no file that a starting bot would find",
  () =>
    inWorld(async ({ dir, path }) => {
      await using holder = new Child({ prefix: [], script: "state_holder.ts", args: [path] });
      await holder.line(/^open$/);
      await holder.write("alice");
      await holder.line(/^wrote alice$/);
      const before = snapshot(dir);
      using watcher = Deno.watchFs(dir);
      const files = { state_file: "rosey.db", chat_log_file: "chat.log" };
      assertEquals(await findings(dir, files), []);
      assertEquals(snapshot(dir), before);
      Deno.writeTextFileSync(`${dir}/end`, "");
      for await (const { paths } of watcher) {
        assert(!paths.some((seen) => seen.endsWith("chat.log")), "chat.log was made");
        if (paths.some((seen) => seen.endsWith("end"))) break;
      }
      await holder.write("bob");
      await holder.line(/^wrote bob$/);
      assertEquals(holder.lines.filter((line) => line.startsWith("<")), []);
    }),
  { needs: "linux" },
);

test("check says which file cannot be the memory, and leaves it as it is", () =>
  inWorld(async ({ dir, path }) => {
    Deno.writeTextFileSync(path, "somebody's notes");
    const before = snapshot(dir);
    assertEquals(await findings(dir, { state_file: "rosey.db" }), [
      "warning: state_file: cannot use DIR/rosey.db: it is not a database → set state_file to another path, or move the file away",
    ]);
    assertEquals(snapshot(dir), before);
  }));

test(
  "check does not wait for the other end of a pipe that is to be the memory",
  () =>
    inWorld(async ({ dir, path }) => {
      await new Deno.Command("mkfifo", { args: [path] }).output();
      assertEquals(await findings(dir, { state_file: "rosey.db" }), [
        "warning: state_file: cannot use DIR/rosey.db: it is not a file → name another file, or let the bot read and write it",
      ]);
    }),
  { needs: "linux" },
);

import {
  assert,
  assertEquals,
  assertGreater,
  assertGreaterOrEqual,
  assertMatch,
} from "@std/assert";
import { StateFile } from "../../src/storage/key_value_store.ts";
import { Child } from "../fakes/child.ts";
import { FakeClock } from "../fakes/clock.ts";
import { inWorld, names, open, remembered } from "../fakes/state_world.ts";
import { test } from "../testing.ts";

test(
  "state file that was removed starts empty and keeps later changes",
  () =>
    inWorld(({ dir, path, log }) => {
      const clock = new FakeClock();
      using state = open(path, clock);
      state.put("history", "alice", 1);
      clock.advance(1000);
      for (const name of names(dir)) Deno.removeSync(`${dir}/${name}`);
      state.put("history", "bob", 2);
      clock.advance(1000);
      assertEquals(state.entries("history"), [["bob", 2]]);
      assertEquals(log(), [
        "<4>DIR/rosey.db was removed: a new one holds what changes from now on",
      ]);
    }),
  { needs: "linux" },
);

test(
  "state file that cannot be written says so once, and writes later what it could not",
  () =>
    inWorld(({ dir, log }) => {
      const clock = new FakeClock();
      const folder = `${dir}/folder`;
      Deno.mkdirSync(folder);
      using state = open(`${folder}/rosey.db`, clock);
      Deno.renameSync(folder, `${dir}/elsewhere`);
      state.put("history", "alice", 1);
      clock.advance(1000);
      state.put("history", "bob", 2);
      clock.advance(30_000);
      assertEquals(log().map((line) => line.replace(/: open .*;/, ";")), [
        "<3>Cannot write DIR/folder/rosey.db: No such file or directory (os error 2); what changes now may be forgotten",
      ]);
      Deno.mkdirSync(folder);
      clock.advance(10_000);
      assertEquals(log().slice(1), [
        "<4>DIR/folder/rosey.db was removed: a new one holds what changes from now on",
        "<6>DIR/folder/rosey.db can be written again",
      ]);
      assertEquals(state.entries("history"), [["alice", 1], ["bob", 2]]);
    }),
  { needs: "linux" },
);

test(
  "state file that cannot be written keeps privacy changes beside any number of cooldowns",
  () =>
    inWorld(({ dir }) => {
      const clock = new FakeClock();
      const folder = `${dir}/folder`;
      Deno.mkdirSync(folder);
      using state = open(`${folder}/rosey.db`, clock);
      state.put("history", "alice", 1);
      clock.advance(1000);
      Deno.renameSync(folder, `${dir}/elsewhere`);
      state.clear("history");
      state.put("optout", "bob", true);
      for (let name = 0; name < 26_000; name++) state.put("cooldown", `user${name}`, name);
      state.put("history", "carol", 2);
      clock.advance(1000);
      Deno.renameSync(`${dir}/elsewhere`, folder);
      clock.advance(10_000);
      assertEquals(state.entries("history"), [["carol", 2]]);
      assertEquals(state.entries("optout"), [["bob", true]]);
      const cooldowns = state.entries("cooldown");
      assertEquals([cooldowns.length, cooldowns.at(-1)], [5000, ["user25999", 25_999]]);
    }),
  { needs: "linux" },
);

test(
  "state file never writes into a file that replaced it",
  () =>
    inWorld(({ dir, path, log }) => {
      const clock = new FakeClock();
      using state = open(path, clock);
      Deno.renameSync(path, `${dir}/moved`);
      Deno.writeTextFileSync(path, "somebody's notes");
      state.put("history", "alice", 1);
      clock.advance(20_000);
      assertEquals(Deno.readTextFileSync(path), "somebody's notes");
      assertEquals(log(), [
        "<3>Cannot write DIR/rosey.db: another file has taken its place; what changes now may be forgotten",
      ]);
    }),
  { needs: "linux" },
);

test(
  "state file of a process that was killed during a write has the last written values",
  () =>
    inWorld(async ({ path, log }) => {
      for (let round = 0; round < 3; round++) {
        const args = [path, "write"];
        await using holder = new Child({ prefix: [], script: "state_holder.ts", args });
        await holder.line(/^change 300$/);
        await holder.kill();
        using state = open(path);
        const alice = state.entries("history").find(([name]) => name === "alice")![1];
        const { change } = alice as { change: number };
        assertGreaterOrEqual(change, 299, String(change));
        // Both were put together.
        assertEquals(state.entries("cooldown"), [["alice", change]]);
        state.put("optout", "round", round);
        assertEquals(state.entries("optout"), [["round", round]]);
      }
      assertEquals(log(), []);
    }),
  { needs: "linux" },
);

test(
  "state file on a full disk says so once, and loses neither the file nor the process",
  () =>
    inWorld(async ({ path, log }) => {
      await using holder = new Child({
        // No file may become larger than 512 kB: writing fails as on a full disk.
        prefix: ["sh", "-c", `trap '' XFSZ; ulimit -f 1024; exec "$@"`, "sh"],
        script: "state_holder.ts",
        args: [path, "write"],
      });
      await holder.line(/^<3>Cannot write/);
      await holder.line(/^change 1000$/);
      await holder.kill();
      const [error, ...others] = holder.lines.filter((line) => line.startsWith("<"));
      assertEquals(others, []);
      assertMatch(
        error!,
        /^<3>Cannot write .*rosey\.db: (?:database or disk is full|disk I\/O error); what changes now may be forgotten$/,
      );
      assertGreater(remembered(path, "history").length, 1);
      assertEquals(log(), []);
    }),
  { needs: "linux" },
);

for (
  const [what, at, reason] of [
    ["a missing folder", "no/folder/rosey.db", /No such file or directory/],
    ["a folder below a file", "file/rosey.db", /Not a directory/],
    ["a folder in its place", "folder", /it is not a file/],
    ["a device", "/dev/full", /it is not a file/],
  ] as const
) {
  test(
    `state file: with ${what} there is none, and a warning`,
    () =>
      inWorld(({ dir, log }) => {
        Deno.writeTextFileSync(`${dir}/file`, "a file");
        Deno.mkdirSync(`${dir}/folder`);
        const path = at.startsWith("/") ? at : `${dir}/${at}`;
        assertEquals(StateFile.open(path), undefined);
        const [warning, ...others] = log();
        assertEquals(others, []);
        assert(warning!.startsWith(`<4>Cannot keep a memory in ${path.replace(dir, "DIR")}: `));
        assertMatch(warning!, reason);
        assert(warning!.endsWith("; the bot runs without memory"));
        assertEquals(names(dir), ["file", "folder"]);
      }),
    { needs: "linux" },
  );
}

import { assertEquals, assertMatch, assertNotMatch } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { FakeClock } from "../fakes/clock.ts";
import { inWorld, names, open, remembered } from "../fakes/state_world.ts";
import { test } from "../testing.ts";

/** As it is on disk while the bot has it open. */
function rawBytes(path: string): string {
  return [path, `${path}-wal`]
    .map((file) => new TextDecoder("latin1").decode(Deno.readFileSync(file)))
    .join("");
}

test("state file survives a restart, each kind apart, the longest unchanged first", () =>
  inWorld(({ path, log }) => {
    const talk = [{ role: "user", content: 'what\u0000 is "on"?\n\ud800' }];
    {
      using state = open(path);
      state.put("history", "alice", talk);
      state.put("history", "bob", []);
      state.put("optout", "alice", true);
      state.put("history", "__proto__", { a: null });
      state.put("history", "a\u0000b", 1);
      state.put("history", "bob", ["again"]);
      state.put("ignore", "gone", 1);
      state.remove("ignore", "gone");
    }
    {
      using state = open(path);
      assertEquals(state.entries("history"), [
        ["alice", talk],
        ["__proto__", { a: null }],
        ["a\u0000b", 1],
        ["bob", ["again"]],
      ]);
      assertEquals(state.entries("ignore"), []);
      state.put("history", "alice", "changed");
    }
    assertEquals(remembered(path, "history").map(([name]) => name), [
      "__proto__",
      "a\u0000b",
      "bob",
      "alice",
    ]);
    assertEquals(remembered(path, "optout"), [["alice", true]]);
    assertEquals(log(), []);
  }));

test("state file keeps a value as it was when it was put", () =>
  inWorld(({ path }) => {
    {
      using state = open(path);
      const value = ["first"];
      state.put("history", "alice", value);
      value.push("second");
      state.put("cooldown", "alice", undefined);
    }
    assertEquals(remembered(path, "history"), [["alice", ["first"]]]);
    assertEquals(remembered(path, "cooldown"), [["alice", null]]);
  }));

test("state file is written a second after the first change, all changes at once", () =>
  inWorld(({ path }) => {
    const clock = new FakeClock();
    using state = open(path, clock);
    const before = rawBytes(path);
    state.put("history", "alice", "one");
    clock.advance(900);
    state.put("history", "alice", "two");
    assertEquals(rawBytes(path), before);
    clock.advance(100);
    assertEquals(clock.pending, 0);
    assertMatch(rawBytes(path), /"alice""two"/);
    assertNotMatch(rawBytes(path), /"one"/);
  }));

test("state file applies changes in their order", () =>
  inWorld(({ path }) => {
    {
      using state = open(path);
      state.put("history", "in the file", 1);
      state.put("ignore", "of another kind", 1);
    }
    {
      using state = open(path);
      state.put("history", "before", 1);
      state.remove("history", "in the file");
      state.clear("history");
      state.put("history", "after", 1);
      state.put("history", "removed", 1);
      state.remove("history", "removed");
      state.remove("history", "put again");
      state.put("history", "put again", 2);
      assertEquals(state.entries("history"), [["after", 1], ["put again", 2]]);
    }
    assertEquals(remembered(path, "history"), [["after", 1], ["put again", 2]]);
    assertEquals(remembered(path, "ignore"), [["of another kind", 1]]);
  }));

test("state file holds nothing of what was forgotten, not even in its journal", () =>
  inWorld(({ path }) => {
    for (const forget of ["remove", "clear"] as const) {
      const clock = new FakeClock();
      using state = open(path, clock);
      state.put("history", "alice", "my secret words");
      state.put("history", "bob", "stays, or not");
      clock.advance(1000);
      assertMatch(rawBytes(path), /my secret words/);
      if (forget === "remove") state.remove("history", "alice");
      else state.clear("history");
      clock.advance(1000);
      assertNotMatch(rawBytes(path), /my secret words/);
    }
  }));

test("state file is readable by its owner only", () =>
  inWorld(({ dir, path }) => {
    Deno.writeTextFileSync(path, "", { mode: 0o644 });
    using state = open(path);
    using other = open(`${dir}/new.db`);
    state.put("history", "alice", 1);
    other.put("history", "alice", 1);
    for (const name of names(dir)) {
      assertEquals((Deno.statSync(`${dir}/${name}`).mode! & 0o777).toString(8), "600", name);
    }
  }), { needs: "linux" });

test("state file keeps the 5000 entries of a kind that were changed last", () =>
  inWorld(({ path }) => {
    const clock = new FakeClock();
    using state = open(path, clock);
    for (let name = 0; name < 5000; name++) state.put("cooldown", `user${name}`, name);
    clock.advance(1000);
    state.put("cooldown", "user0", "changed");
    state.put("cooldown", "last", 1);
    state.put("history", "other kind", 1);
    const all = state.entries("cooldown");
    assertEquals(all.length, 5000);
    assertEquals(all.slice(0, 2), [["user2", 2], ["user3", 3]]);
    assertEquals(all.slice(-2), [["user0", "changed"], ["last", 1]]);
    assertEquals(state.entries("history"), [["other kind", 1]]);
  }));

test("state file with more entries keeps the last 5000 and deletes the others", () =>
  inWorld(({ path }) => {
    open(path)[Symbol.dispose]();
    const count = (database: DatabaseSync) =>
      database.prepare("SELECT count(*) AS rows FROM entry").get()!.rows;
    const before = new DatabaseSync(path);
    before.exec(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 6000)
      INSERT INTO entry (kind, name, value) SELECT 'ignore', '"user' || i || '"', i FROM n`);
    assertEquals(count(before), 6000);
    before.close();
    {
      using state = open(path);
      const all = state.entries("ignore");
      assertEquals([all.length, all[0]], [5000, ["user1001", 1001]]);
      state.remove("ignore", "user1001");
    }
    const after = new DatabaseSync(path);
    assertEquals(count(after), 4999);
    after.close();
  }));

test("state file leaves out what cannot be read, and says so once", () =>
  inWorld(({ path, log }) => {
    open(path)[Symbol.dispose]();
    const database = new DatabaseSync(path);
    database.exec(`INSERT INTO entry (kind, name, value) VALUES
      ('ignore', '"a"', 'no JSON'), ('ignore', '"b"', '2'), ('ignore', 'c', '3')`);
    database.close();
    assertEquals(remembered(path, "ignore"), [["b", 2]]);
    assertEquals(log(), [
      "<4>Cannot read 2 of the entries of ignore in DIR/rosey.db: they are left out",
    ]);
  }));

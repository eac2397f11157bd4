import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { setupLogging } from "../src/log.ts";
import { StateFile, type StateKind } from "../src/state_file.ts";
import { Child } from "./fakes/child.ts";
import { FakeClock } from "./fakes/clock.ts";
import { test } from "./testing.ts";

/** A folder, and what is logged meanwhile; the folder is `DIR` in it, the time of day `TIME`. */
interface World {
  readonly dir: string;
  readonly path: string;
  log(): string[];
}

async function inWorld(run: (world: World) => void | Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir({ prefix: "rosey-state-" });
  const lines: string[] = [];
  const write = (line: string) => void lines.push(line);
  const log = () =>
    lines.map((line) => line.replaceAll(dir, "DIR").replace(/\d{8}T\d{6}\.\d{3}Z/, "TIME"));
  try {
    await using _logging = await setupLogging({ level: "DEBUG", format: "journal", write });
    await run({ dir, path: `${dir}/rosey.db`, log });
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

function open(path: string, clock?: FakeClock): StateFile {
  const state = StateFile.open(path, { clock });
  assert.ok(state, "it was not opened");
  return state;
}

/** What a new start finds. */
function remembered(path: string, kind: StateKind): [string, unknown][] {
  using state = open(path);
  return state.entries(kind);
}

const names = (folder: string) => Array.from(Deno.readDirSync(folder), ({ name }) => name).sort();
const nameless = (folder: string) =>
  names(folder).map((name) => name.replace(/\d{8}T\d{6}\.\d{3}Z/, "TIME"));

/** As it is on disk while the bot has it open. */
function rawBytes(path: string): string {
  return [path, `${path}-wal`]
    .map((file) => new TextDecoder("latin1").decode(Deno.readFileSync(file)))
    .join("");
}

test("memory on disk survives a restart, each kind apart, the longest unchanged first", () =>
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
      assert.deepEqual(state.entries("history"), [
        ["alice", talk],
        ["__proto__", { a: null }],
        ["a\u0000b", 1],
        ["bob", ["again"]],
      ]);
      assert.deepEqual(state.entries("ignore"), []);
      state.put("history", "alice", "changed");
    }
    assert.deepEqual(remembered(path, "history").map(([name]) => name), [
      "__proto__",
      "a\u0000b",
      "bob",
      "alice",
    ]);
    assert.deepEqual(remembered(path, "optout"), [["alice", true]]);
    assert.deepEqual(log(), []);
  }));

test("memory on disk keeps a value as it was when it was put", () =>
  inWorld(({ path }) => {
    {
      using state = open(path);
      const value = ["first"];
      state.put("history", "alice", value);
      value.push("second");
      state.put("cooldown", "alice", undefined);
    }
    assert.deepEqual(remembered(path, "history"), [["alice", ["first"]]]);
    assert.deepEqual(remembered(path, "cooldown"), [["alice", null]]);
  }));

test("memory on disk is written a second after the first change, all changes at once", () =>
  inWorld(({ path }) => {
    const clock = new FakeClock();
    using state = open(path, clock);
    const before = rawBytes(path);
    state.put("history", "alice", "one");
    clock.advance(900);
    state.put("history", "alice", "two");
    assert.equal(rawBytes(path), before);
    clock.advance(100);
    assert.equal(clock.pending, 0);
    assert.match(rawBytes(path), /"alice""two"/);
    assert.doesNotMatch(rawBytes(path), /"one"/);
  }));

test("memory on disk forgets in the order of the changes", () =>
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
      assert.deepEqual(state.entries("history"), [["after", 1], ["put again", 2]]);
    }
    assert.deepEqual(remembered(path, "history"), [["after", 1], ["put again", 2]]);
    assert.deepEqual(remembered(path, "ignore"), [["of another kind", 1]]);
  }));

test("memory on disk holds nothing of what was forgotten, not even in its journal", () =>
  inWorld(({ path }) => {
    for (const forget of ["remove", "clear"] as const) {
      const clock = new FakeClock();
      using state = open(path, clock);
      state.put("history", "alice", "my secret words");
      state.put("history", "bob", "stays, or not");
      clock.advance(1000);
      assert.match(rawBytes(path), /my secret words/);
      if (forget === "remove") state.remove("history", "alice");
      else state.clear("history");
      clock.advance(1000);
      assert.doesNotMatch(rawBytes(path), /my secret words/);
    }
  }));

test("memory on disk is for its owner's eyes", () =>
  inWorld(({ dir, path }) => {
    Deno.writeTextFileSync(path, "", { mode: 0o644 });
    using state = open(path);
    using other = open(`${dir}/new.db`);
    state.put("history", "alice", 1);
    other.put("history", "alice", 1);
    for (const name of names(dir)) {
      assert.equal((Deno.statSync(`${dir}/${name}`).mode! & 0o777).toString(8), "600", name);
    }
  }), { needs: "linux" });

test("memory on disk keeps the 5000 entries of a kind that were changed last", () =>
  inWorld(({ path }) => {
    const clock = new FakeClock();
    using state = open(path, clock);
    for (let name = 0; name < 5000; name++) state.put("cooldown", `user${name}`, name);
    clock.advance(1000);
    state.put("cooldown", "user0", "changed");
    state.put("cooldown", "last", 1);
    state.put("history", "other kind", 1);
    const all = state.entries("cooldown");
    assert.equal(all.length, 5000);
    assert.deepEqual(all.slice(0, 2), [["user2", 2], ["user3", 3]]);
    assert.deepEqual(all.slice(-2), [["user0", "changed"], ["last", 1]]);
    assert.deepEqual(state.entries("history"), [["other kind", 1]]);
  }));

test("memory on disk with more entries than that gives the last, and deletes the others", () =>
  inWorld(({ path }) => {
    open(path)[Symbol.dispose]();
    const count = (database: DatabaseSync) =>
      database.prepare("SELECT count(*) AS rows FROM entry").get()!.rows;
    const before = new DatabaseSync(path);
    before.exec(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 6000)
      INSERT INTO entry (kind, name, value) SELECT 'ignore', '"user' || i || '"', i FROM n`);
    assert.equal(count(before), 6000);
    before.close();
    {
      using state = open(path);
      const all = state.entries("ignore");
      assert.deepEqual([all.length, all[0]], [5000, ["user1001", 1001]]);
      state.remove("ignore", "user1001");
    }
    const after = new DatabaseSync(path);
    assert.equal(count(after), 4999);
    after.close();
  }));

test("memory on disk leaves out what cannot be read, and says so once", () =>
  inWorld(({ path, log }) => {
    open(path)[Symbol.dispose]();
    const database = new DatabaseSync(path);
    database.exec(`INSERT INTO entry (kind, name, value) VALUES
      ('ignore', '"a"', 'no JSON'), ('ignore', '"b"', '2'), ('ignore', 'c', '3')`);
    database.close();
    assert.deepEqual(remembered(path, "ignore"), [["b", 2]]);
    assert.deepEqual(log(), [
      "<4>Cannot read 2 of the entries of ignore in DIR/rosey.db: they are left out",
    ]);
  }));

test(
  "memory on disk that was removed begins anew with what changes from then on",
  () =>
    inWorld(({ dir, path, log }) => {
      const clock = new FakeClock();
      using state = open(path, clock);
      state.put("history", "alice", 1);
      clock.advance(1000);
      for (const name of names(dir)) Deno.removeSync(`${dir}/${name}`);
      state.put("history", "bob", 2);
      clock.advance(1000);
      assert.deepEqual(state.entries("history"), [["bob", 2]]);
      assert.deepEqual(log(), [
        "<4>DIR/rosey.db was removed: a new one holds what changes from now on",
      ]);
    }),
  { needs: "linux" },
);

test(
  "memory on disk that cannot be written says so once, and writes later what it could not",
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
      assert.deepEqual(log().map((line) => line.replace(/: open .*;/, ";")), [
        "<3>Cannot write DIR/folder/rosey.db: No such file or directory (os error 2); what changes now may be forgotten",
      ]);
      Deno.mkdirSync(folder);
      clock.advance(10_000);
      assert.deepEqual(log().slice(1), [
        "<4>DIR/folder/rosey.db was removed: a new one holds what changes from now on",
        "<6>DIR/folder/rosey.db can be written again",
      ]);
      assert.deepEqual(state.entries("history"), [["alice", 1], ["bob", 2]]);
    }),
  { needs: "linux" },
);

test(
  "memory on disk never writes into a file that took its place",
  () =>
    inWorld(({ dir, path, log }) => {
      const clock = new FakeClock();
      using state = open(path, clock);
      Deno.renameSync(path, `${dir}/moved`);
      Deno.writeTextFileSync(path, "somebody's notes");
      state.put("history", "alice", 1);
      clock.advance(20_000);
      assert.equal(Deno.readTextFileSync(path), "somebody's notes");
      assert.deepEqual(log(), [
        "<3>Cannot write DIR/rosey.db: another file has taken its place; what changes now may be forgotten",
      ]);
    }),
  { needs: "linux" },
);

/** Files that cannot be her memory, made at a path. */
const UNFIT: Record<string, { readonly found: string; make(path: string): void }> = {
  "garbage": {
    found: "it is not a database",
    make: (path) => Deno.writeTextFileSync(path, "garbage ".repeat(2000)),
  },
  "a truncated file": {
    found: "it is damaged",
    make: (path) => {
      fill(path);
      Deno.truncateSync(path, Deno.statSync(path).size / 2 | 0);
    },
  },
  "a file cut off within its head": {
    found: "it is damaged",
    make: (path) => {
      fill(path);
      Deno.truncateSync(path, 50);
    },
  },
  "a file with a damaged page": {
    found: "it is damaged",
    make: (path) => {
      fill(path);
      const bytes = Deno.readFileSync(path);
      bytes.fill(0xff, bytes.length - 8000, bytes.length - 3000);
      Deno.writeFileSync(path, bytes);
    },
  },
  "another program's database": {
    found: "it is another program's database",
    make: (path) => execute(path, "CREATE TABLE places (url TEXT); PRAGMA user_version = 1"),
  },
  "a file of a later version": {
    found: "it has version 2, and this program knows 1",
    make: (path) => {
      fill(path);
      execute(path, "PRAGMA user_version = 2");
    },
  },
  "a file without her tables": {
    found: "its tables are not hers",
    make: (path) => {
      fill(path);
      execute(path, "DROP TABLE entry");
    },
  },
  "a file larger than she makes": {
    found: "it is larger than she ever makes it (200000000 bytes)",
    make: (path) => {
      Deno.writeTextFileSync(path, "");
      Deno.truncateSync(path, 200_000_000);
    },
  },
};

function fill(path: string): void {
  using state = open(path);
  for (let name = 0; name < 50; name++) state.put("history", `user${name}`, "x".repeat(1000));
}

function head(path: string): Uint8Array {
  using file = Deno.openSync(path);
  const bytes = new Uint8Array(10_000);
  file.readSync(bytes);
  return bytes;
}

function execute(path: string, sql: string): void {
  const database = new DatabaseSync(path);
  database.exec(sql);
  database.close();
}

for (const [what, { found, make }] of Object.entries(UNFIT)) {
  test(`memory on disk: ${what} is moved aside as it is, and another one begun`, () =>
    inWorld(({ dir, path, log }) => {
      make(path);
      const size = Deno.statSync(path).size;
      const content = head(path);
      {
        using state = open(path);
        assert.deepEqual(state.entries("history"), []);
        state.put("history", "alice", 1);
      }
      assert.deepEqual(log(), [
        `<4>Cannot use DIR/rosey.db as memory: ${found}; it is now DIR/rosey.db.aside-TIME, and she begins with an empty memory`,
      ]);
      assert.deepEqual(nameless(dir), ["rosey.db", "rosey.db.aside-TIME"]);
      const aside = `${dir}/${names(dir)[1]}`;
      assert.equal(Deno.statSync(aside).size, size);
      assert.deepEqual(head(aside), content);
      assert.deepEqual(remembered(path, "history"), [["alice", 1]]);
      assert.equal(log().length, 1);
    }));
}

test("memory on disk: five files that were moved aside are kept, with what belongs to them", () =>
  inWorld(async ({ dir, path }) => {
    Deno.writeTextFileSync(`${path}.aside-notes`, "the operator's");
    for (let at = 0; at < 7; at++) {
      Deno.writeTextFileSync(path, `garbage ${at}`.repeat(100));
      Deno.writeTextFileSync(`${path}-wal`, `journal ${at}`);
      open(path)[Symbol.dispose]();
      // They are named after the millisecond.
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    assert.deepEqual(nameless(dir), [
      "rosey.db",
      ...Array(5).fill(["rosey.db.aside-TIME", "rosey.db.aside-TIME-wal"]).flat(),
      "rosey.db.aside-notes",
    ]);
    const [, oldest, itsJournal] = names(dir);
    assert.match(Deno.readTextFileSync(`${dir}/${oldest}`), /^garbage 2/);
    assert.equal(Deno.readTextFileSync(`${dir}/${itsJournal}`), "journal 2");
  }));

test(
  "memory on disk that another process has open is moved aside, and that one stops writing",
  () =>
    inWorld(async ({ dir, path, log }) => {
      fill(path);
      await using holder = new Child({
        prefix: [],
        script: "state_holder.ts",
        args: [path],
      });
      await holder.line(/^open$/);
      {
        using state = open(path);
        assert.deepEqual(state.entries("history"), []);
        state.put("history", "bob", "mine");
        await holder.write("alice");
        await holder.line(
          /^<3>Cannot write .*: another file has taken its place; what changes now may be forgotten$/,
        );
      }
      await holder.kill();
      assert.deepEqual(remembered(path, "history"), [["bob", "mine"]]);
      assert.deepEqual(log(), [
        "<4>Cannot use DIR/rosey.db as memory: another process has it open (each bot needs a file of its own); it is now DIR/rosey.db.aside-TIME, and she begins with an empty memory",
      ]);
      assert.deepEqual(nameless(dir), [
        "rosey.db",
        "rosey.db.aside-TIME",
        "rosey.db.aside-TIME-wal",
      ]);
    }),
  { needs: "linux" },
);

test(
  "memory on disk that a process was killed over, while it wrote, is read as it was written last",
  () =>
    inWorld(async ({ path, log }) => {
      for (let round = 0, last = 0; round < 3; round++) {
        await using holder = new Child({
          prefix: [],
          script: "state_holder.ts",
          args: [path, "write"],
        });
        await holder.line(/^change 300$/);
        await holder.kill();
        using state = open(path);
        const alice = state.entries("history").find(([name]) => name === "alice")![1];
        const { change } = alice as { change: number };
        assert.ok(change >= 299, String(change));
        // Both were put together.
        assert.deepEqual(state.entries("cooldown"), [["alice", change]]);
        state.put("optout", "round", round);
        last = round;
        assert.deepEqual(state.entries("optout"), [["round", last]]);
      }
      assert.deepEqual(log(), []);
    }),
  { needs: "linux" },
);

test(
  "memory on a full disk says so once, and loses neither the file nor the process",
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
      assert.deepEqual(others, []);
      assert.match(
        error!,
        /^<3>Cannot write .*rosey\.db: (?:database or disk is full|disk I\/O error); what changes now may be forgotten$/,
      );
      assert.ok(remembered(path, "history").length > 1);
      assert.deepEqual(log(), []);
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
    `memory on disk: with ${what} there is none, and a warning`,
    () =>
      inWorld(({ dir, log }) => {
        Deno.writeTextFileSync(`${dir}/file`, "a file");
        Deno.mkdirSync(`${dir}/folder`);
        const path = at.startsWith("/") ? at : `${dir}/${at}`;
        assert.equal(StateFile.open(path), undefined);
        const [warning, ...others] = log();
        assert.deepEqual(others, []);
        assert.ok(warning!.startsWith(`<4>Cannot keep a memory in ${path.replace(dir, "DIR")}: `));
        assert.match(warning!, reason);
        assert.ok(warning!.endsWith("; she runs without, and forgets with the next start"));
        assert.deepEqual(names(dir), ["file", "folder"]);
      }),
    { needs: "linux" },
  );
}

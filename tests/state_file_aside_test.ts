import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { fill, inWorld, nameless, names, open, remembered } from "./fakes/state_world.ts";
import { test } from "./testing.ts";

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

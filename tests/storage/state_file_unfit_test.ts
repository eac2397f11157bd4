import { assertEquals } from "@std/assert";
import { basename, dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { StateFile } from "../../src/storage/key_value_store.ts";
import { Child } from "../fakes/child.ts";
import {
  fill,
  inWorld,
  nameless,
  names,
  open,
  remembered,
  snapshot,
} from "../fakes/state_world.ts";
import { test } from "../testing.ts";

/** Files that SQLite reports as damaged, made at a path. */
const DAMAGED: Record<string, (path: string) => void> = {
  "a truncated file": (path) => {
    fill(path);
    Deno.truncateSync(path, Deno.statSync(path).size / 2 | 0);
  },
  "a file with a damaged page": damage,
  "a file that only its check finds damaged": (path) => {
    fill(path);
    // One entry less on a page of the index.
    const bytes = Deno.readFileSync(path);
    const index = bytes.findIndex((byte, at) => at > 0 && at % 4096 === 0 && byte === 10);
    bytes[index + 4]! -= 1;
    Deno.writeFileSync(path, bytes);
  },
};

function damage(path: string): void {
  fill(path);
  const bytes = Deno.readFileSync(path);
  bytes.fill(0xff, bytes.length - 8000, bytes.length - 3000);
  Deno.writeFileSync(path, bytes);
}

/** Files that are not the bot's memory, made at a path. */
const UNFIT: Record<string, { readonly found: string; make(path: string): void }> = {
  "garbage": {
    found: "it is not a database",
    make: (path) => Deno.writeTextFileSync(path, "garbage ".repeat(2000)),
  },
  "a file that only begins as a database": {
    found: "it is shorter than the bot ever makes it (50 bytes)",
    make: (path) => {
      fill(path);
      Deno.truncateSync(path, 50);
    },
  },
  "a file of a page and a half without a head": {
    found: "it is another program's database",
    make: (path) => Deno.writeTextFileSync(path, "SQLite format 3\0".padEnd(6000, "x")),
  },
  "another program's database": {
    found: "it is another program's database",
    make: (path) => execute(path, "CREATE TABLE places (url TEXT)"),
  },
  "another program's empty database": {
    found: "it is another program's database",
    make: (path) => execute(path, "PRAGMA application_id = 7"),
  },
  "another program's damaged database": {
    found: "it is another program's database",
    make: (path) => {
      damage(path);
      const bytes = Deno.readFileSync(path);
      bytes.set([1, 2, 3, 4], 68);
      Deno.writeFileSync(path, bytes);
    },
  },
  "another program's database that is in its journal alone": {
    found: "it is another program's database",
    make: (path) => unclosed(path, "CREATE TABLE places (url TEXT)"),
  },
  "a file of a later version": {
    found: "it has version 2, and this program knows 1",
    make: (path) => {
      fill(path);
      execute(path, "PRAGMA user_version = 2");
    },
  },
  "a file of a later version that was not closed": {
    found: "it has version 2, and this program knows 1",
    make: (path) => {
      fill(path);
      Deno.renameSync(path, `${path}.filled`);
      Deno.copyFileSync(`${path}.filled`, path);
      unclosed(path, "PRAGMA user_version = 2");
      Deno.removeSync(`${path}.filled`);
    },
  },
  "a file of a former version": {
    found: "it has version 0, and this program knows 1",
    make: (path) => {
      fill(path);
      execute(path, "PRAGMA user_version = 0");
    },
  },
  "a file without the bot's tables": {
    found: "its tables are not the bot's",
    make: (path) => {
      fill(path);
      execute(path, "DROP TABLE entry");
    },
  },
  "a file with other columns": {
    found: "its tables are not the bot's",
    make: (path) => {
      fill(path);
      execute(path, "ALTER TABLE entry RENAME COLUMN value TO content");
    },
  },
  "a file larger than the bot makes": {
    found: "it is larger than the bot ever makes it (200000000 bytes)",
    make: (path) => {
      Deno.writeTextFileSync(path, "");
      Deno.truncateSync(path, 200_000_000);
    },
  },
};

const ADVICE: Record<string, string> = {
  "it has": "use the version of the bot that made it, or set state_file to another path",
  "": "set state_file to another path, or move the file away",
};

function execute(path: string, sql: string): void {
  const database = new DatabaseSync(path);
  database.exec(sql);
  database.close();
}

/** Leaves changes in the journal, as a process that is killed does. */
function unclosed(path: string, sql: string): void {
  const original = `${path}.original`;
  if (names(dirname(path)).includes(basename(path))) Deno.renameSync(path, original);
  const database = new DatabaseSync(original);
  database.exec(`PRAGMA journal_mode = WAL; ${sql}`);
  for (const end of ["", "-wal"]) Deno.copyFileSync(original + end, path + end);
  database.close();
  Deno.removeSync(original);
}

for (const [what, make] of Object.entries(DAMAGED)) {
  test(`state file: ${what} is moved aside as it is, and another one begun`, () =>
    inWorld(({ dir, path, log }) => {
      make(path);
      const content = Deno.readFileSync(path);
      {
        using state = open(path);
        assertEquals(state.entries("history"), []);
        state.put("history", "alice", 1);
      }
      assertEquals(log(), [
        "<4>Cannot use DIR/rosey.db as memory: it is damaged; it is now DIR/rosey.db.aside-TIME, and the bot starts with an empty memory",
      ]);
      assertEquals(nameless(dir), ["rosey.db", "rosey.db.aside-TIME"]);
      assertEquals(Deno.readFileSync(`${dir}/${names(dir)[1]}`), content);
      assertEquals(remembered(path, "history"), [["alice", 1]]);
      assertEquals(log().length, 1);
    }));
}

for (const [what, { found, make }] of Object.entries(UNFIT)) {
  test(`state file: ${what} stays untouched, and the bot runs without memory`, () =>
    inWorld(({ dir, path, log }) => {
      make(path);
      if (Deno.build.os !== "windows") Deno.chmodSync(path, 0o644);
      // What another program has beside it. SQLite would delete it.
      if (!found.includes("tables")) Deno.writeTextFileSync(`${path}-journal`, "a journal");
      const before = snapshot(dir);
      assertEquals(StateFile.open(path), undefined);
      assertEquals(snapshot(dir), before);
      const advice = Object.entries(ADVICE).find(([begin]) => found.startsWith(begin))![1];
      assertEquals(log(), [
        `<4>Cannot use DIR/rosey.db as memory: ${found}; it is left as it is, and the bot runs without memory; ${advice}, and restart the bot`,
      ]);
    }));
}

test(
  "state file that is damaged is replaced once when several processes start",
  () =>
    inWorld(async ({ dir, path }) => {
      damage(path);
      await using starts = new AsyncDisposableStack();
      const holders = [1, 2, 3].map(() =>
        starts.use(new Child({ prefix: [], script: "state_holder.ts", args: [path] }))
      );
      const said = await Promise.all(holders.map((holder) => holder.line(/^(?:open|none)$/)));
      assertEquals(said.sort(), ["none", "none", "open"]);
      const moved = nameless(dir).filter((name) => name.includes("aside"));
      // Perhaps with the journal of another process that was just opening it.
      assertEquals(moved.filter((name) => !name.endsWith("-wal")), ["rosey.db.aside-TIME"]);
    }),
  { needs: "linux" },
);

test(
  "state file: a damaged file behind a link is moved aside where it is",
  () =>
    inWorld(({ dir, path }) => {
      Deno.mkdirSync(`${dir}/elsewhere`);
      damage(`${dir}/elsewhere/memory`);
      Deno.symlinkSync(`${dir}/elsewhere/memory`, path);
      open(path)[Symbol.dispose]();
      assertEquals(names(dir), ["elsewhere", "rosey.db"]);
      assertEquals(nameless(`${dir}/elsewhere`), ["memory", "memory.aside-TIME"]);
    }),
  { needs: "linux" },
);

test("state file: the last five damaged files are kept with their journals", () =>
  inWorld(async ({ dir, path }) => {
    Deno.writeTextFileSync(`${path}.aside-notes`, "the operator's");
    for (let at = 0; at < 7; at++) {
      damage(path);
      Deno.truncateSync(path, 8000 + at);
      Deno.writeTextFileSync(`${path}-shm`, `companion ${at}`);
      open(path)[Symbol.dispose]();
      // They are named after the millisecond.
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    assertEquals(nameless(dir), [
      "rosey.db",
      ...Array(5).fill(["rosey.db.aside-TIME", "rosey.db.aside-TIME-shm"]).flat(),
      "rosey.db.aside-notes",
    ]);
    const [, oldest, companion] = names(dir);
    assertEquals(Deno.statSync(`${dir}/${oldest}`).size, 8002);
    assertEquals(Deno.readTextFileSync(`${dir}/${companion}`), "companion 2");
  }));

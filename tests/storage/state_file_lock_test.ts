import { assertEquals } from "@std/assert";
import { StateFile } from "../../src/storage/key_value_store.ts";
import { Child } from "../fakes/child.ts";
import { fill, inWorld, names, open, remembered, snapshot } from "../fakes/state_world.ts";
import { test } from "../testing.ts";

/** A process that opens a memory. */
const start = (path: string) => new Child({ prefix: [], script: "state_holder.ts", args: [path] });

const IN_USE =
  "another process has it open; it is left as it is, and the bot runs without memory; give each bot a state_file of its own, or end that process, and restart the bot";

for (
  const [how, link] of Object.entries({
    "by the same path": (path: string) => path,
    "by a symbolic link": (path: string) => {
      Deno.symlinkSync(path, `${path}.link`);
      return `${path}.link`;
    },
    "by a hard link": (path: string) => {
      Deno.linkSync(path, `${path}.link`);
      return `${path}.link`;
    },
  })
) {
  test(
    `state file that another process has open, ${how}, stays untouched and in use`,
    () =>
      inWorld(async ({ dir, path, log }) => {
        fill(path);
        const other = link(path);
        {
          await using holder = start(path);
          await holder.line(/^open$/);
          await holder.write("alice");
          await holder.line(/^wrote alice$/);
          const before = snapshot(dir);
          assertEquals(StateFile.open(other), undefined);
          assertEquals(snapshot(dir), before);
          await holder.write("bob");
          await holder.line(/^wrote bob$/);
          assertEquals(holder.lines.filter((line) => line.startsWith("<")), []);
        }
        assertEquals(log(), [
          `<4>Cannot use ${other.replace(dir, "DIR")} as memory: ${IN_USE}`,
        ]);
        // It was killed: what it wrote last is in its journal alone.
        const last = remembered(path, "history").slice(50);
        assertEquals(last, [["alice", "alice"], ["bob", "bob"]]);
      }),
    { needs: "linux" },
  );
}

test(
  "state file that several processes create at once belongs to one, and loses nothing",
  () =>
    inWorld(async ({ dir, path }) => {
      {
        await using starts = new AsyncDisposableStack();
        const holders = [1, 2, 3].map(() => starts.use(start(path)));
        const said = await Promise.all(holders.map((holder) => holder.line(/^(?:open|none)$/)));
        assertEquals(said.toSorted(), ["none", "none", "open"]);
        assertEquals(names(dir), ["rosey.db", "rosey.db-wal"]);
        for (const holder of holders) {
          await holder.write("alice");
          await holder.line(/^wrote alice$/);
        }
      }
      assertEquals(remembered(path, "history"), [["alice", "alice"]]);
    }),
  { needs: "linux" },
);

test(
  "state file that exists and is not locked yet belongs to the first process",
  () =>
    inWorld(async ({ path, log }) => {
      Deno.writeTextFileSync(path, "");
      await using holder = start(path);
      await holder.line(/^open$/);
      assertEquals(StateFile.open(path), undefined);
      assertEquals(log(), [`<4>Cannot use DIR/rosey.db as memory: ${IN_USE}`]);
    }),
  { needs: "linux" },
);

test(
  "state file behind a symbolic link is used, with its journal beside the file",
  () =>
    inWorld(({ dir, path, log }) => {
      Deno.mkdirSync(`${dir}/elsewhere`);
      fill(`${dir}/elsewhere/memory`);
      Deno.symlinkSync(`${dir}/elsewhere/memory`, path);
      {
        using state = open(path);
        state.put("optout", "alice", true);
        assertEquals(state.entries("history").length, 50);
        assertEquals(names(`${dir}/elsewhere`), ["memory", "memory-wal"]);
      }
      assertEquals(remembered(`${dir}/elsewhere/memory`, "optout"), [["alice", true]]);
      assertEquals(names(dir), ["elsewhere", "rosey.db"]);
      assertEquals(log(), []);
    }),
  { needs: "linux" },
);

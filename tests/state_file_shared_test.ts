import assert from "node:assert/strict";
import { StateFile } from "../src/state_file.ts";
import { Child } from "./fakes/child.ts";
import { fill, inWorld, names, open, remembered, snapshot } from "./fakes/state_world.ts";
import { test } from "./testing.ts";

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
    `memory on disk that another process has open, ${how}, stays untouched and in use`,
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
          assert.equal(StateFile.open(other), undefined);
          assert.deepEqual(snapshot(dir), before);
          await holder.write("bob");
          await holder.line(/^wrote bob$/);
          assert.deepEqual(holder.lines.filter((line) => line.startsWith("<")), []);
        }
        assert.deepEqual(log(), [
          `<4>Cannot use ${other.replace(dir, "DIR")} as memory: ${IN_USE}`,
        ]);
        // It was killed: what it wrote last is in its journal alone.
        assert.deepEqual(remembered(path, "history").slice(50), [["alice", "alice"], [
          "bob",
          "bob",
        ]]);
      }),
    { needs: "linux" },
  );
}

test(
  "memory on disk: of processes that make one file at the same time one has it, and loses nothing",
  () =>
    inWorld(async ({ dir, path }) => {
      {
        await using starts = new AsyncDisposableStack();
        const holders = [1, 2, 3].map(() => starts.use(start(path)));
        const said = await Promise.all(holders.map((holder) => holder.line(/^(?:open|none)$/)));
        assert.deepEqual(said.toSorted(), ["none", "none", "open"]);
        assert.deepEqual(names(dir), ["rosey.db", "rosey.db-wal"]);
        for (const holder of holders) {
          await holder.write("alice");
          await holder.line(/^wrote alice$/);
        }
      }
      assert.deepEqual(remembered(path, "history"), [["alice", "alice"]]);
    }),
  { needs: "linux" },
);

test(
  "memory on disk that was made and not yet locked goes to one process",
  () =>
    inWorld(async ({ path, log }) => {
      Deno.writeTextFileSync(path, "");
      await using holder = start(path);
      await holder.line(/^open$/);
      assert.equal(StateFile.open(path), undefined);
      assert.deepEqual(log(), [`<4>Cannot use DIR/rosey.db as memory: ${IN_USE}`]);
    }),
  { needs: "linux" },
);

test(
  "memory on disk behind a symbolic link is used, with its journal beside the file",
  () =>
    inWorld(({ dir, path, log }) => {
      Deno.mkdirSync(`${dir}/elsewhere`);
      fill(`${dir}/elsewhere/memory`);
      Deno.symlinkSync(`${dir}/elsewhere/memory`, path);
      {
        using state = open(path);
        state.put("optout", "alice", true);
        assert.equal(state.entries("history").length, 50);
        assert.deepEqual(names(`${dir}/elsewhere`), ["memory", "memory-wal"]);
      }
      assert.deepEqual(remembered(`${dir}/elsewhere/memory`, "optout"), [["alice", true]]);
      assert.deepEqual(names(dir), ["elsewhere", "rosey.db"]);
      assert.deepEqual(log(), []);
    }),
  { needs: "linux" },
);

import assert from "node:assert/strict";
import { DemoChannel } from "../../src/demo/channel/server.ts";
import { DemoOllama } from "../../src/demo/ollama/server.ts";
import { Child } from "../fakes/child.ts";
import { test } from "../testing.ts";
import { Rosey } from "./rosey.ts";

const byRosey = ({ username }: { username: string }) => username === "Rosey";

/** Starts a bot with a memory on disk, has it answer, stops it; returns what it said about the memory. */
async function memoryLinesOf(path: string): Promise<string[]> {
  await using ollama = DemoOllama.start({ reply: () => "As ever.", tokenDelayMs: 0 });
  await using channel = await DemoChannel.start({});
  await using rosey = Rosey.start(channel.url, {
    llm: { ollama_host: ollama.url },
    config: { state_file: path },
  });
  await rosey.ready();
  const answer = channel.nextLine(byRosey, 15_000);
  channel.say("alice", "rosey, do you remember?");
  assert.equal((await answer).msg, "As ever.");
  assert.equal((await rosey.stop()).code, 0);
  return rosey.log.filter((line) => line.includes("memory")).map((line) =>
    line.replace(/^\S+Z /, "").replaceAll(path, "PATH").replace(/\d{8}T\d{6}\.\d{3}Z/, "TIME")
  );
}

async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "rosey-state-e2e-" });
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

test("a memory on disk is made, closed with the bot, and used again", () =>
  inFolder(async (folder) => {
    const path = `${folder}/rosey.db`;
    for (let start = 0; start < 2; start++) {
      assert.deepEqual(await memoryLinesOf(path), []);
      assert.deepEqual(Array.from(Deno.readDirSync(folder), ({ name }) => name), ["rosey.db"]);
    }
  }));

test("a memory that is damaged is moved aside, and she joins and answers all the same", () =>
  inFolder(async (folder) => {
    const path = `${folder}/rosey.db`;
    Deno.writeTextFileSync(path, "garbage ".repeat(2000));
    assert.deepEqual(await memoryLinesOf(path), [
      "WARN  Cannot use PATH as memory: it is not a database; it is now PATH.aside-TIME, and she begins with an empty memory",
    ]);
  }));

test(
  "a memory that another bot has open is moved aside, and she joins and answers all the same",
  () =>
    inFolder(async (folder) => {
      const path = `${folder}/rosey.db`;
      await using holder = new Child({ prefix: [], script: "state_holder.ts", args: [path] });
      await holder.line(/^open$/);
      assert.deepEqual(await memoryLinesOf(path), [
        "WARN  Cannot use PATH as memory: another process has it open (each bot needs a file of its own); it is now PATH.aside-TIME, and she begins with an empty memory",
      ]);
    }),
  { needs: "linux" },
);

test(
  "without a place for a memory she joins and answers all the same",
  () =>
    inFolder(async (folder) => {
      Deno.writeTextFileSync(`${folder}/file`, "a file");
      const [warning, ...others] = await memoryLinesOf(`${folder}/file/rosey.db`);
      assert.match(
        warning!,
        /^WARN {2}Cannot keep a memory in PATH: Not a directory .*; she runs without, and forgets with the next start$/,
      );
      assert.deepEqual(others, []);
      const [onFolder] = await memoryLinesOf(folder);
      assert.equal(
        onFolder,
        "WARN  Cannot keep a memory in PATH: it is not a file; she runs without, and forgets with the next start",
      );
    }),
  { needs: "linux" },
);

test("silence that a moderator asked for outlives a restart, and the log says so", () =>
  inFolder(async (folder) => {
    await using ollama = DemoOllama.start({ reply: () => "As ever.", tokenDelayMs: 0 });
    await using channel = await DemoChannel.start({});
    channel.addPuppet("mod", 2);
    const start = () =>
      Rosey.start(channel.url, {
        llm: { ollama_host: ollama.url },
        config: { state_file: `${folder}/rosey.db` },
      });
    const command = (text: string) => {
      const answer = channel.nextLine(byRosey, 15_000);
      channel.say("mod", text);
      return answer;
    };
    {
      await using rosey = start();
      await rosey.ready();
      assert.match((await command("!pause")).msg, /silent/);
      assert.equal((await rosey.stop()).code, 0);
    }
    await using rosey = start();
    await rosey.ready();
    await rosey.line("A moderator paused her before the last stop: she is silent");
    channel.say("alice", "rosey?");
    await rosey.line("No answer for alice: paused");
    await command("!resume");
    const answer = channel.nextLine(byRosey, 15_000);
    channel.say("alice", "rosey?");
    assert.equal((await answer).msg, "As ever.");
  }));

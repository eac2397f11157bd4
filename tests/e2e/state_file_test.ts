import { assert, assertEquals, assertMatch } from "@std/assert";
import { DemoChannel } from "../../src/demo/channel/server.ts";
import { FakeOllama } from "../fakes/ollama/server.ts";
import { test } from "../testing.ts";
import { Rosey } from "./rosey.ts";

const byRosey = ({ username }: { username: string }) => username === "Rosey";

/** Starts a bot with a state file, has it answer, stops it; returns what it said about the memory. */
async function memoryLinesOf(path: string): Promise<string[]> {
  await using ollama = FakeOllama.start({ reply: () => "As ever.", tokenDelayMs: 0 });
  await using channel = await DemoChannel.start({});
  await using rosey = Rosey.start(channel.url, {
    llm: { ollama_host: ollama.url },
    config: { state_file: path },
  });
  await rosey.ready();
  const answer = channel.nextLine(byRosey, 15_000);
  channel.say("alice", "rosey, do you remember?");
  assertEquals((await answer).msg, "As ever.");
  assertEquals((await rosey.stop()).code, 0);
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

test("the state file is created, closed with the bot, and used again", () =>
  inFolder(async (folder) => {
    const path = `${folder}/rosey.db`;
    for (let start = 0; start < 2; start++) {
      assertEquals(await memoryLinesOf(path), []);
      assertEquals(Array.from(Deno.readDirSync(folder), ({ name }) => name), ["rosey.db"]);
    }
  }));

test("a damaged state file is moved aside, and the bot joins and answers", () =>
  inFolder(async (folder) => {
    const path = `${folder}/rosey.db`;
    assertEquals(await memoryLinesOf(path), []);
    Deno.truncateSync(path, 8192);
    assertEquals(await memoryLinesOf(path), [
      "WARN  Cannot use PATH as memory: it is damaged; it is now PATH.aside-TIME, and the bot starts with an empty memory",
    ]);
  }));

test("a foreign file stays as it is, and the bot joins and answers", () =>
  inFolder(async (folder) => {
    const path = `${folder}/rosey.db`;
    Deno.writeTextFileSync(path, "garbage ".repeat(2000));
    assertEquals(await memoryLinesOf(path), [
      "WARN  Cannot use PATH as memory: it is not a database; it is left as it is, and the bot runs without memory; set state_file to another path, or move the file away, and restart the bot",
    ]);
    assertEquals(Array.from(Deno.readDirSync(folder), ({ name }) => name), ["rosey.db"]);
    assertEquals(Deno.readTextFileSync(path), "garbage ".repeat(2000));
  }));

test(
  "a state file that another bot has open is left to it",
  () =>
    inFolder(async (folder) => {
      const path = `${folder}/rosey.db`;
      await using channel = await DemoChannel.start({});
      const start = (user: string) =>
        Rosey.start(channel.url, {
          llm: { ollama_host: "http://127.0.0.1:1" },
          config: { user, state_file: path, log_level: "DEBUG" },
        });
      {
        await using first = start("Rosey");
        await first.ready();
        channel.say("alice", "!optout");
        await first.line("Command optout of alice");
        await using second = start("Second");
        await second.ready();
        channel.say("bob", "!optout");
        await first.line("Command optout of bob");
        await second.line("Command optout of bob");
        assertEquals(
          second.log.filter((line) => line.includes("memory")).map((line) =>
            line.replace(/^\S+Z /, "").replaceAll(path, "PATH")
          ),
          [
            "WARN  Cannot use PATH as memory: another process has it open; it is left as it is, and the bot runs without memory; give each bot a state_file of its own, or end that process, and restart the bot",
          ],
        );
        assertEquals((await second.stop()).code, 0);
        assertEquals((await first.stop()).code, 0);
        assert(!first.log.some((line) => line.includes(path)), first.log.join("\n"));
      }
      assertEquals(Array.from(Deno.readDirSync(folder), ({ name }) => name), ["rosey.db"]);
      await using next = start("Rosey");
      await next.ready();
      for (const name of ["alice", "bob"]) {
        channel.say(name, "rosey?");
        await next.line(`No answer for ${name}: opted out`);
      }
    }),
  { needs: "linux" },
);

test(
  "without a usable state file the bot joins and answers",
  () =>
    inFolder(async (folder) => {
      Deno.writeTextFileSync(`${folder}/file`, "a file");
      const [warning, ...others] = await memoryLinesOf(`${folder}/file/rosey.db`);
      assertMatch(
        warning!,
        /^WARN {2}Cannot keep a memory in PATH: Not a directory .*; the bot runs without memory$/,
      );
      assertEquals(others, []);
      const [onFolder] = await memoryLinesOf(folder);
      assertEquals(
        onFolder,
        "WARN  Cannot keep a memory in PATH: it is not a file; the bot runs without memory",
      );
    }),
  { needs: "linux" },
);

test("a moderator's pause survives a restart, and the log says so", () =>
  inFolder(async (folder) => {
    await using ollama = FakeOllama.start({ reply: () => "As ever.", tokenDelayMs: 0 });
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
      assertMatch((await command("!pause")).msg, /silent/);
      assertEquals((await rosey.stop()).code, 0);
    }
    await using rosey = start();
    await rosey.ready();
    await rosey.line("A moderator paused the bot before the last stop: it stays silent");
    channel.say("alice", "rosey?");
    await rosey.line("No answer for alice: paused");
    await command("!resume");
    const answer = channel.nextLine(byRosey, 15_000);
    channel.say("alice", "rosey?");
    assertEquals((await answer).msg, "As ever.");
  }));

import { assert, assertEquals, assertLess, assertMatch } from "@std/assert";
import { DemoChannel } from "../../src/demo/channel/server.ts";
import { FakeOllama } from "../fakes/ollama/server.ts";
import { test } from "../testing.ts";
import { Rosey } from "./rosey.ts";

const byRosey = ({ username }: { username: string }) => username === "Rosey";

test("the bot reconnects after a drop and answers", async () => {
  await using ollama = FakeOllama.start({ reply: () => "Back.", tokenDelayMs: 0 });
  await using channel = await DemoChannel.start({
    accounts: { Rosey: { password: "pw", rank: 1 } },
  });
  await using rosey = Rosey.start(channel.url, {
    config: { user: ["rosey", "pw"] },
    llm: { ollama_host: ollama.url },
  });
  await rosey.ready();
  const from = rosey.log.length;
  channel.disconnectAll();
  assertMatch(
    await rosey.line("Lost the channel demo", { from }),
    /WARN .*Lost the channel demo: transport close; next try in \d\.\d s$/,
  );
  await rosey.line("Joined demo", { from });
  const answer = channel.nextLine(byRosey, 10_000);
  channel.say("alice", "rosey?");
  assertEquals((await answer).msg, "Back.");
});

test("the account's name comes from the server, its password from the environment", async () => {
  await using channel = await DemoChannel.start({
    accounts: { Rosey: { password: "s3cret-pw", rank: 1 } },
  });
  await using rosey = Rosey.start(channel.url, {
    config: { user: "rosey" },
    env: { ROSEY_PASSWORD: "s3cret-pw" },
    llm: { enabled: false },
  });
  assertMatch(await rosey.line("Joined demo"), /as Rosey \(rank 1,/);
  assertEquals(channel.users(), ["Rosey"]);
  assert(rosey.log.every((line) => !line.includes("s3cret-pw")));
});

test("a wrong password ends the bot with code 77 and says what to do", async () => {
  await using channel = await DemoChannel.start({
    accounts: { Rosey: { password: "pw", rank: 1 } },
  });
  await using rosey = Rosey.start(channel.url, { config: { user: ["Rosey", "wrong-one"] } });
  assertEquals(await rosey.end(), 77);
  assertMatch(
    rosey.log.join("\n"),
    /ERROR Cannot log in as Rosey: Invalid username\/password combination \(check the password\)/,
  );
  assert(!rosey.log.join("\n").includes("wrong-one"));
});

test("a channel's password is sent, and a missing one is reported", async () => {
  await using channel = await DemoChannel.start({ password: "open sesame" });
  {
    await using rosey = Rosey.start(channel.url, { config: { channel: ["demo", "open sesame"] } });
    await rosey.line("Joined demo");
  }
  await using rosey = Rosey.start(channel.url);
  assertEquals(await rosey.end(), 77);
  assertMatch(rosey.log.join("\n"), /Cannot join demo: it needs a password: set "channel" to/);
});

test("a kicked guest waits for minutes", async () => {
  await using channel = await DemoChannel.start({});
  await using rosey = Rosey.start(channel.url, { llm: { enabled: false } });
  await rosey.ready();
  channel.kick("Rosey", "not now");
  assertMatch(
    await rosey.line("Kicked from demo"),
    /Kicked from demo: not now; next try in 300\.0 s$/,
  );
  assertEquals((await rosey.stop()).code, 0);
});

test("the bot is silent while muted and speaks after an unmute", async () => {
  await using ollama = FakeOllama.start({ reply: () => "Here I am.", tokenDelayMs: 0 });
  await using channel = await DemoChannel.start({});
  await using rosey = Rosey.start(channel.url, { llm: { ollama_host: ollama.url } });
  await rosey.ready();
  channel.addPuppet("moddy", 2);
  channel.say("moddy", "/mute Rosey");
  assertMatch(
    await rosey.line("Muted"),
    /WARN .*Muted, nothing is said to the room: a moderator said so$/,
  );
  channel.say("alice", "rosey?");
  await rosey.line("No answer for alice: muted");
  assertEquals(ollama.requests.filter(({ path }) => path === "/api/chat").length, 1);
  channel.say("moddy", "/unmute Rosey");
  await rosey.line("Not muted any more");
  const answer = channel.nextLine(byRosey, 10_000);
  channel.say("bob", "rosey?");
  assertEquals((await answer).msg, "Here I am.");
});

test("a reply interrupted by a drop is finished, each line said once", async () => {
  const chatAntiflood = { burst: 1, sustained: 0.5, cooldown: 4 };
  await using ollama = FakeOllama.start({
    reply: () => `${"one ".repeat(70)}${"two ".repeat(70)}`,
    tokenDelayMs: 0,
  });
  await using channel = await DemoChannel.start({
    chatAntiflood,
    accounts: { Rosey: { password: "pw", rank: 1 } },
  });
  await using rosey = Rosey.start(channel.url, {
    config: { user: ["Rosey", "pw"] },
    llm: { ollama_host: ollama.url },
  });
  await rosey.ready();
  const first = channel.nextLine(byRosey, 10_000);
  channel.say("alice", "rosey, count");
  assertMatch((await first).msg, /^one /);
  const second = channel.nextLine(byRosey, 20_000);
  channel.disconnectAll();
  await rosey.line("Lost the channel demo");
  assertMatch((await second).msg, /two$/);
  assertEquals(channel.lines.filter(byRosey).length, 2);
});

test("another session of the account makes the bot wait", async () => {
  await using channel = await DemoChannel.start({
    accounts: { Rosey: { password: "pw", rank: 1 } },
  });
  const options = { config: { user: ["Rosey", "pw"], kick_pause: 400 }, llm: { enabled: false } };
  await using one = Rosey.start(channel.url, options);
  await one.ready();
  await using two = Rosey.start(channel.url, options);
  await two.ready();
  assertMatch(
    await one.line("Duplicate login"),
    /Kicked from demo: Duplicate login \(another session uses the account; the bot comes back when it is gone\); next try in 30\.0 s$/,
  );
  assertEquals(channel.users(), ["Rosey"]);
});

test("a ban ends the bot with code 77", async () => {
  const accounts = { rosey: { name: "Rosey", password: "pw", rank: 1 } };
  await using channel = await DemoChannel.start({ accounts });
  const config = { user: ["Rosey", "pw"], kick_pause: 1 };
  await using rosey = Rosey.start(channel.url, { config, llm: { enabled: false } });
  await rosey.ready();
  channel.ban("Rosey");
  assertEquals(await rosey.end(), 77);
  assertMatch(
    rosey.log.join("\n"),
    /WARN(?:ING)? +Kicked from demo: You're banned!; next try in .*ERROR Kicked from demo: You are banned from this channel\. \(ask its moderators\)/s,
  );
});

test("chat and media are written to their logs, the bot's own lines included", async () => {
  const folder = await Deno.makeTempDir();
  await using ollama = FakeOllama.start({ reply: () => "It is <b>fine</b>.", tokenDelayMs: 0 });
  await using channel = await DemoChannel.start({});
  {
    await using rosey = Rosey.start(channel.url, {
      llm: { ollama_host: ollama.url },
      config: { media_log_file: `${folder}/media.log` },
    });
    await rosey.ready();
    channel.setMedia({ id: "x1", title: "Short <b>One</b>", seconds: 8, type: "yt" });
    channel.setMedia({ id: "x1", title: "Short <b>One</b>", seconds: 8, type: "yt" });
    const answer = channel.nextLine(byRosey, 10_000);
    channel.say("alice", "/me waves");
    channel.clearChat("moddy");
    channel.say("alice", "rosey, how is snake_case & <i>html</i>?");
    await answer;
    await rosey.line("LLM response");
    assertEquals((await rosey.stop()).code, 0);
    assertEquals(rosey.chatLog(), [
      "* alice waves",
      "[server] moddy cleared chat",
      "<alice> rosey, how is snake_case & <i>html</i>?",
      "<Rosey> It is <b>fine</b>.",
    ]);
  }
  const media = await Deno.readTextFile(`${folder}/media.log`);
  assertMatch(media, /^\S+Z Short <b>One<\/b> \[yt:x1, 8 s\]\n$/);
  await Deno.remove(folder, { recursive: true });
});

test("SIGTERM while the model answers cancels the generation and ends with code 0", async () => {
  const asked = Promise.withResolvers<void>();
  await using ollama = FakeOllama.start({
    reply: async function* () {
      yield "One ";
      asked.resolve();
      await new Promise(() => {});
    },
  });
  await using channel = await DemoChannel.start({});
  await using rosey = Rosey.start(channel.url, { llm: { ollama_host: ollama.url } });
  await rosey.ready();
  channel.say("alice", "rosey, count");
  await asked.promise;
  const { code, milliseconds } = await rosey.stop("SIGTERM");
  assertEquals(code, 0);
  assertLess(milliseconds, 5000, `it took ${milliseconds} ms`);
  assert(rosey.log.at(-1)!.endsWith("Left demo"));
  assertEquals(channel.lines.filter(byRosey).length, 0);
});

test("SIGINT while a reply is being said lets it be finished", async () => {
  // Slow enough that the later lines still wait when the signal comes.
  const chatAntiflood = { burst: 1, sustained: 2, cooldown: 2 };
  await using ollama = FakeOllama.start({ reply: () => "word ".repeat(100), tokenDelayMs: 0 });
  await using channel = await DemoChannel.start({ chatAntiflood });
  await using rosey = Rosey.start(channel.url, { llm: { ollama_host: ollama.url } });
  await rosey.ready();
  const first = channel.nextLine(byRosey, 10_000);
  channel.say("alice", "rosey, talk");
  await first;
  assertEquals((await rosey.stop("SIGINT")).code, 0);
  assertEquals(channel.lines.filter(byRosey).length, 2);
});

test("the bot stays within the channel's rate limit", async () => {
  const chatAntiflood = { burst: 2, sustained: 4, cooldown: 3 };
  await using ollama = FakeOllama.start({ reply: () => "word ".repeat(150), tokenDelayMs: 0 });
  await using channel = await DemoChannel.start({ chatAntiflood });
  await using rosey = Rosey.start(channel.url, {
    llm: { ollama_host: ollama.url, max_lines: 3 },
    config: { log_level: "DEBUG" },
  });
  await rosey.ready();
  let heard = 0;
  const sixth = channel.nextLine((line) => byRosey(line) && ++heard === 6, 20_000);
  channel.say("alice", "rosey, talk");
  channel.say("bob", "rosey, talk");
  await sixth;
  assert(rosey.log.every((line) => !line.includes("came too early")), rosey.log.join("\n"));
});

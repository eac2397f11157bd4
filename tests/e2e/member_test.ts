import { assert, assertEquals, assertMatch } from "@std/assert";
import { htmlToText } from "../../src/cytube/html.ts";
import { DemoChannel, type DemoChannelOptions } from "../../src/demo/channel/server.ts";
import { TraceClient, until } from "../demo/client.ts";
import { FakeOllama } from "../fakes/ollama/server.ts";
import { test } from "../testing.ts";
import { Rosey, type StartOptions } from "./rosey.ts";

const ACCOUNTS = {
  Rosey: { password: "pw", rank: 1 },
  moddy: { password: "pw", rank: 3 },
};

const byRosey = ({ username }: { username: string }) => username === "Rosey";

/** A channel with the moderator moddy inside, and the bot with an account. */
async function open(
  channelOptions: DemoChannelOptions = {},
  options: StartOptions = { llm: { enabled: false } },
) {
  const stack = new AsyncDisposableStack();
  const channel = stack.use(await DemoChannel.start({ accounts: ACCOUNTS, ...channelOptions }));
  const moddy = stack.use(await TraceClient.connect(channel.url));
  await moddy.login("moddy", "pw");
  await moddy.join(channel.name);
  await moddy.barrier();
  const config = { user: ["Rosey", "pw"], ...options.config };
  const rosey = stack.use(Rosey.start(channel.url, { ...options, config }));
  await rosey.line("Joined demo");
  /** Gives a command in the room; returns the private reply. */
  const told = async (command: string) => {
    const reply = moddy.next("pm");
    moddy.say(command);
    return htmlToText((await reply as { msg: string }).msg);
  };
  return { stack, channel, moddy, rosey, told };
}

test("a bot that may not speak says so once, and answers moderators in private", async () => {
  await using ollama = FakeOllama.start({ reply: () => "Yes.", tokenDelayMs: 0 });
  const { stack, channel, moddy, rosey, told } = await open({}, {
    llm: { ollama_host: ollama.url },
  });
  await using _ = stack;
  await rosey.line("LLM enabled");
  for (let times = 0; times < 2; times++) moddy.emit("setPermissions", { chat: 2 });
  const silenced =
    "Nothing is said to the room: the channel does not let the bot's rank speak; a moderator can " +
    "give it a rank, or lower the permission to chat";
  await rosey.line(silenced);
  assertMatch(await told("!status"), /^here for \d+ s, no permission to speak; /);
  moddy.say("rosey, can you speak?");
  await rosey.line("No answer for moddy: no permission to speak");
  assertEquals(channel.lines.filter(byRosey), []);
  // Nothing changes with a new session.
  const from = rosey.log.length;
  channel.disconnectAll();
  await rosey.line("Joined demo", { from });
  assertEquals(rosey.log.filter((line) => line.includes(silenced)).length, 1);
  assert(!rosey.log.some((line) => line.includes("speak again")), rosey.log.join("\n"));
});

test("a bot that may speak again answers", async () => {
  await using ollama = FakeOllama.start({ reply: () => "Yes.", tokenDelayMs: 0 });
  const { stack, channel, moddy, rosey } = await open({}, { llm: { ollama_host: ollama.url } });
  await using _ = stack;
  await rosey.line("LLM enabled");
  moddy.emit("setPermissions", { chat: 2 });
  await rosey.line("Nothing is said to the room");
  moddy.emit("setChannelRank", { name: "Rosey", rank: 2 });
  await rosey.line("The channel lets the bot speak again");
  const answer = channel.nextLine(byRosey, 10_000);
  moddy.say("rosey, can you speak?");
  assertEquals((await answer).msg, "Yes.");
});

test("a muted bot answers a moderator's command in private", async () => {
  const { stack, moddy, rosey, told } = await open();
  await using _ = stack;
  moddy.say("/mute Rosey");
  await rosey.line("Muted, nothing is said to the room");
  assertMatch(await told("!status"), /^here for \d+ s, muted; no model; /);
});

test("the bot warns of a channel that nobody registered", async () => {
  const { stack, moddy, rosey, channel } = await open({ registered: false });
  await using _ = stack;
  await rosey.line(
    "Nobody has registered this channel: is its name right? Anybody can join any name",
  );
  const answer = channel.nextLine(byRosey, 10_000);
  moddy.say("!status");
  assertMatch((await answer).msg, /^here for \d+ s, unregistered channel; /);
});

test("the log tells the rank that comes a moment after the join", async () => {
  const accounts = { ...ACCOUNTS, Rosey: { password: "pw", rank: 2, rankDelayMs: 400 } };
  const { stack, rosey } = await open({ accounts });
  await using _ = stack;
  assertMatch(await rosey.line("Joined demo"), /as Rosey \(rank 2, 2 people\)$/);
});

test("the bot hands the lead of the playlist back where it may", async () => {
  const accounts = { ...ACCOUNTS, Rosey: { password: "pw", rank: 2 } };
  const { stack, moddy } = await open({ accounts });
  await using _ = stack;
  moddy.emit("assignLeader", { name: "Rosey" });
  await until(() => moddy.all("setLeader").length === 2);
  assertEquals(moddy.all("setLeader"), ["Rosey", ""]);
  assertEquals(moddy.all("userLeave"), []);
});

test("the bot warns that it leads the playlist where it may not hand that back", async () => {
  const { stack, moddy, rosey } = await open();
  await using _ = stack;
  moddy.emit("assignLeader", { name: "Rosey" });
  await rosey.line(
    "The bot was made leader: the playlist stands still until a moderator takes that back",
  );
  await moddy.barrier();
  assertEquals(moddy.all("setLeader"), ["Rosey"]);
  assertEquals(moddy.all("userLeave"), []);
});

test("the bot is away while it is silent, so that it counts as no voter", async () => {
  const { stack, channel, moddy, rosey, told } = await open();
  await using _ = stack;
  const states = () =>
    moddy.all("setAFK").map((args) => args as { name: string; afk: boolean })
      .filter(({ name }) => name === "Rosey").map(({ afk }) => afk);
  assert(await until(() => states().length === 1, 15_000), "not away after 10 s");
  // A private message does not end that.
  assertMatch(await told("!why"), /^Nothing was decided/);
  await moddy.barrier();
  assertEquals(states(), [true]);
  const answer = channel.nextLine(byRosey, 10_000);
  channel.say("bob", "!np");
  await answer;
  await until(() => states().length === 2);
  assertEquals(states(), [true, false]);
  // The command is no line of chat.
  assertEquals(channel.lines.filter(byRosey).length, 1);
  assert(!rosey.log.some((line) => line.includes("/afk")), rosey.log.join("\n"));
});

test("a reply is complete where the site takes shorter lines", async () => {
  const words = Array.from({ length: 100 }, (_, at) => `w${100 + at}`).join(" ");
  await using ollama = FakeOllama.start({ reply: () => words, tokenDelayMs: 0 });
  const { stack, channel, rosey } = await open({ maxMessageLength: 200 }, {
    llm: { ollama_host: ollama.url, max_lines: 3 },
  });
  await using _ = stack;
  await rosey.line("LLM enabled");
  const third = channel.nextLine((line) => byRosey(line) && line.msg.includes("w199"), 10_000);
  channel.say("alice", "rosey, count");
  await third;
  const said = channel.lines.filter(byRosey).map(({ msg }) => msg);
  assertEquals(said.join(" "), words);
  assertEquals(said.every(({ length }) => length <= 200), true);
});

test("the log says why the bot stops", async () => {
  const { stack, rosey } = await open();
  await using _ = stack;
  await rosey.stop("SIGTERM");
  assertMatch(rosey.log.at(-2)!, /Stopping: SIGTERM$/);
  assertMatch(rosey.log.at(-1)!, /Left demo$/);
});

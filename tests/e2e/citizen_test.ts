import { assertEquals, assertLessOrEqual, assertMatch } from "@std/assert";
import { htmlToText } from "../../src/cytube/html.ts";
import { DemoChannel } from "../../src/demo/channel/server.ts";
import { FakeOllama } from "../fakes/ollama/server.ts";
import { TraceClient } from "../demo/client.ts";
import { test } from "../testing.ts";
import { Rosey, type StartOptions } from "./rosey.ts";

const ACCOUNTS = {
  Rosey: { password: "pw", rank: 1 },
  moddy: { password: "pw", rank: 2 },
  alice: { password: "pw", rank: 1 },
};

const byRosey = ({ username }: { username: string }) => username === "Rosey";
/** A model that tells the lines that it was sent last. */
const echo = (messages: readonly { content: string }[]) => {
  return `You said ${messages.at(-1)!.content.replaceAll("\n", " | ")}`;
};

/** A channel with the channel's own limits on, a model, and the bot with an account of rank 1. */
async function open(options: StartOptions = {}) {
  const stack = new AsyncDisposableStack();
  const ollama = stack.use(FakeOllama.start({ reply: echo, tokenDelayMs: 0 }));
  const chatAntiflood = { burst: 4, sustained: 1, cooldown: 4 };
  const channel = stack.use(await DemoChannel.start({ accounts: ACCOUNTS, chatAntiflood }));
  const start = () =>
    Rosey.start(channel.url, {
      ...options,
      config: { user: ["Rosey", "pw"], ...options.config },
      llm: { ollama_host: ollama.url, ...options.llm },
    });
  const rosey = stack.use(start());
  await rosey.ready();
  const visitor = async (name: keyof typeof ACCOUNTS) => {
    const client = stack.use(await TraceClient.connect(channel.url));
    await client.login(name, ACCOUNTS[name].password);
    await client.join(channel.name);
    return client;
  };
  /** The bot's next line in the room. */
  const said = async () => htmlToText((await channel.nextLine(byRosey, 10_000)).msg);
  return { stack, ollama, channel, rosey, start, visitor, said };
}

/** Sends a private message and returns the private answer. */
async function tell(client: TraceClient, msg: string): Promise<string> {
  // The echo of the question may come together with the answer.
  const byBot = ({ username }: { username: string; msg: string }) => username === "Rosey";
  const answer = client.next("pm", byBot);
  client.emit("pm", { to: "Rosey", msg, meta: {} });
  return htmlToText((await answer).msg);
}

test("a private question gets a private answer", async () => {
  const { stack, channel, rosey, visitor, ollama } = await open();
  await using _ = stack;
  const alice = await visitor("alice");
  assertEquals(await tell(alice, "/kick me & <b>"), "You said alice: /kick me & <b>");
  assertEquals(channel.lines.filter(byRosey).length, 0);
  await rosey.line('LLM trigger: user=alice, message="(private)"');
  assertEquals(rosey.chatLog(), []);
  assertEquals(ollama.requests.filter(({ path }) => path === "/api/chat").length, 2);
});

test("only moderators can give commands, in the room and in private", async () => {
  const { stack, channel, rosey, visitor, said } = await open();
  await using _ = stack;
  const [alice, moddy] = [await visitor("alice"), await visitor("moddy")];
  assertEquals(await tell(alice, "!pause"), "Only moderators may use !pause.");
  assertEquals(await tell(moddy, "!pause"), "I am silent until I am told to resume.");
  channel.say("bob", "rosey, hello?");
  await rosey.line("No answer for bob: paused");
  const resumed = said();
  moddy.say("!resume");
  assertEquals(await resumed, "I am back.");
  const answer = said();
  channel.say("bob", "rosey, hello?");
  assertEquals(await answer, "You said bob: rosey, hello?");
  assertMatch(
    await tell(moddy, "!why bob"),
    /^\d\d:\d\d bob "rosey, hello\?": answered · \d\d:\d\d bob "rosey, .*": paused \(UTC\)$/,
  );
});

test("the prompt has the room's lines and the history", async () => {
  const { stack, channel, said } = await open({ llm: { room_context_lines: 3 } });
  await using _ = stack;
  channel.say("bob", "the film is slow");
  const answer = said();
  channel.say("alice", "rosey, is it?");
  assertMatch(
    await answer,
    /^You said bob: the film is slow \| alice: rosey, is it\?$/,
  );
});

test("privacy settings and conversations survive a restart", async () => {
  const folder = Deno.makeTempDirSync({ prefix: "rosey-state-" });
  const state = { config: { state_file: `${folder}/state.db` }, llm: { llm_cooldown: 600 } };
  const { stack, channel, rosey, start, visitor, said, ollama } = await open(state);
  stack.defer(() => Deno.removeSync(folder, { recursive: true }));
  await using _ = stack;
  const alice = await visitor("alice");
  const answer = said();
  alice.say("rosey, remember the plum");
  await answer;
  assertMatch(await tell(await visitor("moddy"), "!ignore bob"), /^I ignore bob/);
  channel.addPuppet("carol");
  const out = said();
  channel.say("carol", "!optout");
  assertMatch(await out, /^carol: I leave you alone/);
  assertEquals((await rosey.stop()).code, 0);

  await using again = start();
  await again.ready();
  const asked = ollama.requests.length;
  for (const name of ["alice", "bob", "carol"]) channel.say(name, "rosey, still there?");
  const dave = said();
  channel.say("dave", "rosey, and I?");
  assertMatch(await dave, /dave: rosey, and I\?$/);
  const chats = ollama.requests.slice(asked).filter(({ path }) => path === "/api/chat");
  assertEquals(chats.length, 1);
  assertEquals((await again.stop()).code, 0);
  await using later = Rosey.start(channel.url, {
    ...state,
    config: { ...state.config, user: ["Rosey", "pw"] },
    llm: { ollama_host: ollama.url, llm_cooldown: 0 },
  });
  await later.ready();
  const remembered = said();
  channel.say("alice", "rosey, what was it?");
  await remembered;
  const last = ollama.requests.findLast(({ path }) => path === "/api/chat");
  assertMatch(JSON.stringify(last!.body), /remember the plum/);
});

test("two bots in one channel stop after three turns", async () => {
  let turns = 0;
  const reply = () => `rosey, rosa, what about ${++turns}?`;
  await using ollama = FakeOllama.start({ reply, tokenDelayMs: 0 });
  await using channel = await DemoChannel.start({});
  const llm = { ollama_host: ollama.url, loop_turns: 3 };
  await using rosey = Rosey.start(channel.url, { llm });
  await using rosa = Rosey.start(channel.url, { llm, config: { user: "Rosa" } });
  await Promise.all([rosey.ready(), rosa.ready()]);
  channel.say("alice", "rosey!");
  await Promise.race([rosey, rosa].map((bot) => bot.line("answers like a bot and is left alone")));
  const lines = channel.lines.length;
  assertLessOrEqual(lines, 10, `${lines} lines`);
  const answered = channel.nextLine(({ username }) => username === "Rosey", 10_000);
  channel.say("bob", "rosey, can you hear me?");
  await answered;
});

test("without a model the bot logs and handles commands", async () => {
  const { stack, channel, visitor, said, rosey } = await open({
    llm: { enabled: false },
    config: { log_level: "DEBUG" },
  });
  await using _ = stack;
  channel.setMedia({ id: "f1", title: "Nosferatu", seconds: 5640, type: "fi" });
  const playing = said();
  channel.say("bob", "!np");
  assertMatch(await playing, /^Now playing: Nosferatu \(0:0\d of 1:34:00(?:, paused)?\)$/);
  assertMatch(await tell(await visitor("moddy"), "!status"), /^here for \d+ s; no model; /);
  channel.say("bob", "rosey?");
  await rosey.line("No answer for bob: model off");
  await rosey.stop();
  assertEquals(rosey.chatLog().map((line) => line.slice(0, 18)), [
    "<bob> !np",
    "<Rosey> Now playin",
    "<bob> rosey?",
  ]);
});

test("a user who was away gets a summary in private", async () => {
  const { stack, channel, visitor } = await open();
  await using _ = stack;
  const first = await visitor("alice");
  const gone = (await visitor("moddy")).next("userLeave");
  await first[Symbol.asyncDispose]();
  await gone;
  channel.say("bob", "the film ends badly");
  const alice = await visitor("alice");
  assertMatch(await tell(alice, "!missed"), /bob: the film ends badly \| .*alice was away/);
});

import { assertEquals, assertGreaterOrEqual, assertLess } from "@std/assert";
import { Room } from "../../src/chat/room.ts";
import { routeToOutbox } from "../../src/event_router.ts";
import { Outbox } from "../../src/outbox/outbox.ts";
import { DemoChannel, type DemoChannelOptions } from "../../src/demo/channel/server.ts";
import { TraceClient, until } from "../demo/client.ts";
import { test } from "../testing.ts";
import { dropped } from "./outbox.ts";
import { ACCOUNTS, Visitor } from "../cytube/visitor.ts";

/** A client with an outbox in a channel with limits, and the user alice who records the lines. */
async function scene(
  channelOptions: DemoChannelOptions = {},
  options: { deaf?: boolean; loseEcho?: boolean } = {},
) {
  const channel = await DemoChannel.start({ accounts: ACCOUNTS, ...channelOptions });
  const room = new Room();
  const outbox = new Outbox({
    send: ({ text, to }) =>
      to === undefined ? visitor.client.chat(text) : visitor.client.pm(to, text),
  });
  const visitor: Visitor = new Visitor(channel.url, {
    onJoined: (name) => {
      room.ownName = name;
      visitor.path.push(name);
      outbox.open();
    },
    onLeft: () => outbox.close(),
    onEvent: (event, live) => {
      // A bot that does not know of the channel's limits runs into them.
      if (options.deaf && event.type === "channelOpts") return;
      // Drops the connection before the echo of the first line is handled.
      const own = live && event.type === "chatMsg" && room.isSelf(event.line.user);
      if (options.loseEcho && own && visitor.path.length === 1) return channel.disconnectAll();
      room.update(event);
      visitor.events.push([event, live]);
      routeToOutbox(outbox, event, { live, presence: room });
    },
  });
  room.ownName = "Rosey";
  await visitor.joined();
  const alice = await TraceClient.connect(channel.url);
  await alice.login("alice", ACCOUNTS.alice.password);
  await alice.join("demo");
  await alice.barrier();
  /** The bot's lines as alice received them; private messages begin with `pm`. */
  const heard = () =>
    alice.received
      .filter(({ ev, args }) => /^(?:chatMsg|pm)$/.test(ev) && Object(args).username === "Rosey")
      .map(({ ev, args }) => (ev === "pm" ? "pm " : "") + Object(args).msg);
  return {
    channel,
    outbox,
    visitor,
    alice,
    heard,
    [Symbol.asyncDispose]: async () => {
      outbox.close();
      await visitor[Symbol.asyncDispose]();
      await alice.close();
      await channel.close();
    },
  };
}

function numbered(count: number, text: string): string[] {
  return Array.from({ length: count }, (_, at) => `${text} ${at + 1}`);
}

test("lines and private messages arrive in order, once, and within the limits", async () => {
  const chatAntiflood = { burst: 2, sustained: 10, cooldown: 0.2 };
  await using here = await scene({ chatAntiflood });
  const { outbox, heard } = here;
  const expected: string[] = [];
  for (let reply = 1; reply <= 4; reply++) {
    const [lines, messages] = [numbered(3, `line ${reply}`), numbered(2, `secret ${reply}`)];
    outbox.say(lines);
    outbox.say(messages, { to: "ALICE" });
    expected.push(...lines, ...messages.map((message) => `pm ${message}`));
  }
  await outbox.drained();
  await here.alice.barrier();
  assertEquals(heard(), expected);
  const { said, delayed, late } = outbox.report;
  assertEquals({ said, delayed, late }, { said: 20, delayed: 0, late: 0 });
  assertEquals(outbox.report.dropped, dropped());
});

test("lines refused as too early are sent again, once each", async () => {
  const chatAntiflood = { burst: 2, sustained: 5, cooldown: 0.4 };
  await using here = await scene({ chatAntiflood }, { deaf: true });
  const { outbox, heard } = here;
  outbox.say(numbered(6, "line"));
  await outbox.drained();
  await here.alice.barrier();
  assertEquals(heard(), numbered(6, "line"));
  assertEquals(outbox.report.said, 6);
  assertGreaterOrEqual(outbox.report.delayed, 3, `${outbox.report.delayed} delayed`);
  assertEquals(outbox.report.dropped, dropped());
});

test("a withdrawn line is not sent again after a cooldown", async () => {
  const chatAntiflood = { burst: 1, sustained: 5, cooldown: 5 };
  await using here = await scene({ chatAntiflood }, { deaf: true });
  const { outbox, heard } = here;
  outbox.say(["one"]);
  await outbox.drained();
  outbox.say(["two", "its rest"]);
  outbox.withdraw("a moderator wants silence");
  outbox.say(["three"]);
  await outbox.drained();
  await here.alice.barrier();
  assertEquals(heard(), ["one", "three"]);
  assertEquals(outbox.report.dropped, dropped({ "withdrawn": 2 }));
});

test("lines changed by filters and links are recognized as echoes", async () => {
  await using here = await scene();
  const { outbox } = here;
  const lines = [
    "*bold* and _this_ `code` ~~gone~~",
    "snake_case_name <b>&amp;</b>",
    "https://example.org/a_b_c?d=e",
    "[sp]the butler[/sp]",
    "x".repeat(500),
    ">green",
  ];
  const begun = performance.now();
  outbox.say(lines);
  await outbox.drained();
  // None of them had to wait for another echo.
  assertLess(performance.now() - begun, 900, `${performance.now() - begun} ms`);
  assertEquals(outbox.report.said, lines.length);
});

test("a line that the server cut is said to its end", async () => {
  await using here = await scene({ maxMessageLength: 200 });
  const { outbox, heard } = here;
  const words = Array.from({ length: 60 }, (_, at) => `w${100 + at}`).join(" ");
  outbox.say([words, words], { to: "alice" });
  outbox.say([words]);
  await outbox.drained();
  await here.alice.barrier();
  assertEquals(heard().map((line) => line.length <= 203), Array(6).fill(true));
  const inPrivate = heard().filter((line) => line.startsWith("pm ")).map((line) => line.slice(3));
  assertEquals(inPrivate.join(" ").replaceAll("  ", " "), `${words} ${words}`);
  assertEquals(outbox.report.dropped, dropped());
});

test("a mute drops lines to the room, and private messages pass", async () => {
  await using here = await scene();
  const { channel, outbox, heard } = here;
  channel.addPuppet("moddy", 2);
  channel.say("moddy", "/mute Rosey");
  await until(() => outbox.muted);
  outbox.say(["not said"]);
  outbox.say(["in private"], { to: "alice" });
  await outbox.drained();
  await here.alice.barrier();
  assertEquals(heard(), ["pm in private"]);
  // After a rejoin the bot learns from its own entry in the userlist that it is still muted.
  channel.disconnectAll();
  await here.visitor.outside();
  here.visitor.waitOut();
  await here.visitor.joined();
  assertEquals(outbox.muted, true);
  outbox.say(["not said either", "nor this"]);
  assertEquals(outbox.report.dropped, dropped({ "muted": 3 }));
  channel.say("moddy", "/unmute Rosey");
  await until(() => !outbox.muted);
  outbox.say(["said"]);
  await outbox.drained();
  assertEquals(outbox.report.said, 2);
});

test("private messages to a user who left are dropped, other lines are said", async () => {
  await using here = await scene();
  const { outbox } = here;
  outbox.say(["one", "two"], { to: "bob" });
  outbox.say(["three"]);
  await outbox.drained();
  await here.alice.barrier();
  assertEquals(here.heard(), ["three"]);
  assertEquals(outbox.report.dropped, dropped({ "refused": 2 }));
});

test("history confirms a line after a drop, and the reply continues", async () => {
  await using here = await scene({}, { loseEcho: true });
  const { channel, outbox } = here;
  outbox.say(numbered(3, "line"));
  await here.visitor.outside();
  here.visitor.waitOut();
  await here.visitor.joined();
  await outbox.drained();
  const said = channel.lines.filter(({ username }) => username === "Rosey");
  assertEquals(said.map(({ msg }) => msg), numbered(3, "line"));
  const { said: count, late } = outbox.report;
  assertEquals([count, late], [2, 1]);
});

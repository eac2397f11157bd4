/** Real trouble between the bot and the machine with the model: each in a network of its own. */
import { assert, assertEquals, assertLess } from "@std/assert";
import { delay } from "../../src/clock.ts";
import type { Child } from "../fakes/child.ts";
import { RemoteHost } from "../fakes/remote_host.ts";
import { test } from "../testing.ts";
import { Rosey } from "./rosey.ts";

const RESPONSE_TIMEOUT_SECONDS = 5;
/** What a busy machine may add to a limit. */
const SLACK_SECONDS = 3;
const RECOVERY_SECONDS = 60;

interface Scenario {
  /** What the bot knows the host by. */
  readonly by: "url" | "namedUrl";
  /** Before the request; else it strikes in the middle of a reply. */
  readonly before?: (host: RemoteHost) => Promise<void>;
  readonly midReply?: (host: RemoteHost) => Promise<void>;
  /** The log line that tells it. */
  readonly notice: RegExp;
  /** None: it is over by itself when it has struck. */
  readonly end?: (host: RemoteHost) => Promise<void>;
}

function secondsSince(begunMs: number): number {
  return (performance.now() - begunMs) / 1000;
}

/** The model repeats the last word of the question. */
async function assertAnswers(channel: Child, user: string, word: string): Promise<void> {
  const from = channel.lines.length;
  await channel.write(`${user} rosey, say ${word}`);
  await channel.line(new RegExp(`"Rosey","msg":"I hear ${word}\\.`), { from });
}

/** The bot handles two lines at once, whatever the model does. */
async function assertHears(channel: Child, rosey: Rosey): Promise<void> {
  const from = rosey.log.length;
  await channel.write("[server] a line that must be heard");
  await channel.write("bob rosey, say hello");
  const decided = /LLM trigger: user=bob|No answer for bob/;
  await rosey.line(decided, { from, timeoutMs: SLACK_SECONDS * 1000 });
}

async function play(name: string, scenario: Scenario): Promise<void> {
  const { by, before, midReply, notice, end } = scenario;
  await using host = await RemoteHost.start();
  await using channel = host.onBotSide("remote_channel.ts");
  const [, domain] = (await channel.line(/^READY/)).split(" ");
  await using rosey = Rosey.start(domain!, {
    prefix: host.prefix,
    llm: { ollama_host: host[by], response_timeout: RESPONSE_TIMEOUT_SECONDS },
    config: { log_level: "DEBUG" },
  });
  await rosey.line("Joined demo");
  await rosey.line("is loaded");
  await assertAnswers(channel, "alice", "one");

  const from = rosey.log.length;
  await before?.(host);
  const speaking = midReply && host.server.line(/^SPEAKING/);
  let begunMs = performance.now();
  let endedMs = begunMs;
  await channel.write("alice rosey, tell me a long story");
  if (midReply) {
    await speaking;
    begunMs = performance.now();
    await midReply(host);
    endedMs = performance.now();
  } else {
    await rosey.line("LLM trigger: user=alice", { from });
  }
  await assertHears(channel, rosey);

  await rosey.line(notice, { from });
  const noticed = secondsSince(begunMs);
  assertLess(noticed, RESPONSE_TIMEOUT_SECONDS + SLACK_SECONDS, `noticed after ${noticed} s`);
  if (end) {
    const told = await rosey.line(`Ollama server unavailable at ${host[by]}: `, { from });
    await rosey.line("No answer for bob", { from });
    assertLess(secondsSince(begunMs), 2 * (RESPONSE_TIMEOUT_SECONDS + SLACK_SECONDS), told);
    endedMs = performance.now();
    await end(host);
  }
  await rosey.line("is loaded", { from, timeoutMs: RECOVERY_SECONDS * 1000 });
  await assertAnswers(channel, "carol", "two");
  const recovered = secondsSince(endedMs);
  assertLess(recovered, RECOVERY_SECONDS, `answered again after ${recovered} s`);
  console.log(
    `${name}: noticed after ${noticed.toFixed(1)} s, ` +
      `answered again ${recovered.toFixed(1)} s after its end`,
  );

  assertEquals((await rosey.stop()).code, 0);
  const chat = rosey.chatLog();
  assert(chat.includes("[server] a line that must be heard"), chat.join("\n"));
  const said = chat.filter((line) => line.startsWith("<Rosey>"));
  // A short trouble may be over before bob is told that there is no answer for him.
  assertEquals(said.filter((line) => line !== "<Rosey> I hear hello."), [
    "<Rosey> I hear one.",
    "<Rosey> I hear two.",
  ]);
}

function scenario(name: string, scenario: Scenario): void {
  test(`${name}: the bot notices, chats on and recovers`, () => play(name, scenario), {
    needs: "namespaces",
  });
}

scenario("a cable pulled in the middle of a reply", {
  by: "url",
  midReply: (host) => host.pullCable(),
  notice: /LLM timeout: no complete answer within 5 s/,
  end: (host) => host.plugCable(),
});

scenario("packets that vanish before a request", {
  by: "url",
  before: (host) => host.dropPackets(),
  notice: /LLM timeout: no complete answer within 5 s/,
  end: (host) => host.passPackets(),
});

scenario("a host that reboots in the middle of a reply", {
  by: "url",
  midReply: (host) => host.reboot(),
  notice: /LLM timeout: no complete answer within 5 s/,
});

scenario("a name that is gone and comes back", {
  by: "namedUrl",
  before: async (host) => {
    host.forgetName();
    // Connections outlive the name they were made by.
    await host.restartServer();
  },
  notice: /LLM connection error: DNS resolution failed: the name "gpu\.internal" is not known/,
  end: (host) => Promise.resolve(host.restoreName()),
});

test(
  "a host that reboots during a model load: the bot loads it again within a minute",
  async () => {
    await using host = await RemoteHost.start({ loadMs: 3000 });
    await using channel = host.onBotSide("remote_channel.ts");
    const [, domain] = (await channel.line(/^READY/)).split(" ");
    await using rosey = Rosey.start(domain!, {
      prefix: host.prefix,
      llm: { ollama_host: host.url, response_timeout: RESPONSE_TIMEOUT_SECONDS },
      config: { log_level: "DEBUG" },
    });
    await rosey.line("Joined demo");
    await host.server.line(/^POST \/api\/chat/);
    // Only a request that was confirmed is not sent again: Linux confirms within 200 ms.
    await delay(500);
    await host.reboot();
    const endedMs = performance.now();
    await rosey.line("is loaded", { timeoutMs: RECOVERY_SECONDS * 1000 });
    await assertAnswers(channel, "carol", "two");
    const recovered = secondsSince(endedMs).toFixed(1);
    console.log(`a host that reboots while the model loads: answered ${recovered} s after its end`);
  },
  { needs: "namespaces" },
);

import { assert, assertEquals, assertGreater, assertLess } from "@std/assert";
import { DemoChannel } from "../../src/demo/channel/server.ts";
import { FakeOllama } from "../fakes/ollama/server.ts";
import { test } from "../testing.ts";
import { Rosey } from "./rosey.ts";

const LINES_PER_SECOND = 10_000;
const SECONDS = 10;
/** What a bot may grow by: buffers of the socket and of the log file, not the lines themselves. */
const MAX_GROWTH = 100e6;

test(
  "a flood with a hung model loses no line, stays within memory, and is followed by an answer",
  async () => {
    let hung = true;
    const asked = Promise.withResolvers<void>();
    await using ollama = FakeOllama.start({
      tokenDelayMs: 0,
      reply: async function* () {
        asked.resolve();
        if (hung) await new Promise(() => {});
        yield "Still here.";
      },
    });
    await using channel = await DemoChannel.start({});
    await using rosey = Rosey.start(channel.url, {
      config: { log_max_mb: 1, log_keep: 20 },
      llm: { ollama_host: ollama.url, response_timeout: 20, llm_cooldown: 10 },
    });
    await rosey.ready();
    channel.say("alice", "rosey, are you stuck?");
    await asked.promise;
    const before = rosey.residentBytes();
    let peak = before;
    const begun = performance.now();
    const total = LINES_PER_SECOND * SECONDS;
    for (let sent = 0; sent < total;) {
      const due = Math.min(total, (performance.now() - begun) / 1000 * LINES_PER_SECOND);
      for (; sent < due; sent++) channel.say(`user${sent % 200}`, `line ${sent} of the flood`);
      peak = Math.max(peak, rosey.residentBytes());
      // Ticks of a metronome: the rate is what this test is about.
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    const seconds = (performance.now() - begun) / 1000;
    hung = false;
    await rosey.line("LLM timeout", { timeoutMs: 60_000 });
    channel.say("bob", "rosey, anyone there?");
    await rosey.line("LLM response: user=bob");
    const after = rosey.residentBytes();
    assertEquals((await rosey.stop()).code, 0);
    const said = channel.lines.filter(({ username }) => username === "Rosey");
    assertEquals(said.map(({ msg }) => msg), ["Still here."]);
    const heard = rosey.chatLog().filter((line) => line.includes("of the flood"));
    const megabytes = (bytes: number) => (bytes / 1e6).toFixed(0);
    console.log(
      `flood: ${total} lines in ${seconds.toFixed(1)} s, ${heard.length} heard, resident ` +
        `${megabytes(before)} MB before, ${megabytes(peak)} MB peak, ${megabytes(after)} MB after`,
    );
    assertEquals(heard.length, total);
    assertGreater(rosey.chatLogFiles().length, 5, rosey.chatLogFiles().join());
    assert(heard.every((line, at) => line === `<user${at % 200}> line ${at} of the flood`));
    assertLess(peak - before, MAX_GROWTH, `it grew by ${megabytes(peak - before)} MB`);
  },
  { needs: "linux" },
);

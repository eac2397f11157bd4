/**
 * Measures the time from a chat line that calls the bot to its request at the model server. Channel and
 * model server run in this process, the bot is a child process; all sockets are on loopback.
 *
 * Usage: deno task bench:latency
 */
import { DemoChannel } from "../src/demo/channel/server.ts";
import { FakeOllama } from "../tests/fakes/ollama/server.ts";
import { Rosey } from "../tests/e2e/rosey.ts";

const CALLS = 300;

await using ollama = FakeOllama.start({ reply: () => "Yes.", tokenDelayMs: 0 });
await using channel = await DemoChannel.start({ throttle: false });
await using rosey = Rosey.start(channel.url, { llm: { ollama_host: ollama.url } });
await rosey.ready();

const toRequest: number[] = [];
const toAnswer: number[] = [];
for (let call = 0; call < CALLS; call++) {
  // After its burst the bot sends at most ten lines per second.
  await new Promise((resolve) => setTimeout(resolve, 200));
  const answer = channel.nextLine(({ username }) => username === "Rosey", 10_000);
  const begun = performance.now();
  channel.say(`user${call}`, "rosey?");
  await answer;
  toAnswer.push(performance.now() - begun);
  toRequest.push(ollama.requests.at(-1)!.at - begun);
}

for (const [what, times] of Object.entries({ toRequest, toAnswer })) {
  times.sort((a, b) => a - b);
  const at = (share: number) => `${times[Math.floor(times.length * share)]!.toFixed(2)} ms`;
  console.log(`${what.padEnd(10)} median ${at(0.5)}, 95 % ${at(0.95)}, 99 % ${at(0.99)}`);
}

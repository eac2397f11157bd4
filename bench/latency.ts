/**
 * The time from a chat line that calls the bot to its request at the model server, and from the model's
 * last byte to the first line in the channel, beside a minimal bot. Channel and model server run in
 * this process, the bots are child processes; who is not measured hears nothing meanwhile.
 */
import { delay } from "../src/clock.ts";
import { program } from "../tests/e2e/rosey.ts";
import { FakeOllama } from "../tests/fakes/ollama/server.ts";
import { BenchChannel, frameOf, type Listener } from "./channel.ts";
import { type Figure, quantile } from "./figures.ts";
import { reference } from "./reference/programs.ts";

const RATES = [0, 100, 10_000];
const ROUNDS = 4;
const CALLS = 50;
/** After its burst the bot sends at most ten lines a second. */
const PAUSE_MS = 200;
const WARM_UP_CALLS = 20;
/** Short: an answer that repeats the last ones is not said otherwise. */
const PIECES = ["Yes", ", it ", "is."];

interface Times {
  readonly toRequest: number[];
  readonly toLine: number[];
}

export async function* latency(): AsyncIterable<Figure> {
  let askedAt = Promise.withResolvers<number>();
  let wroteLast = NaN;
  async function* reply() {
    askedAt.resolve(performance.now());
    for (const piece of PIECES) {
      await delay(1);
      yield piece;
    }
    wroteLast = performance.now();
  }
  await using ollama = FakeOllama.start({ reply, tokenDelayMs: 0 });
  await using room = await BenchChannel.open();
  const { name, ...minimal } = await reference("minimal_bot");
  const rosey = await room.join(program(), ollama.url);
  await using _rosey = rosey.bot;
  await rosey.bot.ready();
  const other = await room.join(minimal, ollama.url);
  await using _other = other.bot;

  let calls = 0;
  async function call({ tcp }: Listener, bot: string, times: Times): Promise<void> {
    await delay(PAUSE_MS);
    askedAt = Promise.withResolvers();
    const frame = frameOf(`user${calls++}`, "rosey, what is this?");
    const line = room.channel.nextLine(({ username }) => username === bot, 10_000);
    const begun = performance.now();
    tcp.write(frame);
    times.toRequest.push(await askedAt.promise - begun);
    await line;
    times.toLine.push(performance.now() - wroteLast);
  }
  async function round(listener: Listener, bot: string, rate: number, times: Times) {
    const stop = new AbortController();
    const flooding = room.flood(listener, rate, stop.signal);
    for (let at = 0; at < CALLS; at++) await call(listener, bot, times);
    stop.abort();
    return await flooding;
  }

  const none = (): Times => ({ toRequest: [], toLine: [] });
  for (let at = 0; at < WARM_UP_CALLS; at++) {
    await call(other, "Minimal", none());
    await call(rosey, "Rosey", none());
  }
  for (const rate of RATES) {
    const own = none();
    const others = none();
    const reached: number[] = [];
    for (let at = 0; at < ROUNDS; at++) {
      await round(other, "Minimal", rate, others);
      reached.push(await round(rosey, "Rosey", rate, own));
    }
    const lines = `${Math.round(quantile(reached, 0.5))} lines/s`;
    const figure = (what: keyof Times, share: number, title: string, target?: Figure["target"]) => {
      const rounds = Array.from(
        { length: ROUNDS },
        (_, at) => quantile(own[what].slice(at * CALLS, (at + 1) * CALLS), share),
      );
      const value = quantile(own[what], share);
      const spread = quantile(rounds, 0.5) / Math.min(...rounds) - 1;
      const references = { [name]: quantile(others[what], share) };
      // The name says what was asked for, so that runs can be compared.
      const shown = `${title} p${share * 100}, ${rate} lines/s`;
      const ratios = { [name]: value / references[name]! };
      return { name: shown, unit: "ms", value, spread, references, ratios, target };
    };
    const fast = rate === RATES.at(-1) ? { most: 10 } : undefined;
    yield figure("toRequest", 0.5, "call to request", { times: 1.5 });
    yield figure("toRequest", 0.99, "call to request", fast);
    yield figure("toLine", 0.5, "last byte to line");
    yield figure("toLine", 0.99, "last byte to line");
    console.log(`  (Rosey took ${lines})`);
  }
}

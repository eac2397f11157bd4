/**
 * Measures what one GPU serves when ten bots share it through nginx: a model server that makes one reply
 * at a time, ten embedded channels, and different limits of `llm.max_replies_per_minute`.
 *
 * Usage: deno task bench:shared-gpu [--bots 10] [--minutes 2] [--parallel 1]
 */
import { parseArgs } from "@std/cli";
import { delay } from "../src/clock.ts";
import { wordsOf } from "../src/demo/scripted_model.ts";
import { type ChatMessage, FakeOllama } from "../tests/fakes/ollama/server.ts";
import { makeCerts } from "../tests/fakes/certs.ts";
import { documented, Nginx } from "../tests/fakes/nginx.ts";
import { mulberry32 } from "../tests/sanitize/attacks/random.ts";
import { refuse } from "../tools/refuse.ts";
import { BenchModel, TOKEN_MS } from "./load/model.ts";
import { summaryOf } from "./load/report.ts";
import { BenchRoom } from "./load/room.ts";

/** A call every six seconds in each room: twice what the GPU can answer for ten of them. */
const PEOPLE = 20;
const SAY_EVERY_MS = 6_000;
const CALL_SHARE = 0.05;
/** 20 is the default, 0 no limit. */
const LIMITS = [0, 20, 6, 3];
/** To read the prompt, before the first word. */
const PROMPT_MS = 500;

const values = parseArgs(Deno.args, { string: ["bots", "minutes", "parallel"], unknown: refuse });
const bots = Number(values.bots ?? 10);
const minutes = Number(values.minutes ?? 2);
const parallel = Number(values.parallel ?? 1);

/** Makes so many replies at a time, in the order of their requests. */
class Gpu {
  /** Milliseconds that it worked, over all places. */
  busyMs = 0;
  #free = parallel;
  readonly #waiting: (() => void)[] = [];
  readonly #model: BenchModel;

  constructor(model: BenchModel) {
    this.#model = model;
  }

  async *reply(messages: readonly ChatMessage[]): AsyncGenerator<string> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    const begun = performance.now();
    try {
      // A request that was given up while it waited ends here.
      yield "";
      await delay(PROMPT_MS);
      for (const word of wordsOf(this.#model.reply(messages))) {
        await delay(TOKEN_MS);
        yield word;
      }
    } finally {
      this.busyMs += performance.now() - begun;
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free++;
    }
  }
}

await using certs = await makeCerts();
for (const limit of LIMITS) await share(limit);

async function share(limit: number): Promise<void> {
  const random = mulberry32(1);
  const model = new BenchModel(random);
  const gpu = new Gpu(model);
  await using ollama = FakeOllama.start({ reply: (messages) => gpu.reply(messages) });
  await using nginx = await Nginx.start({
    server: documented("Behind a TLS proxy"),
    certs,
    set: { proxy_pass: ollama.url },
  });
  await using stack = new AsyncDisposableStack();
  const rooms: BenchRoom[] = [];
  for (let number = 1; number <= bots; number++) {
    const llm = {
      ollama_host: nginx.url,
      ca_file: certs.caPath,
      max_replies_per_minute: limit,
    };
    const people = { people: PEOPLE, sayEveryMs: SAY_EVERY_MS, callShare: CALL_SHARE };
    rooms.push(stack.use(await BenchRoom.start({ number, ...people, llm, random })));
  }
  await Promise.all(rooms.map((room) => room.bot.ready()));
  const begun = performance.now();
  await Promise.all(rooms.map((room) => room.talk(minutes)));
  const busy = gpu.busyMs / (performance.now() - begun) / parallel;
  await Promise.all(rooms.map((room) => room.finish()));
  const summary = summaryOf({
    seed: 1,
    minutes,
    lines: rooms.reduce((sum, { lines }) => sum + lines, 0),
    calls: new Map(rooms.flatMap(({ calls }) => [...calls])),
    replies: model.replies,
    log: rooms.flatMap(({ bot }) => bot.log),
  });
  const { outcomes, answered, waits, unexplained } = summary;
  const seconds = (share: number) =>
    `${((waits[Math.ceil(share * waits.length) - 1] ?? NaN) / 1000).toFixed(1)} s`;
  const shares = rooms.map(({ calls }) =>
    [...calls.values()].filter(({ answeredMs }) => answeredMs !== undefined).length
  );
  const reasons = Object.entries(Object.groupBy(outcomes, ({ outcome }) => outcome))
    .map(([reason, calls]) => `${reason} ${calls!.length}`);
  console.log(
    [
      `max_replies_per_minute ${limit || "off"}: ${outcomes.length} calls, ${answered} answered ` +
      `(${(answered / minutes).toFixed(0)} a minute; ${Math.min(...shares)} to ` +
      `${Math.max(...shares)} in a room)`,
      `GPU busy ${(busy * 100).toFixed(0)} %, first line after ${seconds(0.5)} (median), ` +
      `${seconds(0.99)} (99 %); without answer or reason ${unexplained}`,
      reasons.join(", "),
    ].join("\n  "),
  );
}

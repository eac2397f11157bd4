import { DEFAULT_LIMIT } from "../../src/demo/channel/throttle.ts";
import { FakeOllama } from "../../tests/fakes/ollama/server.ts";
import { mulberry32 } from "../../tests/sanitize/attacks/random.ts";
import { BenchModel, TOKEN_MS } from "./model.ts";
import { BenchRoom, type Call } from "./room.ts";

export interface LoadResult {
  readonly seed: number;
  readonly minutes: number;
  /** Lines of the people. */
  readonly lines: number;
  /** By the number in the call. */
  readonly calls: ReadonlyMap<number, Call>;
  /** The calls of each reply that the model wrote, in the order of the requests. */
  readonly replies: readonly (readonly number[])[];
  readonly log: readonly string[];
}

const PEOPLE = 50;
const CALL_SHARE = 0.05;

/** Runs the program in a busy channel, until it has answered. */
export async function load(
  { minutes, seed }: { readonly minutes: number; readonly seed: number },
): Promise<LoadResult> {
  const random = mulberry32(seed);
  const model = new BenchModel(random);
  await using ollama = FakeOllama.start({
    tokenDelayMs: TOKEN_MS,
    reply: (messages) => model.reply(messages),
  });
  await using room = await BenchRoom.start({
    people: PEOPLE,
    // The server lets one line a second through.
    sayEveryMs: 1000 / DEFAULT_LIMIT.sustained,
    callShare: CALL_SHARE,
    // The limit of answers in a minute would keep most of the load away.
    llm: { ollama_host: ollama.url, llm_cooldown: 10, max_replies_per_minute: 0 },
    random,
  });
  await room.bot.ready();
  await room.talk(minutes);
  await room.finish();
  const { lines, calls, bot: { log } } = room;
  return { seed, minutes, lines, calls, replies: model.replies, log };
}

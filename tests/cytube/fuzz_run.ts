import { FuzzedBot } from "./fuzzed_bot.ts";
import { KINDS, type WireEvent, wireEvents } from "./wire_fuzz.ts";

export interface FuzzResult {
  readonly counts: Readonly<Record<WireEvent["kind"], number>>;
  readonly faults: readonly string[];
  readonly read: number;
  readonly sent: number;
  /** The largest size of each collection. */
  readonly kept: Readonly<Record<string, number>>;
  readonly slowest: { readonly ms: number; readonly event: string };
}

export interface FuzzOptions {
  readonly events: number;
  readonly seed: number;
  /** Called from time to time with the number of events so far. */
  readonly onProgress?: (events: number) => void;
}

/** Events between two pauses in which the model answers. */
const EVENTS_BETWEEN_PAUSES = 20;

/** Lets a bot handle random and malformed events. */
export async function fuzz({ events, seed, onProgress }: FuzzOptions): Promise<FuzzResult> {
  const counts = Object.fromEntries(KINDS.map((kind) => [kind, 0])) as Record<
    WireEvent["kind"],
    number
  >;
  const kept: Record<string, number> = {};
  const prototypes = ownKeys();
  const faults: string[] = [];
  await using bot = new FuzzedBot(seed);
  const made = wireEvents(seed);
  for (let count = 1; count <= events; count++) {
    const event = made.next().value;
    counts[event.kind]++;
    bot.take(event);
    if (count % EVENTS_BETWEEN_PAUSES !== 0) continue;
    for (const [what, most] of Object.entries(bot.kept)) {
      kept[what] = Math.max(kept[what] ?? 0, most);
    }
    await bot.pass();
    onProgress?.(count);
  }
  if (!await bot.answers()) faults.push("Nobody is answered any more");
  if (ownKeys() !== prototypes) faults.push(`The prototypes have changed: ${ownKeys()}`);
  faults.push(...bot.faults);
  return { counts, faults, kept, read: bot.read, sent: bot.sent, slowest: bot.slowest };
}

function ownKeys(): string {
  const all = [Object, Array, Function, String, Number, Map, Promise];
  return all.map(({ prototype }) => Reflect.ownKeys(prototype).map(String).join()).join(" | ");
}

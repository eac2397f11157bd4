import { FuzzedBot } from "./fuzzed_bot.ts";
import { KINDS, type WireEvent, wireEvents } from "./wire_fuzz.ts";

/** What came of a run. */
export interface FuzzResult {
  readonly counts: Readonly<Record<WireEvent["kind"], number>>;
  readonly faults: readonly string[];
  readonly read: number;
  readonly sent: number;
  /** The most that was kept at any time. */
  readonly kept: Readonly<Record<string, number>>;
  readonly slowest: { readonly ms: number; readonly event: string };
}

/** Options of {@linkcode fuzz}. */
export interface FuzzOptions {
  readonly events: number;
  readonly seed: number;
  /** Told now and then how many events have been. */
  readonly onProgress?: (events: number) => void;
}

/** Between two moments in which the model answers. */
const MOMENT = 20;

/** Has a bot take in events as no server should send them. */
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
    if (count % MOMENT !== 0) continue;
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

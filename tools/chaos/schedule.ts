/** Which faults occur in which order, from a seed. */
import { mulberry32 } from "../../tests/sanitize/attacks/random.ts";

/** Of a model server. */
export const MODEL_FAULTS = [
  "killed",
  "hung",
  "only headers",
  "stops in mid stream",
  "one byte at a time",
  "late first token",
  "cut within a character",
  "cut within a chunk",
  "reset",
  "HTML",
  "broken JSON",
  "endless line",
  "502",
  "503",
  "429",
  "401 that repeats the key",
  "empty body",
  "other models",
  "other window",
  "new certificate",
  "untrusted certificate",
] as const;
export const CHANNEL_FAULTS = [
  "dropped",
  "502 of the site",
  "kicked",
  "muted",
  "restarted",
  "late echo",
] as const;
export const HOST_FAULTS = [
  "disk full",
  "suspended",
  "clock jumps",
  "new configuration",
  "invalid configuration",
] as const;

export type ModelFault = typeof MODEL_FAULTS[number];
export type ChannelFault = typeof CHANNEL_FAULTS[number];
export type HostFault = typeof HOST_FAULTS[number];

/** The server that answers first, the other one, both, or the one that has a certificate. */
export type Target = "first" | "second" | "both" | "https";

export type Fault =
  | {
    readonly side: "model";
    readonly kind: ModelFault;
    readonly target: Target;
    /** Only requests for answers have it; probes and lists are whole. */
    readonly chatOnly: boolean;
    readonly seconds: number;
  }
  | { readonly side: "channel"; readonly kind: ChannelFault; readonly seconds: number }
  | { readonly side: "host"; readonly kind: HostFault; readonly seconds: number };

/** Faults at one time. The next round begins when all have ended and the bot has answered. */
export type Round = readonly Fault[];

export interface ChaosSize {
  /** Undefined: one cycle, in which each kind occurs once. */
  readonly minutes?: number;
}

const CERTIFICATES: readonly ModelFault[] = ["new certificate", "untrusted certificate"];
/** Each kick doubles the pause of the bot, which is then longer than it may take to answer. */
const MAX_KICKS = 3;
const SHORT_SECONDS = 1;
/** The least seconds that a kind needs to have an effect. */
const LEAST_SECONDS: Partial<Record<Fault["kind"], number>> = {
  "late echo": 6,
  suspended: 2,
};

/** The rounds of a run: one cycle, or cycles without end. */
export function* schedule(seed: number, { minutes }: ChaosSize): Generator<Round> {
  const random = mulberry32(seed);
  const isShort = minutes === undefined;
  const seconds = (kind: Fault["kind"]) =>
    Math.max(LEAST_SECONDS[kind] ?? 0, isShort ? SHORT_SECONDS : lengthOf(random));
  for (let cycles = 0; cycles === 0 || !isShort; cycles++) {
    const models = shuffled(MODEL_FAULTS, random).map((kind): Fault => ({
      side: "model",
      kind,
      target: targetOf(kind, random()),
      chatOnly: random() < 0.5,
      seconds: seconds(kind),
    }));
    const channel = shuffled(CHANNEL_FAULTS, random)
      .filter((kind) => kind !== "kicked" || cycles < MAX_KICKS)
      .map((kind): Fault => ({ side: "channel", kind, seconds: seconds(kind) }));
    const host = shuffled(HOST_FAULTS, random)
      .map((kind): Fault => ({ side: "host", kind, seconds: seconds(kind) }));
    // Channel faults are far apart: a site limits how often the bot may connect.
    const others = [...channel, ...host].map((_, at) => [channel, host][at % 2]![at >> 1]);
    const every = models.length / others.length;
    for (const [at, fault] of models.entries()) {
      const other = Math.floor((at + 1) / every) > Math.floor(at / every)
        ? others.shift()
        : undefined;
      yield other === undefined ? [fault] : [fault, other];
    }
  }
}

/** Mostly seconds, now and then minutes. */
function lengthOf(random: () => number): number {
  const [which, part] = [random(), random()];
  const [least, most] = which < 0.7 ? [1, 5] : which < 0.96 ? [5, 20] : [60, 150];
  return Math.round(10 * (least + part * (most - least))) / 10;
}

function targetOf(kind: ModelFault, value: number): Target {
  if (CERTIFICATES.includes(kind)) return "https";
  return value < 0.3 ? "both" : value < 0.4 ? "second" : "first";
}

function shuffled<T>(list: readonly T[], random: () => number): T[] {
  const rest = [...list];
  return list.map(() => rest.splice(Math.floor(random() * rest.length), 1)[0]!);
}

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

/** The server that answers while both are whole, the other one, both, or one by its scheme. */
export type Target = "first" | "second" | "both" | "https" | "http";

export interface FaultyServer {
  readonly side: "model";
  readonly kind: ModelFault;
  readonly target: Target;
  /** Only requests for answers have it; probes and lists are whole. */
  readonly chatOnly: boolean;
  readonly seconds: number;
}

export type Fault =
  | FaultyServer
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
/** Kinds that concern the whole server, never answers only. */
const WHOLE_SERVER: readonly ModelFault[] = [
  "killed",
  "other models",
  "other window",
  ...CERTIFICATES,
];
/** Without it, the server with the fault would not be asked. */
const OTHER_SERVER: Partial<Record<Target, Target>> = { second: "first", https: "http" };
/** Kinds with which a server still answers. */
const HARMLESS: readonly ModelFault[] = ["one byte at a time", "late first token"];
const OUTAGE_SECONDS = 130;
const SHORT_SECONDS = 0.8;
/** What loses the connection comes together where it can: each loss doubles the bot's pause. */
const SHORT_CHANNEL: readonly (readonly ChannelFault[])[] = [
  ["kicked"],
  ["muted"],
  ["late echo"],
  ["dropped", "restarted", "502 of the site"],
];
/** The least seconds that a kind needs to have an effect. */
const LEAST_SECONDS: Partial<Record<Fault["kind"], number>> = {
  "late echo": 6,
  suspended: 2,
};

/** The rounds of a run: one cycle, or cycles without end. */
export function* schedule(seed: number, { minutes }: ChaosSize): Generator<Round> {
  const random = mulberry32(seed);
  if (minutes === undefined) return yield* cycle(shortParts(random));
  for (let cycles = 0;; cycles++) yield* cycle(longParts(random, cycles));
}

/** The rounds of the model servers, and what else occurs during them. */
interface Parts {
  readonly models: readonly Round[];
  readonly channel: readonly Round[];
  readonly host: readonly Round[];
}

/** Channel faults are far apart: a site limits how often the bot may connect. */
function* cycle({ models, channel, host }: Parts): Generator<Round> {
  const longest = Math.max(channel.length, host.length);
  const others = Array.from({ length: longest }, (_, at) => [channel[at], host[at]]).flat()
    .filter((other) => other !== undefined);
  const every = models.length / others.length;
  for (const [at, round] of models.entries()) {
    const isDue = Math.floor((at + 1) / every) > Math.floor(at / every);
    yield [...round, ...isDue ? others.shift() ?? [] : []];
  }
}

/** Two kinds at a time: what the first server cannot answer, the second cannot either. */
function shortParts(random: () => number): Parts {
  const fault = (kind: ModelFault, target: Target) =>
    modelFault(kind, { target, random, seconds: SHORT_SECONDS });
  const kinds = shuffled(MODEL_FAULTS.filter((kind) => !CERTIFICATES.includes(kind)), random);
  const models = CERTIFICATES.map((kind): Round => [
    fault(kind, "https"),
    fault(kinds.pop()!, "http"),
  ]);
  for (let kind = kinds.pop(); kind !== undefined; kind = kinds.pop()) {
    const other = kinds.pop();
    models.push([fault(kind, "first"), ...other ? [fault(other, "second")] : []]);
  }
  const seconds = (kind: Fault["kind"]) => LEAST_SECONDS[kind] ?? SHORT_SECONDS;
  const channel = SHORT_CHANNEL.map((kinds): Round =>
    kinds.map((kind) => ({ side: "channel", kind, seconds: seconds(kind) }))
  );
  const host = HOST_FAULTS.map((kind): Round => [{ side: "host", kind, seconds: seconds(kind) }]);
  return {
    models: shuffled(models, random),
    channel: shuffled(channel, random),
    // The bot tries a full disk again after ten seconds, which must not be the last ones.
    host: shuffled(host, random).sort((a) => a.some(({ kind }) => kind === "disk full") ? -1 : 0),
  };
}

function longParts(random: () => number, cycles: number): Parts {
  const seconds = (kind: Fault["kind"]) => Math.max(LEAST_SECONDS[kind] ?? 0, lengthOf(random));
  const models = shuffled(MODEL_FAULTS, random).map((kind): Round => {
    const target = targetOf(kind, random());
    const fault = modelFault(kind, { target, random, seconds: seconds(kind) });
    const other = OTHER_SERVER[target];
    return other ? [fault, { ...fault, kind: "killed", target: other, chatOnly: false }] : [fault];
  });
  if (cycles === 0) models.unshift([longOutage(random)]);
  const channel = shuffled(CHANNEL_FAULTS, random)
    .filter((kind) => kind !== "kicked" || cycles < MAX_KICKS)
    .map((kind): Round => [{ side: "channel", kind, seconds: seconds(kind) }]);
  const host = shuffled(HOST_FAULTS, random)
    .map((kind): Round => [{ side: "host", kind, seconds: seconds(kind) }]);
  return { models, channel, host };
}

/** Both servers are up, and none answers, for as long as the bot's pauses grow. */
function longOutage(random: () => number): FaultyServer {
  const kinds = MODEL_FAULTS.filter((kind) =>
    !WHOLE_SERVER.includes(kind) && !HARMLESS.includes(kind)
  );
  const [kind] = shuffled(kinds, random);
  return { side: "model", kind: kind!, target: "both", chatOnly: true, seconds: OUTAGE_SECONDS };
}

function modelFault(
  kind: ModelFault,
  { target, random, seconds }: { target: Target; random: () => number; seconds: number },
): FaultyServer {
  const isPart = random() < 0.5;
  const chatOnly = isPart && !WHOLE_SERVER.includes(kind);
  return { side: "model", kind, target, chatOnly, seconds };
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

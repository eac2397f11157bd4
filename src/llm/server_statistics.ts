/** Statistics of one model server, for operators only. */
import type { Clock } from "../clock.ts";
import type { FailureKind } from "./errors.ts";
import type { ModelStatus, Timing } from "./provider.ts";
import type { ServerState } from "./server_status.ts";

/** Upper bounds of the histogram of durations, in seconds. */
export const DURATION_BUCKETS = [0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60, 120, 300] as const;

/** State and measurements of one server since the start. */
export interface ServerReport {
  readonly provider: string;
  readonly modelName: string;
  readonly host: string;
  readonly state: ServerState;
  readonly stateForMs: number;
  /** Why the state is not `up`, with a hint. */
  readonly reason: string;
  /** Time until the next probe, while the server is down. */
  readonly nextProbeInMs?: number;
  readonly latencyMs?: number;
  /** The server's models at the last probe; undefined if it has no list. */
  readonly offered?: readonly string[];
  readonly model?: ModelStatus;
  /** Per bucket of {@linkcode DURATION_BUCKETS}: how many answers took at most that long. */
  readonly durations: {
    readonly buckets: readonly number[];
    readonly count: number;
    readonly sumSeconds: number;
  };
  /** What the server measured of the last answer. */
  readonly speed?: Speed;
  readonly failures: Readonly<Partial<Record<FailureKind, number>>>;
  readonly errorsLastHour: number;
}

/** What the server measured of an answer, as far as it tells. */
export interface Speed {
  readonly tokensPerSecond?: number;
  /** Time that the answer waited for a load of the model; almost 0 if it was loaded. */
  readonly loadSeconds?: number;
  /** Time until the prompt was read. */
  readonly promptSeconds?: number;
}

const MINUTE_MS = 60_000;
const MINUTES = 60;

/** Has a constant size. */
export class ServerStatistics {
  readonly #clock: Clock;
  readonly #buckets = new Array<number>(DURATION_BUCKETS.length).fill(0);
  readonly #failures: Partial<Record<FailureKind, number>> = {};
  /** A ring of the last hour's errors by minute. */
  readonly #minutes = Array.from({ length: MINUTES }, () => ({ minute: -1, errors: 0 }));
  #count = 0;
  #sumSeconds = 0;
  #speed: Speed | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get measures(): Pick<ServerReport, "durations" | "speed" | "failures" | "errorsLastHour"> {
    const minute = this.#minute();
    return {
      durations: { buckets: [...this.#buckets], count: this.#count, sumSeconds: this.#sumSeconds },
      speed: this.#speed,
      failures: { ...this.#failures },
      errorsLastHour: this.#minutes
        .filter((slot) => slot.minute > minute - MINUTES)
        .reduce((sum, { errors }) => sum + errors, 0),
    };
  }

  answered(durationMs: number, timing?: Timing): void {
    const seconds = durationMs / 1000;
    this.#speed = timing && speedOf(timing);
    this.#count++;
    this.#sumSeconds += seconds;
    for (const [at, bound] of DURATION_BUCKETS.entries()) {
      if (seconds <= bound) this.#buckets[at]!++;
    }
  }

  failed(kind: FailureKind): void {
    this.#failures[kind] = (this.#failures[kind] ?? 0) + 1;
    const minute = this.#minute();
    const slot = this.#minutes[minute % MINUTES]!;
    if (slot.minute !== minute) Object.assign(slot, { minute, errors: 0 });
    slot.errors++;
  }

  #minute(): number {
    return Math.floor(this.#clock.now() / MINUTE_MS);
  }
}

function speedOf({ loadMs, promptMs, tokens, tokensMs }: Timing): Speed {
  const seconds = (ms: number | undefined) => ms === undefined ? undefined : ms / 1000;
  return {
    tokensPerSecond: tokens && tokensMs ? 1000 * tokens / tokensMs : undefined,
    loadSeconds: seconds(loadMs),
    promptSeconds: seconds(promptMs),
  };
}

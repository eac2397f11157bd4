/**
 * How a model's server has done: what an operator wants to see of it, and nothing that decides.
 *
 * @module
 */
import type { Clock } from "../clock.ts";
import type { FailureKind, ModelStatus, Provider } from "./provider.ts";
import type { ServerState } from "./server_status.ts";

/** Upper bounds of the buckets into which durations are counted, in seconds. */
export const DURATION_BUCKETS = [0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60, 120, 300] as const;

/** Durations of answers, counted. */
export interface Durations {
  /** How many were at most as long as the bucket of the same index in {@linkcode DURATION_BUCKETS}. */
  readonly buckets: readonly number[];
  /** How many there were. */
  readonly count: number;
  /** All together, in seconds. */
  readonly sumSeconds: number;
}

/** What was counted and measured of one server since the start. */
export interface Measures {
  /** Of the last look at the server, question to answer, in milliseconds. */
  readonly latencyMs?: number;
  /** Models that the server had then; none where it keeps no list. */
  readonly offered?: readonly string[];
  /** Of whole answers. */
  readonly durations: Durations;
  /** Requests that failed, by kind. */
  readonly failures: Readonly<Partial<Record<FailureKind, number>>>;
  /** Requests and looks that failed within the last hour. */
  readonly errorsLastHour: number;
  /** The model, when the server last told. */
  readonly model?: ModelStatus;
}

/** How a link is, and how its server has done. */
export interface ServerReport extends Measures {
  /** As the configuration names it. */
  readonly provider: Provider["name"];
  /** As the server knows it. */
  readonly modelName: string;
  /** The server's address without credentials. */
  readonly host: string;
  /** Whether the model can be asked. */
  readonly state: ServerState;
  /** How long it has been so, in milliseconds. */
  readonly stateForMs: number;
  /** Why it is not up; of the last failure while it is. */
  readonly reason: string;
  /** Until the server is asked again whether it is there, in milliseconds, while it is down. */
  readonly nextProbeInMs?: number;
}

const MINUTE_MS = 60_000;
const MINUTES = 60;

/** Counts and measures one server. Its size never grows. */
export class Health {
  readonly #clock: Clock;
  readonly #buckets = new Array<number>(DURATION_BUCKETS.length).fill(0);
  readonly #failures: Partial<Record<FailureKind, number>> = {};
  /** Errors of the last hour by minute; each knows which minute it counts. */
  readonly #minutes = Array.from({ length: MINUTES }, () => ({ minute: -1, errors: 0 }));
  #count = 0;
  #sumSeconds = 0;
  #latencyMs: number | undefined;
  #offered: readonly string[] | undefined;
  #model: ModelStatus | undefined;

  /**
   * Nothing is known yet.
   *
   * @param clock The time.
   */
  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** What is known by now. */
  get measures(): Measures {
    const minute = this.#minute();
    return {
      latencyMs: this.#latencyMs,
      offered: this.#offered,
      durations: {
        buckets: [...this.#buckets],
        count: this.#count,
        sumSeconds: this.#sumSeconds,
      },
      failures: { ...this.#failures },
      errorsLastHour: this.#minutes
        .filter((slot) => slot.minute > minute - MINUTES)
        .reduce((sum, { errors }) => sum + errors, 0),
      model: this.#model,
    };
  }

  /**
   * The server answered to a look at it.
   *
   * @param latencyMs From the question to the answer.
   * @param offered The models that it has, where it keeps a list.
   */
  seen(latencyMs: number, offered?: readonly string[]): void {
    this.#latencyMs = latencyMs;
    this.#offered = offered;
  }

  /**
   * The server told how its model is.
   *
   * @param status What it told; undefined when it is away, and nothing is known any more.
   */
  model(status: ModelStatus | undefined): void {
    this.#model = status;
  }

  /**
   * A question was answered.
   *
   * @param durationMs From the question to the end of the answer.
   */
  answered(durationMs: number): void {
    const seconds = durationMs / 1000;
    this.#count++;
    this.#sumSeconds += seconds;
    for (const [at, bound] of DURATION_BUCKETS.entries()) {
      if (seconds <= bound) this.#buckets[at]!++;
    }
  }

  /**
   * A request or a look failed.
   *
   * @param kind Why.
   */
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

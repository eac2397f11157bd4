/**
 * One question after another is taken to the model; what waits is bounded, fair and not for ever.
 *
 * @module
 */
import { getLogger } from "@logtape/logtape";
import { type Clock, within } from "../clock.ts";
import { errorMessage } from "../errors.ts";
import type { ModelPool } from "../llm/model_pool.ts";
import { LeaveTimers } from "./leave_timers.ts";
import type { Answered, ReplyGenerator } from "./reply_generator.ts";
import type { Decisions, Outcome } from "./decisions.ts";
import { type Question, ReplyQueue } from "./reply_queue.ts";
import type { Room } from "./room.ts";

const log = getLogger(["rosey", "chat"]);

/** Questions that wait while one is answered. */
const QUEUE_CAPACITY = 8;
/** Whoever reloads the page leaves and is back within this. */
const RELOAD_MS = 10_000;

/** Options of {@linkcode ReplyWorker}. */
export interface ReplyWorkerOptions {
  /** Whom to ask. */
  readonly models: ModelPool;
  /** Who is here. */
  readonly room: Room;
  /** Answers one question. */
  readonly generator: ReplyGenerator;
  /** Told what comes of each question. */
  readonly decisions: Decisions;
  /** Told of each question that was answered. */
  readonly onAnswered: (question: Question) => void;
  /** Told of each question that somebody asked and that the model could not answer. */
  readonly onFailed: (question: Question) => void;
  /** The time. */
  readonly clock: Clock;
}

/** The questions, and the loop that has them answered. */
export class ReplyWorker {
  /** A question that waited longer, beside the loading of the model, is dropped. */
  staleMs = 60_000;
  readonly #options: ReplyWorkerOptions;
  readonly #leaveTimers: LeaveTimers;
  readonly #queue = new ReplyQueue({ capacity: QUEUE_CAPACITY });
  /** Since when the model can be asked: what was asked before waited for it. */
  #readySinceMs = -Infinity;
  #wake = Promise.withResolvers<void>();
  /** The question that the model is asked just now. */
  #asking: { readonly question: Question; readonly cancel: AbortController } | undefined;

  /**
   * Answers while it runs.
   *
   * @param options What it works with.
   */
  constructor(options: ReplyWorkerOptions) {
    this.#options = options;
    this.#leaveTimers = new LeaveTimers({
      clock: options.clock,
      graceMs: RELOAD_MS,
      isHere: (user) => options.room.user(user) !== undefined,
      onGone: (user) => this.drop(user, "asker left"),
    });
  }

  /** How many questions wait. */
  get waiting(): number {
    return this.#queue.size;
  }

  /** Whether no further question can wait. */
  get full(): boolean {
    return this.#queue.full;
  }

  /** Whether nothing waits and nothing is answered. */
  get idle(): boolean {
    return this.#queue.size === 0 && this.#asking === undefined;
  }

  /**
   * Takes a question; who asks twice is answered once.
   *
   * @param question Which.
   * @returns False where no further question can wait.
   */
  ask(question: Question): boolean {
    const { decisions } = this.#options;
    const became = this.#queue.push(question);
    if (became === "full") return false;
    if (became === "added") decisions.queued(question.user);
    else decisions.merged(question.user);
    this.#wake.resolve();
    return true;
  }

  /**
   * Somebody left. Unless they are back in a moment, what they asked is not answered any more, and the
   * model is not kept busy with it.
   *
   * @param user Their name.
   */
  left(user: string): void {
    if (this.#asks(user) || this.#queue.has(user)) this.#leaveTimers.left(user);
  }

  /**
   * Gives up what one person asked.
   *
   * @param user Their name.
   * @param why What comes of it.
   */
  drop(user: string, why: "asker left" | "forgotten" | "ignored"): void {
    let dropped = this.#queue.drop(user);
    if (this.#asks(user)) {
      this.#asking!.cancel.abort();
      dropped++;
    }
    for (; dropped > 0; dropped--) this.#settle(user, why);
  }

  /**
   * Gives up everything.
   *
   * @param why What comes of it.
   */
  clear(why: "forgotten" | "paused" | "stopped"): void {
    for (const { user } of this.#queue.clear()) this.#settle(user, why);
    if (!this.#asking || why === "stopped") return;
    this.#asking.cancel.abort();
    this.#settle(this.#asking.question.user, why);
  }

  /**
   * Has questions answered until the signal ends it.
   *
   * @param signal Cancels the answer in progress and drops what waits.
   */
  async run(signal: AbortSignal): Promise<void> {
    const onAbort = () => this.#wake.resolve();
    signal.addEventListener("abort", onAbort, { once: true });
    while (!signal.aborted) {
      if (this.#queue.size === 0) {
        await this.#wake.promise;
        this.#wake = Promise.withResolvers();
        continue;
      }
      try {
        await this.#next(signal);
      } catch (error) {
        if (!signal.aborted) log.error("LLM error: {error}", { error });
      }
    }
    signal.removeEventListener("abort", onAbort);
    this.#leaveTimers.clear();
    this.clear("stopped");
  }

  #asks(user: string): boolean {
    return this.#asking?.question.user.toLowerCase() === user.toLowerCase();
  }

  #settle(user: string, outcome: Exclude<Outcome, "waiting">, detail?: string): void {
    this.#options.decisions.finished(user, outcome, detail);
    log.info("No answer for {user}: {reason}", { user, reason: detail ?? outcome });
  }

  /** @returns Whether the model can be asked; undefined when the first question has waited too long for it. */
  async #modelReady(signal: AbortSignal): Promise<boolean | undefined> {
    const { models, clock } = this.#options;
    const waiting = new AbortController();
    try {
      const patienceMs = this.#queue.patienceMs(clock.now(), this.staleMs) + 1;
      const up = await within(models.ready(waiting.signal), patienceMs, { signal, clock });
      this.#readySinceMs = models.readySinceMs;
      return up;
    } catch (error) {
      signal.throwIfAborted();
      log.error("LLM error: {error}", { error });
      return false;
    } finally {
      waiting.abort();
    }
  }

  async #next(signal: AbortSignal): Promise<void> {
    const { models, clock, generator, decisions, onAnswered, onFailed } = this.#options;
    const up = await this.#modelReady(signal);
    signal.throwIfAborted();
    const limits = { staleMs: this.staleMs, readySinceMs: up ? this.#readySinceMs : Infinity };
    for (const question of this.#queue.expire(clock.now(), limits)) {
      this.#settle(
        question.user,
        "waited too long",
        up ? undefined : "waited too long for the model",
      );
      onFailed(question);
    }
    if (up === undefined) return;
    const next = this.#queue.shift();
    if (!next) return;
    const { user } = next;
    if (!up) {
      this.#settle(user, "model unavailable", models.reason);
      return onFailed(next);
    }
    const cancel = new AbortController();
    this.#asking = { question: next, cancel };
    const wanted = AbortSignal.any([signal, cancel.signal]);
    try {
      const { outcome, detail } = await generator.answer(next, wanted).catch((error): Answered => {
        // A fault of the program: what a model can do wrong is an outcome.
        if (!wanted.aborted) log.error("LLM error: {error}", { error });
        return { outcome: "model failed", detail: errorMessage(error) };
      });
      // Whoever cancelled it has said what came of it.
      if (wanted.aborted) return;
      decisions.finished(user, outcome, detail);
      if (outcome === "answered") onAnswered(next);
      if (outcome === "model failed" || outcome === "nothing harmless left") onFailed(next);
    } finally {
      this.#asking = undefined;
    }
  }
}

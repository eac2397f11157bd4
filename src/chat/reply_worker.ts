/** Answers questions one at a time; drops those that are too old or whose asker left. */
import { getLogger } from "@logtape/logtape";
import { type Clock, OVER, within } from "../clock.ts";
import type { Models } from "../llm/model_pool.ts";
import type { Decisions, FinalOutcome } from "./decisions.ts";
import { QuestionSpans } from "./question_spans.ts";
import type { ReplyGenerator, ReplyResult } from "./reply_generator.ts";
import { isCallOf, isSameUser, merge, type Question, ReplyQueue } from "./reply_queue.ts";
import { ReplyRate } from "./reply_rate.ts";
import type { Room } from "./room.ts";

const log = getLogger(["rosey", "chat"]);

const QUEUE_CAPACITY = 8;
/** A user who leaves and is back within this time reloaded the page. */
const LEAVE_GRACE_MS = 10_000;
/** A line that follows the question within this time belongs to it. */
const CONTINUE_MS = 3000;

export interface ReplyWorkerOptions {
  readonly models: Models;
  readonly room: Room;
  readonly generator: ReplyGenerator;
  readonly decisions: Decisions;
  readonly onAnswered: (question: Question) => void;
  readonly onFailed: (question: Question) => void;
  readonly clock: Clock;
}

export class ReplyWorker {
  /** Milliseconds that a question may wait, without the time that the model loads. */
  staleMs = 60_000;
  readonly rate = new ReplyRate();
  readonly #options: ReplyWorkerOptions;
  readonly #queue = new ReplyQueue(QUEUE_CAPACITY);
  readonly #spans: QuestionSpans;
  /** Cancels the timer of each asker who left. */
  readonly #leaveTimers = new Map<string, () => void>();
  #wake = Promise.withResolvers<void>();
  #current: { readonly question: Question; readonly cancel: AbortController } | undefined;

  constructor(options: ReplyWorkerOptions) {
    this.#options = options;
    this.#spans = new QuestionSpans(options.clock);
  }

  get waiting(): number {
    return this.#queue.size;
  }

  /** Questions that wait or are being answered. */
  get unanswered(): number {
    return this.#queue.size + (this.#current ? 1 : 0);
  }

  get full(): boolean {
    return this.#queue.full;
  }

  get idle(): boolean {
    return this.unanswered === 0;
  }

  /** Whether the user asked a moment ago and is not answered yet. */
  continues(user: string, isPrivate: boolean, now: number): boolean {
    const askedMs = this.#queue.askedMs(user, isPrivate) ??
      this.#unseenCall(user, isPrivate)?.askedMs;
    return askedMs !== undefined && now - askedMs <= CONTINUE_MS;
  }

  /** The user's call that the model was asked and whose answer nobody has seen. */
  #unseenCall(user: string, isPrivate: boolean): Question | undefined {
    const { question } = this.#current ?? {};
    return question && isCallOf(question, user, isPrivate)
      ? question
      : this.#options.generator.unsaid.call(user, isPrivate);
  }

  /** Whether as many questions as a minute allows are asked or wait. */
  get limitReached(): boolean {
    return this.rate.isFull(this.#options.clock.now(), this.#queue.size);
  }

  /**
   * Adds a question. One that {@linkcode ReplyWorker.continues} another one is merged into it, and the
   * model is asked anew if it was asked.
   *
   * @returns False if the queue is full.
   */
  add(question: Question): boolean {
    const { decisions, generator } = this.#options;
    const { user, private: isPrivate, kind, askedMs } = question;
    const first = kind === "call" ? this.#unseenCall(user, isPrivate) : undefined;
    if (first && askedMs - first.askedMs <= CONTINUE_MS) {
      if (first === this.#current?.question) this.#cancelCurrent();
      const instead = generator.unsaid.takeBack(first) ?? first.instead;
      this.#queue.putBack({ ...merge(first, question), instead });
      decisions.merged(user, question);
      this.#wake.resolve();
      return true;
    }
    const result = this.#queue.push(question);
    if (result === "full") return false;
    if (result === "added") decisions.queued(user, question);
    else decisions.merged(user, question);
    this.#wake.resolve();
    return true;
  }

  /** Drops the user's questions unless the user is back in a moment. */
  userLeft(user: string): void {
    if (!this.#isAnswering(user) && !this.#queue.has(user)) return;
    const { clock, room } = this.#options;
    const key = user.toLowerCase();
    this.#leaveTimers.get(key)?.();
    const cancel = clock.setTimer(() => {
      this.#leaveTimers.delete(key);
      if (!room.user(user)) this.drop(user, "asker left");
    }, LEAVE_GRACE_MS);
    this.#leaveTimers.set(key, cancel);
  }

  /** Drops the user's questions, also the one that is being answered. */
  drop(user: string, reason: "asker left" | "forgotten" | "ignored"): void {
    if (reason === "forgotten") this.#forget(user);
    const dropped = this.#queue.drop(user);
    if (this.#isAnswering(user)) dropped.push(this.#cancelCurrent()!);
    for (const question of dropped) this.#finishUnanswered(question, reason);
  }

  clear(reason: "forgotten" | "paused" | "cancelled" | "stopped"): void {
    if (reason === "forgotten") this.#forget();
    for (const question of this.#queue.clear()) this.#finishUnanswered(question, reason);
    if (!this.#current || reason === "stopped") return;
    this.#finishUnanswered(this.#cancelCurrent()!, reason);
  }

  /** Answers questions until the signal aborts; that cancels the current one and drops the rest. */
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
        await this.#handleNext(signal);
      } catch (error) {
        if (!signal.aborted) log.error("LLM error: {error}", { error });
      }
    }
    signal.removeEventListener("abort", onAbort);
    for (const cancel of this.#leaveTimers.values()) cancel();
    this.#options.generator.unsaid.clear();
    this.clear("stopped");
  }

  /** From now on nothing is merged into the question, however long its request takes to end. */
  #cancelCurrent(): Question | undefined {
    const { question, cancel } = this.#current ?? {};
    cancel?.abort();
    this.#current = undefined;
    return question;
  }

  #forget(user?: string): void {
    const { generator, decisions } = this.#options;
    generator.unsaid.forget(user);
    decisions.forgetWords(user);
  }

  #isAnswering(user: string): boolean {
    return this.#current !== undefined && isSameUser(this.#current.question.user, user);
  }

  #finishUnanswered(question: Question, outcome: FinalOutcome, detail?: string): void {
    this.#options.decisions.finished(question, outcome, detail);
    this.#spans.end(question, outcome);
    const { user } = question;
    log.info("No answer for {user}: {reason}", { user, reason: detail ?? outcome });
  }

  /** @returns Whether a model is available; undefined if the first question waited too long for it. */
  async #isModelReady(signal: AbortSignal): Promise<boolean | undefined> {
    const { models, clock } = this.#options;
    const waiting = new AbortController();
    try {
      const maxWaitMs = this.#queue.maxWaitMs(clock.now(), this.staleMs) + 1;
      return await within(models.ready(waiting.signal), maxWaitMs, { signal, clock });
    } catch (error) {
      signal.throwIfAborted();
      log.error("LLM error: {error}", { error });
      return false;
    } finally {
      waiting.abort(OVER);
    }
  }

  async #handleNext(signal: AbortSignal): Promise<void> {
    const { models, onFailed } = this.#options;
    const ready = await this.#isModelReady(signal);
    signal.throwIfAborted();
    this.#expire(ready);
    if (ready === undefined) return;
    const question = this.#queue.shift();
    if (!question) return;
    if (ready) return await this.#answer(question, signal);
    this.#finishUnanswered(question, "model unavailable", models.reason);
    onFailed(question);
  }

  #expire(ready: boolean | undefined): void {
    const { models, clock, onFailed } = this.#options;
    const readySinceMs = ready ? models.readySinceMs : Infinity;
    const detail = ready ? undefined : "waited too long for the model";
    const limits = { staleMs: this.staleMs, readySinceMs };
    for (const question of this.#queue.expire(clock.now(), limits)) {
      this.#finishUnanswered(question, "waited too long", detail);
      onFailed(question);
    }
  }

  async #answer(question: Question, signal: AbortSignal): Promise<void> {
    const { models, generator, decisions, onAnswered, onFailed, clock } = this.#options;
    const cancel = new AbortController();
    this.#current = { question, cancel };
    this.rate.asked(clock.now());
    const combined = AbortSignal.any([signal, cancel.signal]);
    const finish = ({ outcome, detail }: ReplyResult) => {
      decisions.finished(question, outcome, detail);
      this.#spans.end(question, outcome);
      if (outcome === "answered") onAnswered(question);
      if (outcome === "model failed" || outcome === "nothing useful left") onFailed(question);
    };
    try {
      const ask = () => generator.answer(question, combined, finish);
      const result = await this.#spans.ask(question, models.readySinceMs, ask).catch(
        (error): ReplyResult => {
          // A bug: the generator reports the model's failures as an outcome.
          if (!combined.aborted) log.error("LLM error: {error}", { error });
          return { outcome: "model failed", detail: "internal error, see the log" };
        },
      );
      // Who cancelled it has recorded the outcome.
      if (!result || cancel.signal.aborted) return;
      if (signal.aborted) this.#finishUnanswered(question, "stopped");
      else finish(result);
    } finally {
      this.#current = undefined;
    }
  }
}

/**
 * The conversation: hears every line at once, answers one question at a time.
 *
 * @module
 */
import { getLogger } from "@logtape/logtape";
import { type Clock, systemClock } from "../clock.ts";
import type { ChatLine } from "../cytube/events.ts";
import type { TalkSettings } from "../config/settings.ts";
import type { Models } from "../llm/models.ts";
import { Absences } from "./absence.ts";
import { Answerer } from "./answerer.ts";
import { Cooldown } from "./cooldown.ts";
import { decide, type Decision } from "./decide.ts";
import { type DecisionReport, Decisions } from "./decisions.ts";
import { guard } from "./guard.ts";
import { QuestionQueue } from "./queue.ts";
import type { Room } from "./room.ts";
import { split } from "./split.ts";
import { compileTrigger, type Trigger } from "./trigger.ts";

const log = getLogger(["rosey", "chat"]);

/** Options of {@linkcode Responder}. */
export interface ResponderOptions {
  /** Whom to ask. */
  readonly models: Models;
  /** Who is here and what plays. */
  readonly room: Room;
  /** Queues the lines of a reply; false where there is no room for them. */
  readonly say: (lines: readonly string[]) => boolean;
  /** The channel's name. */
  readonly channel: string;
  /** How she talks. */
  readonly talk: TalkSettings;
  /** Default: the real time. */
  readonly clock?: Clock;
}

/** Questions that wait while one is answered. */
const QUEUE_CAPACITY = 8;
/** A load of the model may take this long and the first asker still be answered. */
const STALE_MS = 120_000;
/** Whoever reloads the page leaves and is back within this. */
const RELOAD_MS = 10_000;
const PREVIEW_CHARS = 50;

/** Decides and queues; has one question after another answered. */
export class Responder {
  readonly #options: ResponderOptions;
  readonly #clock: Clock;
  readonly #cooldown: Cooldown;
  readonly #answerer: Answerer;
  readonly #absences: Absences;
  readonly #decisions = new Decisions();
  readonly #queue = new QuestionQueue({ capacity: QUEUE_CAPACITY, staleMs: STALE_MS });
  #talk: TalkSettings;
  #calls: Trigger = () => false;
  #wake = Promise.withResolvers<void>();
  /** The question that the model is asked just now. */
  #asking: { readonly user: string; readonly cancel: AbortController } | undefined;

  /**
   * Hears from now on; answers while it runs.
   *
   * @param options What it works with.
   */
  constructor(options: ResponderOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#talk = options.talk;
    this.#cooldown = new Cooldown(options.talk.cooldownSeconds * 1000);
    this.#answerer = new Answerer({ ...options, clock: this.#clock });
    this.#absences = new Absences({
      clock: this.#clock,
      graceMs: RELOAD_MS,
      isHere: (user) => options.room.user(user) !== undefined,
      onGone: (user) => this.#abandon(user),
    });
    this.renamed();
  }

  /** What was decided, and what came of it. */
  get decisions(): DecisionReport {
    return this.#decisions.report;
  }

  /** How many questions wait. */
  get waiting(): number {
    return this.#queue.size;
  }

  /** The bot may have joined under another spelling of her name. */
  renamed(): void {
    const { triggers } = this.#talk;
    this.#calls = compileTrigger(triggers.length > 0 ? triggers : [this.#options.room.ownName]);
  }

  /**
   * Talks differently from now on; what was said and who has asked just now stays remembered.
   *
   * @param talk How.
   */
  adopt(talk: TalkSettings): void {
    this.#talk = talk;
    this.#cooldown.pauseMs = talk.cooldownSeconds * 1000;
    this.#answerer.adopt(talk);
    this.renamed();
  }

  /**
   * Takes in one line of chat and decides about it at once.
   *
   * @param line The line.
   * @param live False for lines of before the bot joined.
   * @returns What was decided.
   */
  hear(line: ChatLine, live: boolean): Decision {
    const { models, room } = this.#options;
    const now = this.#clock.now();
    const decision = decide(line, {
      live,
      isSelf: (name) => room.isSelf(name),
      calls: this.#calls,
      cooldownMs: (name) => this.#cooldown.remainingMs(name, now),
      model: models.state,
      queueFull: this.#queue.full,
    });
    const { user, text } = line;
    if (decision.action === "reply") {
      log.info('LLM trigger: user={user}, message="{preview}"', {
        user,
        preview: text.slice(0, PREVIEW_CHARS),
      });
      this.#cooldown.start(user, now);
      this.#queue.push({ user, text, askedMs: now });
      this.#decisions.taken(user);
      this.#wake.resolve();
      return decision;
    }
    this.#decisions.ignored(user, decision.reason);
    switch (decision.reason) {
      case "model unavailable":
      case "queue full":
        this.#cooldown.start(user, now);
        log.info("No answer for {user}: {reason}{detail}", {
          user,
          reason: decision.reason,
          detail: decision.reason === "queue full" ? "" : ` (${models.reason})`,
        });
        this.#sayFallback();
        break;
      case "model off":
      case "cooldown":
        log.debug("No answer for {user}: {reason}", { user, reason: decision.reason });
        break;
    }
    return decision;
  }

  /**
   * Somebody left. Unless they are back in a moment, their question is not answered any more, and the
   * model is not kept busy with it.
   *
   * @param user Their name.
   */
  left(user: string): void {
    if (this.#asks(user) || this.#queue.has(user)) this.#absences.left(user);
  }

  /** The room was cleared: what was said is to be forgotten. */
  forget(): void {
    this.#answerer.forget();
  }

  /**
   * Answers until the signal ends it.
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
    this.#absences.clear();
    this.#queue.clear();
  }

  #asks(user: string): boolean {
    return this.#asking?.user.toLowerCase() === user.toLowerCase();
  }

  #abandon(user: string): void {
    if (this.#asks(user)) this.#asking!.cancel.abort();
    else if (this.#queue.has(user)) this.#queue.drop(user);
    else return;
    this.#decisions.settled(user, "asker left");
    log.info("No answer for {user}: they left", { user });
  }

  async #next(signal: AbortSignal): Promise<void> {
    const { models } = this.#options;
    const up = await models.ready(signal);
    const { next, stale } = this.#queue.shift(this.#clock.now());
    for (const { user } of stale) {
      this.#decisions.settled(user, "waited too long");
      log.info("No answer for {user}: the question waited too long", { user });
    }
    if (!next) return;
    const { user } = next;
    if (!up) {
      this.#decisions.settled(user, "model unavailable", models.reason);
      log.info("No answer for {user}: {reason}", { user, reason: models.reason });
      this.#sayFallback();
      return;
    }
    const cancel = new AbortController();
    this.#asking = { user, cancel };
    try {
      const wanted = AbortSignal.any([signal, cancel.signal]);
      const { outcome, detail } = await this.#answerer.answer(next, wanted);
      this.#decisions.settled(user, outcome, detail);
      if (outcome === "model failed" || outcome === "nothing harmless left") this.#sayFallback();
    } catch (error) {
      if (!cancel.signal.aborted) throw error;
    } finally {
      this.#asking = undefined;
    }
  }

  /** What the operator wrote passes the same guard: it is said in reply to strangers. */
  #sayFallback(): void {
    const { fallbackResponse } = this.#talk;
    if (fallbackResponse) {
      this.#options.say(split(guard(fallbackResponse, { bot: "", allowLinks: true })));
    }
  }
}

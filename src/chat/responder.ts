/**
 * The conversation: hears every line at once, answers one question at a time.
 *
 * @module
 */
import { getLogger } from "@logtape/logtape";
import { type Clock, systemClock } from "../clock.ts";
import type { ChatLine } from "../cytube/events.ts";
import type { Failover } from "../llm/failover.ts";
import { ProviderError } from "../llm/provider.ts";
import { Absences } from "./absence.ts";
import { Cooldown } from "./cooldown.ts";
import { decide, type Decision } from "./decide.ts";
import { type DecisionReport, Decisions } from "./decisions.ts";
import { guard } from "./guard.ts";
import { History } from "./history.ts";
import { asked, buildPrompt, promptBudget } from "./prompt.ts";
import { type Question, QuestionQueue } from "./queue.ts";
import type { Room } from "./room.ts";
import { split } from "./split.ts";
import { compileTrigger, type Trigger } from "./trigger.ts";

const log = getLogger(["rosey", "chat"]);

/** Options of {@linkcode Responder}. */
export interface ResponderOptions {
  /** Null where the model is off. */
  readonly models: Failover | null;
  /** Who is here and what plays. */
  readonly room: Room;
  /** Queues the lines of a reply; false where there is no room for them. */
  readonly say: (lines: readonly string[]) => boolean;
  /** The channel's name. */
  readonly channel: string;
  /** Who the bot is; none: the default. */
  readonly persona?: string;
  /** Words that call the bot; none: her own name. */
  readonly triggers: readonly string[];
  /** Before the same person is answered again. */
  readonly cooldownMs: number;
  /** Earlier messages of a person's conversation that are sent. */
  readonly maxHistoryMessages: number;
  /** Said when no answer can be had. */
  readonly fallback?: string;
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
const MAX_TITLE = 200;
/** English has about four characters in a token, other languages have fewer. */
const CHARS_PER_TOKEN = { begin: 3.5, least: 1 };

/** Decides, queues, asks the model and says what it answers. */
export class Responder {
  readonly #options: ResponderOptions;
  readonly #clock: Clock;
  readonly #cooldown: Cooldown;
  readonly #history: History;
  readonly #absences: Absences;
  readonly #decisions = new Decisions();
  readonly #queue = new QuestionQueue({ capacity: QUEUE_CAPACITY, staleMs: STALE_MS });
  #calls: Trigger = () => false;
  #wake = Promise.withResolvers<void>();
  /** The question that the model is asked just now. */
  #asking: { readonly user: string; readonly cancel: AbortController } | undefined;
  #charsPerToken = CHARS_PER_TOKEN.begin;
  #warned = false;

  /**
   * Hears from now on; answers while it runs.
   *
   * @param options What it works with.
   */
  constructor(options: ResponderOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#cooldown = new Cooldown(options.cooldownMs);
    this.#history = new History(options.maxHistoryMessages);
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
    const { triggers, room } = this.#options;
    this.#calls = compileTrigger(triggers.length > 0 ? triggers : [room.ownName]);
  }

  /**
   * Takes in one line of chat and decides about it at once.
   *
   * @param line The line.
   * @param live False for lines of before the bot joined.
   * @returns What was decided.
   */
  hear(line: ChatLine, live: boolean): Decision {
    const { models, room, fallback } = this.#options;
    const now = this.#clock.now();
    const decision = decide(line, {
      live,
      isSelf: (name) => room.isSelf(name),
      calls: this.#calls,
      cooldownMs: (name) => this.#cooldown.remainingMs(name, now),
      model: models?.state ?? "off",
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
          detail: decision.reason === "queue full" ? "" : ` (${models?.reason})`,
        });
        if (fallback) this.#say(fallback);
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
    this.#history.clear();
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
    const { models, fallback } = this.#options;
    const up = await models?.ready(signal);
    const { next, stale } = this.#queue.shift(this.#clock.now());
    for (const { user } of stale) {
      this.#decisions.settled(user, "waited too long");
      log.info("No answer for {user}: the question waited too long", { user });
    }
    if (!next) return;
    const { user } = next;
    if (!up) {
      this.#decisions.settled(user, "model unavailable", models?.reason);
      log.info("No answer for {user}: {reason}", { user, reason: models?.reason });
      if (fallback) this.#say(fallback);
      return;
    }
    const cancel = new AbortController();
    this.#asking = { user, cancel };
    try {
      const wanted = AbortSignal.any([signal, cancel.signal]);
      if (!await this.#answer(next, wanted) && fallback && !wanted.aborted) this.#say(fallback);
    } catch (error) {
      if (!cancel.signal.aborted) throw error;
    } finally {
      this.#asking = undefined;
    }
  }

  /** @returns Whether there was an answer. */
  async #answer({ user, text }: Question, signal: AbortSignal): Promise<boolean> {
    const { models, room, channel, persona } = this.#options;
    const begun = this.#clock.now();
    const maxChars = promptBudget(models?.contextTokens, this.#charsPerToken);
    const messages = buildPrompt({
      maxChars,
      persona,
      bot: room.ownName,
      channel,
      media: room.media?.title.replace(/\s+/g, " ").slice(0, MAX_TITLE),
      people: room.size,
      history: this.#history.of(user),
      user,
      text,
    });
    let reply;
    try {
      reply = await models!.chat(messages, signal);
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
      if (error.kind !== "aborted") this.#decisions.settled(user, "model failed", error.message);
      return false;
    }
    const chars = messages.reduce((sum, { content }) => sum + content.length, 0);
    this.#measure(chars, reply.promptTokens);
    if (chars > maxChars) this.#warnOfWindow();
    if (!reply.complete) log.debug("The reply to {user} was cut by its length", { user });
    const answer = guard(reply.text, { bot: room.ownName });
    if (answer === "") {
      this.#decisions.settled(user, "nothing harmless left");
      log.warning("LLM error: nothing harmless was left of the reply to {user}", { user });
      return false;
    }
    const time = ((this.#clock.now() - begun) / 1000).toFixed(2);
    log.info("LLM response: user={user}, length={length}, time={time}s", {
      user,
      length: answer.length,
      time,
    });
    const lines = split(answer);
    const said = this.#options.say(lines);
    this.#decisions.settled(user, said ? "answered" : "no room to say it", `${time} s`);
    if (said) this.#history.add(user, asked(user, text), lines.join(" "));
    return true;
  }

  /** Only downwards: servers leave out of their count what they had in their cache. */
  #measure(chars: number, tokens: number | undefined): void {
    if (!tokens) return;
    const measured = Math.max(CHARS_PER_TOKEN.least, chars / tokens);
    this.#charsPerToken = Math.min(this.#charsPerToken, measured);
  }

  #warnOfWindow(): void {
    if (this.#warned) return;
    this.#warned = true;
    log.warning(
      "The model's window of {tokens} tokens is too small for the persona and a question: " +
        "shorten llm.system_prompt or raise num_ctx in llm.options",
      { tokens: this.#options.models?.contextTokens },
    );
  }

  /** What the operator wrote passes the same guard: it is said in reply to strangers. */
  #say(text: string): void {
    this.#options.say(split(guard(text, { bot: "" })));
  }
}

/**
 * Hears every line at once, decides about it, and hands on what is to be answered.
 *
 * @module
 */
import { getLogger } from "@logtape/logtape";
import type { Clock } from "../clock.ts";
import type { TalkSettings } from "../config/settings.ts";
import type { ChatLine } from "../cytube/events.ts";
import type { ModelPool } from "../llm/model_pool.ts";
import type { Say } from "./reply_generator.ts";
import { decide, type Decision, type DecisionContext, type IgnoreReason } from "./decide.ts";
import type { Decisions } from "./decisions.ts";
import { sanitize } from "../sanitize/sanitize.ts";
import type { BotLoopDetector } from "./bot_loops.ts";
import { conversationKey, type Memory } from "./memory.ts";
import { type ProactiveTrigger, ProactiveTriggers } from "./proactive.ts";
import type { Question } from "./reply_queue.ts";
import type { Room } from "./room.ts";
import { split } from "../sanitize/split.ts";
import { compileTrigger, type Trigger } from "./trigger.ts";
import type { ReplyWorker } from "./reply_worker.ts";

const log = getLogger(["rosey", "chat"]);

/** Options of {@linkcode Responder}. */
export interface ResponderOptions {
  /** Whether one can be asked. */
  readonly models: ModelPool;
  /** Who is here and what plays. */
  readonly room: Room;
  /** What is remembered of people. */
  readonly memory: Memory;
  /** Tells who answers like a machine. */
  readonly loops: BotLoopDetector;
  /** Told what was decided. */
  readonly decisions: Decisions;
  /** Takes what is to be answered. */
  readonly turns: ReplyWorker;
  /** Says what is said where no answer can be had. */
  readonly say: Say;
  /** Whether the channel does not let the bot talk. */
  readonly isMuted: () => boolean;
  /** How she talks. */
  readonly talk: TalkSettings;
  /** The time. */
  readonly clock: Clock;
  /** A number in [0, 1); default `Math.random`. */
  readonly random?: () => number;
}

/** How a line came. */
export interface Hearing {
  /** False for lines of before the bot joined. */
  readonly live: boolean;
  /** Whether it is a private message. */
  readonly private: boolean;
}

type Standing = { -readonly [Name in keyof DecisionContext]: DecisionContext[Name] };

const PREVIEW_CHARS = 50;
/** A whole room that calls her is told once. */
const EXCUSE_PAUSE_MS = 10_000;
const NO_SUMMARY = "I could not sum it up: the model did not answer. Try again later.";

/** Decides about lines and about what else happens in the room. */
export class Responder {
  readonly #options: ResponderOptions;
  readonly #proactive: ProactiveTriggers;
  /** One object for all lines: a room in flood must not make garbage. */
  readonly #situation: Standing;
  #talk: TalkSettings;
  #calls: Trigger = () => false;
  #never: ReadonlySet<string> = new Set();
  /** When the room was told last that no answer can be had. */
  #excusedMs = -Infinity;
  /** When it came what is decided about, once somebody wanted to know. */
  #cameMs: number | undefined;

  /**
   * Has heard nothing yet.
   *
   * @param options What it works with.
   */
  constructor(options: ResponderOptions) {
    this.#options = options;
    this.#talk = options.talk;
    this.#proactive = new ProactiveTriggers(options.talk.speakOn, { random: options.random });
    this.#situation = this.#standing();
    this.adopt(options.talk);
  }

  /** The bot may have joined under another spelling of her name. */
  renamed(): void {
    const { triggers } = this.#talk;
    this.#calls = compileTrigger(triggers.length > 0 ? triggers : [this.#options.room.ownName]);
  }

  /**
   * Decides differently from now on.
   *
   * @param talk How.
   */
  adopt(talk: TalkSettings): void {
    this.#talk = talk;
    this.#options.loops.maxFastTurns = talk.loopTurns;
    this.#never = new Set(talk.ignoreUsers.map((name) => name.toLowerCase()));
    this.#proactive.adopt(talk.speakOn);
    this.renamed();
  }

  /**
   * Takes in one line and decides about it at once.
   *
   * @param line The line.
   * @param hearing How it came.
   * @returns What was decided.
   */
  hear(line: ChatLine, hearing: Hearing): Decision {
    const { memory, turns } = this.#options;
    const { user, text } = line;
    this.#cameMs = undefined;
    this.#situation.live = hearing.live;
    this.#situation.private = hearing.private;
    const decision = this.#unlessLoop(line, decide(line, this.#situation));
    if (decision.action === "ignore") {
      this.#ignored(line, decision.reason);
      return decision;
    }
    log.info('LLM trigger: user={user}, message="{preview}"', {
      user,
      preview: hearing.private ? "(private)" : text.slice(0, PREVIEW_CHARS),
    });
    memory.cooldown.start(user, this.#nowMs);
    turns.ask({ user, text, askedMs: this.#nowMs, private: hearing.private, kind: "call" });
    return decision;
  }

  /**
   * Somebody joined.
   *
   * @param user Their name.
   */
  joined(user: string): void {
    this.#cameMs = undefined;
    if (this.#maySpeakTo(user)) this.#take(this.#proactive.join(user, this.#nowMs), { user });
  }

  /** Something else begins to play. */
  played(): void {
    this.#cameMs = undefined;
    if (this.#maySpeakTo("")) this.#take(this.#proactive.media(this.#nowMs), { user: "" });
  }

  /**
   * Says what the operator wants to be said where no answer can be had.
   *
   * @param question What was asked. What she would have said by herself needs no excuse.
   */
  excuse({ kind, user, private: isPrivate }: Pick<Question, "kind" | "user" | "private">): void {
    const { fallbackResponse } = this.#talk;
    if (kind === "missed") this.#options.say([NO_SUMMARY], { to: user });
    if (!fallbackResponse || kind !== "call") return;
    if (!isPrivate) {
      const now = this.#options.clock.now();
      if (now - this.#excusedMs < EXCUSE_PAUSE_MS) return;
      this.#excusedMs = now;
    }
    // What the operator wrote passes the same guard: it is said in reply to strangers.
    const lines = split(sanitize(fallbackResponse, { bot: "", allowLinks: true }));
    this.#options.say(lines, isPrivate ? { to: user } : {});
  }

  /** Most lines are decided on without it, and to read a clock costs more than the rest of that. */
  get #nowMs(): number {
    return this.#cameMs ??= this.#options.clock.now();
  }

  #standing(): Standing {
    const { models, room, memory, loops, turns, isMuted } = this.#options;
    const answersPm = () => this.#talk.answerPm;
    return {
      live: false,
      private: false,
      get answerPm() {
        return answersPm();
      },
      isSelf: (name) => room.isSelf(name),
      calls: (text) => this.#calls(text),
      isIgnored: (name) => this.isIgnored(name),
      isOptedOut: (name) => memory.optedOut.has(name),
      get paused() {
        return memory.pause.on;
      },
      get muted() {
        return isMuted();
      },
      isLoop: (name) => loops.rests(conversationKey(name, this.#situation.private), this.#nowMs),
      cooldownMs: (name) => memory.cooldown.remainingMs(name, this.#nowMs),
      get model() {
        return models.state;
      },
      get queueFull() {
        return turns.full;
      },
    };
  }

  /**
   * Whether somebody is never answered, by the operator's or a moderator's will.
   *
   * @param name Theirs, in any case.
   */
  isIgnored(name: string): boolean {
    return this.isListed(name) || this.#options.memory.ignored.has(name);
  }

  /**
   * Whether the operator lists somebody as one who is never answered.
   *
   * @param name Theirs, in any case.
   */
  isListed(name: string): boolean {
    return this.#never.size > 0 && this.#never.has(name.toLowerCase());
  }

  /** Whoever has just been answered three times faster than people type is not answered again. */
  #unlessLoop({ user, text }: ChatLine, decision: Decision): Decision {
    const { loops } = this.#options;
    const calls = decision.action === "reply";
    if (!calls && decision.reason !== "not called") return decision;
    const name = conversationKey(user, this.#situation.private);
    if (!calls) loops.overheard(name);
    else if (loops.heard(name, { chars: text.length, now: this.#nowMs })) return this.#rest(user);
    return decision;
  }

  #rest(user: string): Decision {
    log.warning(
      "{user} answers like a bot and is left alone for a while; list bots in llm.ignore_users",
      { user },
    );
    return { action: "ignore", reason: "bot loop" };
  }

  #ignored({ user, text }: ChatLine, reason: IgnoreReason): void {
    const { models, memory, decisions } = this.#options;
    decisions.ignored(user, reason);
    switch (reason) {
      case "own line":
        this.#options.loops.spoke(this.#nowMs);
        break;
      case "not called":
        if (!this.#proactive.ofLines) break;
        this.#proactive.heard();
        if (!this.#maySpeakTo(user)) break;
        this.#take(this.#proactive.line(text, this.#nowMs), { user, text });
        break;
      case "model unavailable":
      case "queue full":
        memory.cooldown.start(user, this.#nowMs);
        log.info("No answer for {user}: {reason}{detail}", {
          user,
          reason,
          detail: reason === "queue full" ? "" : ` (${models.reason})`,
        });
        this.excuse({ kind: "call", user, private: this.#situation.private });
        break;
      case "paused":
      case "muted":
        log.info("No answer for {user}: {reason}", { user, reason });
        break;
      case "history":
      case "system line":
      case "shadowed":
      case "command":
        break;
      default:
        log.debug("No answer for {user}: {reason}", { user, reason });
    }
  }

  /** Speaking without being called never makes anybody wait, and needs a model that is there. */
  #maySpeakTo(user: string): boolean {
    const { models, room, memory, turns, isMuted } = this.#options;
    return !memory.pause.on && !isMuted() && turns.idle &&
      (models.state === "up" || models.state === "degraded") &&
      !room.isSelf(user) && !this.isIgnored(user) && !memory.optedOut.has(user);
  }

  #take(
    kind: ProactiveTrigger | undefined,
    { user, text = "" }: { user: string; text?: string },
  ): void {
    if (kind === undefined) return;
    log.info("LLM occasion: {kind}, user={user}", { kind, user });
    this.#options.turns.ask({ user, text, askedMs: this.#nowMs, private: false, kind });
  }
}

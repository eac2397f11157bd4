/**
 * Two bots that answer each other would not stop: this tells when somebody answers like a machine.
 *
 * @module
 */
import { BoundedMap } from "../bounded_map.ts";

/** ReplyWorker after which anybody is, if nobody else has said a word meanwhile and each came soon. */
const TURNS = 12;
/** Nobody reads a line and types this fast. */
const CHARS_PER_SECOND = 15;
const FASTEST_MS = 1500;
/** A turn that takes longer is no loop. */
const SOON_MS = 60_000;
/** For so long a bot is left alone. */
const REST_MS = 600_000;
/** So long is rested with somebody who may be a person. */
const BREAK_MS = 60_000;
/** People who are remembered. */
const MAX_PEOPLE = 200;

interface Partner {
  /** ReplyWorker since anybody else spoke. */
  readonly turns: number;
  readonly fastTurns: number;
  /** They are left alone until then, in milliseconds. */
  readonly restsUntilMs: number;
}

const STRANGER: Partner = { turns: 0, fastTurns: 0, restsUntilMs: -Infinity };

/** A line of somebody else that called the bot. */
export interface HeardLine {
  /** How long it was, in UTF-16 units. */
  readonly chars: number;
  /** When it came, in milliseconds of a monotonic clock. */
  readonly now: number;
}

/** Watches who answers the bot's answers. */
export class BotLoopDetector {
  /** ReplyWorker after which somebody who answers faster than anyone types is left alone; 0: nobody ever is. */
  maxFastTurns = 3;
  readonly #partners = new BoundedMap<string, Partner>(MAX_PEOPLE);
  /** Who spoke last, beside the bot. */
  #last = "";
  /** Whom the bot answered, until they have had their turn. */
  #answered: { readonly name: string; readonly atMs: number } | undefined;

  /**
   * Somebody is answered.
   *
   * @param user Who.
   * @param now Milliseconds of a monotonic clock.
   */
  answered(user: string, now: number): void {
    this.#answered = { name: user.toLowerCase(), atMs: now };
  }

  /**
   * A line of the bot came back from the channel: now it can be read.
   *
   * @param now Milliseconds of the same clock.
   */
  spoke(now: number): void {
    if (this.#answered) this.#answered = { ...this.#answered, atMs: now };
  }

  /**
   * Somebody said a line that does not call the bot.
   *
   * @param user Their name.
   */
  overheard(user: string): void {
    this.#last = user.toLowerCase();
  }

  /**
   * Somebody called the bot.
   *
   * @param user Their name.
   * @param line What matters of what they said.
   * @returns True where this line makes it a loop: told once, then they are left alone for a while.
   */
  heard(user: string, { chars, now }: HeardLine): boolean {
    const name = user.toLowerCase();
    const alone = name === this.#last;
    this.#last = name;
    if (this.#answered?.name !== name) return false;
    const tookMs = now - this.#answered.atMs;
    this.#answered = undefined;
    const before = this.#partners.get(name) ?? STRANGER;
    if (before.restsUntilMs > now) return false;
    const fast = tookMs < FASTEST_MS || chars / tookMs * 1000 > CHARS_PER_SECOND;
    const turns = alone && tookMs <= SOON_MS ? before.turns + 1 : 1;
    const fastTurns = fast ? before.fastTurns + 1 : 0;
    const machine = fastTurns >= this.maxFastTurns;
    const loop = this.maxFastTurns > 0 && (machine || turns >= TURNS);
    const rest = { ...STRANGER, restsUntilMs: now + (machine ? REST_MS : BREAK_MS) };
    this.#partners.set(name, loop ? rest : { ...STRANGER, turns, fastTurns });
    return loop;
  }

  /**
   * Whether somebody is left alone just now.
   *
   * @param user Their name.
   * @param now Milliseconds of the same clock.
   */
  rests(user: string, now: number): boolean {
    if (this.#partners.size === 0) return false;
    return (this.#partners.get(user.toLowerCase()) ?? STRANGER).restsUntilMs > now;
  }

  /**
   * Somebody is no machine after all.
   *
   * @param user Their name.
   * @param now Milliseconds of the same clock.
   * @returns Whether they were left alone until now.
   */
  pardon(user: string, now: number): boolean {
    const rested = this.rests(user, now);
    this.#partners.delete(user.toLowerCase());
    return rested;
  }
}

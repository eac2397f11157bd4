/** Detects users who answer the bot's answers like a machine: two bots would not stop. */
import { BoundedMap } from "../bounded_map.ts";

/** Exchanges in a row, each within a minute and without lines of others, that make a loop. */
const MAX_TURNS = 12;
/** Nobody reads a line and types this fast. */
const CHARS_PER_SECOND = 15;
const FASTEST_MS = 1500;
/** A reply after a longer time is no loop. */
const TURN_MS = 60_000;
const BOT_PAUSE_MS = 600_000;
/** How long a user is ignored who may be a person. */
const PERSON_PAUSE_MS = 60_000;
const MAX_USERS = 200;

interface Partner {
  readonly turns: number;
  readonly fastTurns: number;
  readonly pausedUntilMs: number;
}

const STRANGER: Partner = { turns: 0, fastTurns: 0, pausedUntilMs: -Infinity };

/** Every `now` is in milliseconds of the same monotonic clock. */
export class BotLoopDetector {
  /** Fast replies in a row after which a user is taken for a bot; 0 turns the detection off. */
  maxFastTurns = 3;
  readonly #partners = new BoundedMap<string, Partner>(MAX_USERS);
  #lastSpeaker = "";
  #answered: { readonly name: string; readonly atMs: number } | undefined;

  answered(user: string, now: number): void {
    this.#answered = { name: user.toLowerCase(), atMs: now };
  }

  /** The bot's own line came back from the channel: from now on it can be read. */
  spoke(now: number): void {
    if (this.#answered) this.#answered = { ...this.#answered, atMs: now };
  }

  /** A user's line that does not call the bot. */
  heardOther(user: string): void {
    this.#lastSpeaker = user.toLowerCase();
  }

  /** @returns True once per loop; the user is then paused. */
  heardCall(user: string, { chars, now }: { readonly chars: number; readonly now: number }) {
    const name = user.toLowerCase();
    const alone = name === this.#lastSpeaker;
    this.#lastSpeaker = name;
    if (this.#answered?.name !== name) return false;
    const tookMs = now - this.#answered.atMs;
    this.#answered = undefined;
    const before = this.#partners.get(name) ?? STRANGER;
    if (before.pausedUntilMs > now) return false;
    const fast = tookMs < FASTEST_MS || chars / tookMs * 1000 > CHARS_PER_SECOND;
    const turns = alone && tookMs <= TURN_MS ? before.turns + 1 : 1;
    const fastTurns = fast ? before.fastTurns + 1 : 0;
    const isBot = fastTurns >= this.maxFastTurns;
    const loop = this.maxFastTurns > 0 && (isBot || turns >= MAX_TURNS);
    const paused = { ...STRANGER, pausedUntilMs: now + (isBot ? BOT_PAUSE_MS : PERSON_PAUSE_MS) };
    this.#partners.set(name, loop ? paused : { ...STRANGER, turns, fastTurns });
    return loop;
  }

  isPaused(user: string, now: number): boolean {
    return (this.#partners.get(user.toLowerCase())?.pausedUntilMs ?? -Infinity) > now;
  }

  unpause(user: string, now: number): boolean {
    const paused = this.isPaused(user, now);
    this.#partners.delete(user.toLowerCase());
    return paused;
  }
}

/**
 * Reasons to speak without being called: a word, a while of talk, somebody who joins, other media. All
 * are off unless the operator wants them, and each has a pause and a chance of its own.
 *
 * @module
 */
import type { OccasionSettings, SpeakOnSettings } from "../config/settings.ts";
import { Cooldown } from "./cooldown.ts";
import { compileTrigger, type Trigger } from "./trigger.ts";

/** What made her speak. */
export type ProactiveTrigger = keyof SpeakOnSettings;

/** Nobody is greeted again who joins again within this time, as by reloading the page. */
const GREETED_MS = 3_600_000;

/** Options of {@linkcode ProactiveTriggers}. */
export interface ProactiveOptions {
  /** A number in [0, 1); default `Math.random`. */
  readonly random?: () => number;
}

/** Tells when there is an occasion. */
export class ProactiveTriggers {
  readonly #random: () => number;
  readonly #lastMs = new Map<ProactiveTrigger, number>();
  readonly #greeted = new Cooldown(GREETED_MS);
  #settings: SpeakOnSettings;
  #keyword: Trigger = () => false;
  #lines = 0;

  /**
   * Nothing has happened yet.
   *
   * @param settings Which occasions there are.
   */
  constructor(settings: SpeakOnSettings, options: ProactiveOptions = {}) {
    this.#random = options.random ?? Math.random;
    this.#settings = settings;
    this.adopt(settings);
  }

  /**
   * Other occasions count from now on.
   *
   * @param settings Which.
   */
  adopt(settings: SpeakOnSettings): void {
    this.#settings = settings;
    this.#keyword = compileTrigger(settings.keyword?.words ?? []);
  }

  /** Whether a line of somebody may be one at all. */
  get ofLines(): boolean {
    return this.#settings.keyword !== undefined || this.#settings.messages !== undefined;
  }

  /** Somebody else said a line. */
  heard(): void {
    this.#lines++;
  }

  /**
   * Whether a line of somebody else is an occasion.
   *
   * @param text What they said, without calling the bot.
   * @param now Milliseconds of a monotonic clock.
   * @returns The occasion, where it is one.
   */
  line(text: string, now: number): ProactiveTrigger | undefined {
    const { keyword, messages } = this.#settings;
    if (keyword && this.#keyword(text) && this.#take("keyword", keyword, now)) return "keyword";
    if (!messages || this.#lines < messages.every) return undefined;
    this.#lines = 0;
    return this.#take("messages", messages, now) ? "messages" : undefined;
  }

  /**
   * Somebody joined.
   *
   * @param user Their name.
   * @param now Milliseconds of the same clock.
   * @returns The occasion, where it is one.
   */
  join(user: string, now: number): ProactiveTrigger | undefined {
    const { join } = this.#settings;
    if (!join || this.#greeted.remainingMs(user, now) > 0) return undefined;
    this.#greeted.start(user, now);
    return this.#take("join", join, now) ? "join" : undefined;
  }

  /**
   * Something else begins to play.
   *
   * @param now Milliseconds of the same clock.
   * @returns The occasion, where it is one.
   */
  media(now: number): ProactiveTrigger | undefined {
    const { media } = this.#settings;
    return media && this.#take("media", media, now) ? "media" : undefined;
  }

  /** A chance that was not taken leaves the pause as it is. */
  #take(occasion: ProactiveTrigger, settings: OccasionSettings, now: number): boolean {
    const { cooldownSeconds, chance } = settings;
    if (now - (this.#lastMs.get(occasion) ?? -Infinity) < cooldownSeconds * 1000) return false;
    if (this.#random() >= chance) return false;
    this.#lastMs.set(occasion, now);
    return true;
  }
}

/**
 * Reasons to speak without being called: a keyword, a number of lines, a join, new media.
 * All are off by default; each has its own pause and chance.
 */
import type { OccasionSettings, SpeakOnSettings } from "../config/settings.ts";
import { Cooldown } from "./cooldown.ts";
import { compileTrigger, type Trigger } from "./trigger.ts";

export type ProactiveTrigger = keyof SpeakOnSettings;

/** A user is greeted at most once in this time, so that reloading the page causes no greeting. */
const GREETING_PAUSE_MS = 3_600_000;

/** Every `now` is in milliseconds of the same monotonic clock. */
export class ProactiveTriggers {
  readonly #random: () => number;
  /** By the trigger, or by the words of a keyword. */
  readonly #firedMs = new Map<string, number>();
  readonly #greeted = new Cooldown(GREETING_PAUSE_MS);
  #settings: SpeakOnSettings;
  #keywords: readonly {
    readonly settings: OccasionSettings;
    readonly key: string;
    readonly isIn: Trigger;
  }[] = [];
  #lines = 0;

  constructor(settings: SpeakOnSettings, random: () => number = Math.random) {
    this.#random = random;
    this.#settings = settings;
    this.updateSettings(settings);
  }

  updateSettings(settings: SpeakOnSettings): void {
    this.#settings = settings;
    this.#keywords = settings.keyword.map((settings) => ({
      settings,
      key: `keyword ${settings.words.join()}`,
      isIn: compileTrigger(settings.words),
    }));
  }

  get watchesLines(): boolean {
    return this.#keywords.length > 0 || this.#settings.messages !== undefined;
  }

  countLine(): void {
    this.#lines++;
  }

  /** @param text A line that does not call the bot. */
  line(text: string, now: number): ProactiveTrigger | undefined {
    const { messages } = this.#settings;
    for (const { key, settings, isIn } of this.#keywords) {
      if (isIn(text) && this.#fires(key, settings, now)) return "keyword";
    }
    if (!messages || this.#lines < messages.every) return undefined;
    this.#lines = 0;
    return this.#fires("messages", messages, now) ? "messages" : undefined;
  }

  join(user: string, now: number): ProactiveTrigger | undefined {
    const { join } = this.#settings;
    if (!join || this.#greeted.remainingMs(user, now) > 0) return undefined;
    this.#greeted.start(user, now);
    return this.#fires("join", join, now) ? "join" : undefined;
  }

  media(now: number): ProactiveTrigger | undefined {
    const { media } = this.#settings;
    return media && this.#fires("media", media, now) ? "media" : undefined;
  }

  #fires(key: string, { cooldownSeconds, chance }: OccasionSettings, now: number): boolean {
    const firedMs = this.#firedMs.get(key) ?? -Infinity;
    if (now - firedMs < cooldownSeconds * 1000 || this.#random() >= chance) return false;
    this.#firedMs.set(key, now);
    return true;
  }
}

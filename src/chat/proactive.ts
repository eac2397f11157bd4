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
  readonly #firedMs = new Map<ProactiveTrigger, number>();
  readonly #greeted = new Cooldown(GREETING_PAUSE_MS);
  #settings: SpeakOnSettings;
  #hasKeyword: Trigger = () => false;
  #lines = 0;

  constructor(settings: SpeakOnSettings, random: () => number = Math.random) {
    this.#random = random;
    this.#settings = settings;
    this.updateSettings(settings);
  }

  updateSettings(settings: SpeakOnSettings): void {
    this.#settings = settings;
    this.#hasKeyword = compileTrigger(settings.keyword?.words ?? []);
  }

  get watchesLines(): boolean {
    return this.#settings.keyword !== undefined || this.#settings.messages !== undefined;
  }

  countLine(): void {
    this.#lines++;
  }

  /** @param text A line that does not call the bot. */
  line(text: string, now: number): ProactiveTrigger | undefined {
    const { keyword, messages } = this.#settings;
    if (keyword && this.#hasKeyword(text) && this.#fire("keyword", keyword, now)) return "keyword";
    if (!messages || this.#lines < messages.every) return undefined;
    this.#lines = 0;
    return this.#fire("messages", messages, now);
  }

  join(user: string, now: number): ProactiveTrigger | undefined {
    const { join } = this.#settings;
    if (!join || this.#greeted.remainingMs(user, now) > 0) return undefined;
    this.#greeted.start(user, now);
    return this.#fire("join", join, now);
  }

  media(now: number): ProactiveTrigger | undefined {
    const { media } = this.#settings;
    return media && this.#fire("media", media, now);
  }

  #fire(
    trigger: ProactiveTrigger,
    { cooldownSeconds, chance }: OccasionSettings,
    now: number,
  ): ProactiveTrigger | undefined {
    const firedMs = this.#firedMs.get(trigger) ?? -Infinity;
    if (now - firedMs < cooldownSeconds * 1000 || this.#random() >= chance) return undefined;
    this.#firedMs.set(trigger, now);
    return trigger;
  }
}

/**
 * What the bot knows of the room: who is here and what plays.
 *
 * @module
 */
import { type Clock, systemClock } from "../clock.ts";
import type { AntifloodLimits, ChannelEvent, ChannelUser, Media } from "../cytube/events.ts";

/** What is over for longer than this does not play any more, though the server did not say so. */
const ENDED_SECONDS = 30;
/** More people than any channel has; beyond, nobody else is known of. */
const MAX_USERS = 10_000;

/** The room as the channel's events describe it. */
export class Room {
  readonly #clock: Clock;
  #users = new Map<string, ChannelUser>();
  #media: Media | null = null;
  /** When the media's position was told. */
  #toldMs = 0;
  #antiflood: AntifloodLimits = { enabled: false, burst: 0, perSecond: 0, resetSeconds: 0 };
  #ownName = "";
  /** In small letters: every line is compared with it. */
  #ownKey = "";
  /** The bot's rank here. */
  rank = -1 as number;

  /**
   * Knows nothing yet.
   *
   * @param clock Default: the real time.
   */
  constructor(clock: Clock = systemClock) {
    this.#clock = clock;
  }

  /** The bot's own name, as the server spells it. */
  get ownName(): string {
    return this.#ownName;
  }

  set ownName(name: string) {
    this.#ownName = name;
    this.#ownKey = name.toLowerCase();
  }

  /** How many named users are here. */
  get size(): number {
    return this.#users.size;
  }

  /** What plays and how far it is by now. */
  get media(): Media | null {
    const media = this.#media;
    if (!media) return null;
    const sinceSeconds = media.paused ? 0 : (this.#clock.now() - this.#toldMs) / 1000;
    const currentTime = Math.max(0, media.currentTime + sinceSeconds);
    if (media.seconds > 0 && currentTime > media.seconds + ENDED_SECONDS) return null;
    return { ...media, currentTime };
  }

  /** The channel's flood limits. */
  get antiflood(): AntifloodLimits {
    return this.#antiflood;
  }

  /** Who is here. */
  get users(): readonly ChannelUser[] {
    return [...this.#users.values()];
  }

  /** Who goes by this name, in any case. */
  user(name: string): ChannelUser | undefined {
    return this.#users.get(name.toLowerCase());
  }

  /** Whether this is the bot. */
  isSelf(name: string): boolean {
    return name.toLowerCase() === this.#ownKey;
  }

  /**
   * Takes in what the channel sent.
   *
   * @param event Any event; most change nothing here.
   */
  update(event: ChannelEvent): void {
    switch (event.type) {
      case "rank":
        this.rank = event.rank;
        break;
      case "userlist":
        this.#users = new Map();
        for (const user of event.users) this.#add(user);
        break;
      case "addUser":
        this.#add(event.user);
        break;
      case "userLeave":
        this.#users.delete(event.name.toLowerCase());
        break;
      case "setUserRank":
        this.#change(event.name, { rank: event.rank });
        break;
      case "setUserMeta":
        this.#change(event.name, { afk: event.afk, muted: event.muted });
        break;
      case "setAFK":
        this.#change(event.name, { afk: event.afk });
        break;
      case "changeMedia":
        this.#media = event.media;
        this.#toldMs = this.#clock.now();
        break;
      case "mediaUpdate":
        this.#toldMs = this.#clock.now();
        if (this.#media) {
          this.#media = { ...this.#media, currentTime: event.currentTime, paused: event.paused };
        }
        break;
      case "setPlaylistMeta":
        if (event.count === 0) this.#media = null;
        break;
      case "channelOpts":
        this.#antiflood = event.antiflood;
        break;
    }
  }

  #add(user: ChannelUser): void {
    const key = user.name.toLowerCase();
    if (this.#users.size < MAX_USERS || this.#users.has(key)) this.#users.set(key, user);
  }

  /** Only of somebody who is here: ranks are also announced of people who are not. */
  #change(name: string, change: Partial<ChannelUser>): void {
    const user = this.user(name);
    if (user) this.#users.set(name.toLowerCase(), { ...user, ...change });
  }
}

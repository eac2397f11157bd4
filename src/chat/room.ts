/** The state of the channel: who is here, what plays, the flood limits, the bot's name and rank. */
import { type Clock, systemClock } from "../clock.ts";
import type { AntifloodLimits, ChannelEvent, ChannelUser, Media, Poll } from "../cytube/events.ts";
import { Playlist } from "./playlist.ts";

/** Media that should have ended this long ago does not play any more; the server did not say so. */
const ENDED_SECONDS = 30;
/** More users than any channel has; later ones are not tracked. */
const MAX_USERS = 10_000;

/** Source: CyTube's default. Longer lines would be too much, where a site allows them. */
const MAX_LINE_UNITS = 320;

export class Room {
  rank = -1 as number;
  /** The open poll. */
  poll: Poll | undefined;
  /** The channel's message of the day: hostile text; may be empty. */
  motd = "";
  /** False in a channel that nobody registered: any name can be joined. */
  registered = true;
  /** Who leads the playlist; empty for nobody. */
  leader = "";
  readonly playlist = new Playlist();
  /** The ranks that actions need. */
  #permissions = { chat: -1, assignLeader: 2 };
  readonly #clock: Clock;
  #users = new Map<string, ChannelUser>();
  #maxLineUnits = MAX_LINE_UNITS;
  #media: Media | null = null;
  /** When the media's position was reported. */
  #positionMs = 0;
  #antiflood: AntifloodLimits = { enabled: false, burst: 0, perSecond: 0, resetSeconds: 0 };
  #ownName = "";
  /** In lower case: every line is compared with it. */
  #ownKey = "";

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

  get size(): number {
    return this.#users.size;
  }

  get media(): Media | null {
    const media = this.#media;
    if (!media) return null;
    const sinceSeconds = media.paused ? 0 : (this.#clock.now() - this.#positionMs) / 1000;
    const currentTime = Math.max(0, media.currentTime + sinceSeconds);
    if (media.seconds > 0 && currentTime > media.seconds + ENDED_SECONDS) return null;
    return { ...media, currentTime };
  }

  get antiflood(): AntifloodLimits {
    return this.#antiflood;
  }

  get users(): readonly ChannelUser[] {
    return [...this.#users.values()];
  }

  user(name: string): ChannelUser | undefined {
    return this.#users.get(name.toLowerCase());
  }

  /**
   * Whether a user of this name is here with an account. The leader of the playlist has rank 1.5, also
   * as a guest, and so counts as none. Source: CyTube's `handleAssignLeader`.
   */
  isRegistered(name: string): boolean {
    const rank = this.user(name)?.rank ?? 0;
    return rank >= 1 && rank !== 1.5;
  }

  /** Whether the bot's rank lets it speak. Below it a line vanishes: no echo, no error. */
  get mayChat(): boolean {
    return this.rank >= this.#permissions.chat;
  }

  /** The longest line of the bot in UTF-16 units. */
  get maxLineUnits(): number {
    return this.#maxLineUnits;
  }

  /** @param units What the server takes of a line. */
  setLineLimit(units: number): void {
    this.#maxLineUnits = Math.min(units, MAX_LINE_UNITS);
  }

  /** Whether the bot's rank lets it name another leader. */
  get mayAssignLeader(): boolean {
    return this.rank >= this.#permissions.assignLeader;
  }

  isSelf(name: string): boolean {
    return name.length === this.#ownKey.length && name.toLowerCase() === this.#ownKey;
  }

  update(event: ChannelEvent): void {
    this.playlist.update(event);
    switch (event.type) {
      case "newPoll":
      case "updatePoll":
        this.poll = event.poll;
        break;
      case "closePoll":
        this.poll = undefined;
        break;
      case "setMotd":
        this.motd = event.motd;
        break;
      case "setPermissions":
        this.#permissions = event;
        break;
      case "setLeader":
        this.leader = event.name;
        break;
      case "channelNotRegistered":
        this.registered = false;
        break;
      case "rank":
        // A new connection: the channel tells what it has.
        if (event.rank === -1) {
          this.poll = undefined;
          this.registered = true;
          this.leader = "";
        }
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
        this.#positionMs = this.#clock.now();
        break;
      case "mediaUpdate":
        this.#positionMs = this.#clock.now();
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

  /** The server also announces ranks of users who are not here. */
  #change(name: string, change: Partial<ChannelUser>): void {
    const user = this.user(name);
    if (user) this.#users.set(name.toLowerCase(), { ...user, ...change });
  }
}

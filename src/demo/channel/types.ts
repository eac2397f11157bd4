/**
 * What the embedded channel and its callers say to each other.
 *
 * @module
 */

/** Extra facts about a chat line: `addClass`, `action`, `shadow`, `modflair` … */
export type ChatMeta = Record<string, unknown>;

/** A `chatMsg` as every client receives it; `msg` is HTML. */
export interface ChatLine {
  /** Who said it; `[server]` and the like for the server itself. */
  readonly username: string;
  /** HTML. */
  readonly msg: string;
  /** Never absent, often empty. */
  readonly meta: ChatMeta;
  /** Milliseconds since the epoch on the server's clock. */
  readonly time: number;
}

/** What plays, as `changeMedia` names it. */
export interface DemoMedia {
  /** What the site it comes from calls it. */
  readonly id: string;
  /** Plain text, not escaped. */
  readonly title: string;
  /** Length; 0 for a live stream. */
  readonly seconds: number;
  /** `yt`, `vi`, `fi` … */
  readonly type: string;
}

/** A registered account. Ranks below 255 hold in the channel, 255 on the whole site. */
export interface DemoAccount {
  /** In plain text. */
  readonly password: string;
  /** 1 user, 2 moderator, 3 administrator, 4 owner, 255 site administrator. */
  readonly rank: number;
}

/** The chat limiter's setting: messages in a burst, then a rate, reset by a pause. */
export interface FloodLimit {
  /** Messages allowed before the rate counts. */
  readonly burst: number;
  /** Messages a second after the burst. */
  readonly sustained: number;
  /** Seconds of quiet after which a new burst begins. */
  readonly cooldown: number;
}

/** How many connections one address may make. */
export interface ConnectionLimits {
  /** Connections at once. */
  readonly burst: number;
  /** Connections a second after that. */
  readonly perSecond: number;
  /** Connections that may be open. */
  readonly most: number;
}

/** How to start a {@linkcode DemoChannel}. */
export interface DemoChannelOptions {
  /** 0, the default, takes any free port. */
  readonly port?: number;
  /** The address to listen on; `127.0.0.1` by default. */
  readonly hostname?: string;
  /** The channel's name, `[\w-]{1,30}`; `demo` by default. */
  readonly name?: string;
  /** RequestInfo of everyone below rank 2 who joins. */
  readonly password?: string;
  /** The registered accounts, by name. */
  readonly accounts?: Readonly<Record<string, DemoAccount>>;
  /** UTF-16 units after which a message is cut in silence; 320 by default. */
  readonly maxMessageLength?: number;
  /** The message of the day, HTML. */
  readonly motd?: string;
  /** The HTML at `/`. */
  readonly page?: string | (() => string);
  /** Whether the server's own chat limiter works; it does by default. */
  readonly throttle?: boolean;
  /** The channel's stricter limiter for ranks below 2. */
  readonly chatAntiflood?: FloodLimit;
  /** Seconds between two guest logins from one address; 0 for no limit. */
  readonly guestLoginSeconds?: number;
  /** What one address may do; without it, anything. A CyTube server's: 5, 0.1 and 10. */
  readonly connections?: ConnectionLimits;
  /** Milliseconds between two pings; a CyTube server's 25,000 by default. */
  readonly pingIntervalMs?: number;
  /** Lines a newcomer is shown; 15 by default. */
  readonly historySize?: number;
  /** The clock, in milliseconds since the epoch. */
  readonly now?: () => number;
}

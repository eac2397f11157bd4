import type { Socket } from "socket.io";

/** Properties of a chat line: `addClass`, `action`, `shadow`, `modflair` … */
export type ChatMeta = Record<string, unknown>;

/** A `chatMsg` as every client receives it; `msg` is HTML. */
export interface ChatLine {
  /** Names in brackets, such as `[server]`, are the server itself. */
  readonly username: string;
  readonly msg: string;
  readonly meta: ChatMeta;
  /** Milliseconds since 1970. */
  readonly time: number;
}

/** A media item, with the field names of `changeMedia`. */
export interface DemoMedia {
  readonly id: string;
  /** Plain text, not escaped. */
  readonly title: string;
  /** 0 for a live stream. */
  readonly seconds: number;
  /** `yt`, `vi`, `fi` … */
  readonly type: string;
}

/** A registered account. Rank 255 applies to the whole site, others to the channel. */
export interface DemoAccount {
  readonly password: string;
  /** 1 user, 2 moderator, 3 administrator, 4 owner, 255 site administrator. */
  readonly rank: number;
}

/** A limit of chat messages, with CyTube's field names. */
export interface FloodLimit {
  readonly burst: number;
  /** Messages per second after the burst. */
  readonly sustained: number;
  /** Quiet time in seconds after which a new burst begins. */
  readonly cooldown: number;
}

/** Limits the connections of an address. */
export interface ConnectionGate {
  /** Whether an address connects too fast. */
  isTooFast(address: string): boolean;
  /** Whether a new connection may stay. */
  admits(socket: Socket): boolean;
}

export interface DemoChannelOptions {
  /** Default: any free port. */
  readonly port?: number;
  /** The channel's name, `[\w-]{1,30}`; default `demo`. */
  readonly name?: string;
  /** Required of users below rank 2. */
  readonly password?: string;
  /** Registered accounts by name. */
  readonly accounts?: Readonly<Record<string, DemoAccount>>;
  /** Longer messages are cut silently; default 320 UTF-16 units. */
  readonly maxMessageLength?: number;
  /** The message of the day, HTML. */
  readonly motd?: string;
  /** The HTML at `/`. */
  readonly page?: string;
  /** Whether the server limits the chat rate; default true. */
  readonly throttle?: boolean;
  /** The channel's own limit for ranks below 2. */
  readonly chatAntiflood?: FloodLimit;
  /** Seconds between two guest logins from one address; default 0. */
  readonly guestLoginSeconds?: number;
  /** Default: no limits. */
  readonly gate?: ConnectionGate;
  /** Default 25,000, as CyTube. */
  readonly pingIntervalMs?: number;
  /** Milliseconds since 1970; default `Date.now`. */
  readonly now?: () => number;
}

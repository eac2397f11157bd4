import { htmlToText } from "./html.ts";

/** A user in the channel. */
export interface ChannelUser {
  /** As the server spells it. */
  readonly name: string;
  /** -1 anonymous, 0 guest, 1 user, 2 moderator, 3 admin, 4 and more owner, 255 site. */
  readonly rank: number;
  /** Away from the keyboard. */
  readonly afk: boolean;
  /** Muted by a moderator. */
  readonly muted: boolean;
}

/** The current media item. */
export interface Media {
  /** Unique within the type. */
  readonly id: string;
  /** CyTube's code of the source, e.g. `yt`. */
  readonly type: string;
  /** Untrusted plain text. */
  readonly title: string;
  /** The length, 0 for a live stream. */
  readonly seconds: number;
  /** The position in seconds when the event came. */
  readonly currentTime: number;
  /** Whether playback is paused. */
  readonly paused: boolean;
}

/** A line of chat or a private message. */
export interface ChatLine {
  /** The sender; names in brackets are the server itself. */
  readonly user: string;
  /** Plain text. */
  readonly text: string;
  /** Milliseconds since 1970 by the server's clock; not comparable with the host's. */
  readonly time: number;
  /** The sender is shadow-muted: only moderators see the line. */
  readonly shadow: boolean;
  /** Written with `/me`. */
  readonly action: boolean;
}

/** The channel's flood limits, in force when `enabled`. */
export interface AntifloodLimits {
  /** Whether the channel has limits of its own. */
  readonly enabled: boolean;
  /** Messages allowed at once. */
  readonly burst: number;
  /** Messages per second after the burst. */
  readonly perSecond: number;
  /** The quiet time in seconds after which the burst is free again. */
  readonly resetSeconds: number;
}

/** The events of a channel that the bot handles. */
export type ChannelEvent =
  | { readonly type: "login"; readonly ok: boolean; readonly name: string; readonly error: string }
  | { readonly type: "rank"; readonly rank: number }
  | { readonly type: "needPassword"; readonly wrong: boolean }
  | { readonly type: "userlist"; readonly users: readonly ChannelUser[] }
  | { readonly type: "addUser"; readonly user: ChannelUser }
  | { readonly type: "userLeave"; readonly name: string }
  | { readonly type: "setUserRank"; readonly name: string; readonly rank: number }
  | {
    readonly type: "setUserMeta";
    readonly name: string;
    readonly afk: boolean;
    readonly muted: boolean;
  }
  | { readonly type: "setAFK"; readonly name: string; readonly afk: boolean }
  | { readonly type: "chatMsg"; readonly line: ChatLine }
  | { readonly type: "pm"; readonly line: ChatLine; readonly to: string }
  | { readonly type: "cooldown"; readonly waitMs: number }
  | { readonly type: "noflood"; readonly action: string; readonly message: string }
  | { readonly type: "spamFiltered"; readonly reason: string }
  | { readonly type: "errorMsg"; readonly message: string }
  | { readonly type: "kick"; readonly reason: string }
  | { readonly type: "changeMedia"; readonly media: Media }
  | { readonly type: "mediaUpdate"; readonly currentTime: number; readonly paused: boolean }
  | { readonly type: "setPlaylistMeta"; readonly count: number }
  | { readonly type: "channelOpts"; readonly antiflood: AntifloodLimits }
  | { readonly type: "clearchat"; readonly by: string }
  | { readonly type: "partitionChange" };

type Payload = Readonly<Record<string, unknown>>;

/**
 * CyTube's names are `[\w-]{1,20}`, and those of the server are in brackets; other sites may allow
 * more. A colon is refused because it separates the keys of private histories.
 */
const NAME = /^[^\s:\p{Cc}\p{Cf}\p{Cs}]{1,64}$/u;
/** Longer than any server's message; a frame may hold up to 1 MiB. */
const MAX_TEXT = 16_384;

const PARSERS: Readonly<
  Record<string, (payload: unknown, fields: Payload) => ChannelEvent | null>
> = {
  login: (_, f) => ({
    type: "login",
    ok: f.success === true,
    name: name(f.name),
    error: text(f.error),
  }),
  rank: (payload) => isNumber(payload) ? { type: "rank", rank: payload } : null,
  needPassword: (payload) => ({ type: "needPassword", wrong: payload === true }),
  userlist: (payload) =>
    Array.isArray(payload)
      ? { type: "userlist", users: payload.map(user).filter((found) => found !== null) }
      : null,
  addUser: (payload) => {
    const found = user(payload);
    return found && { type: "addUser", user: found };
  },
  userLeave: (_, f) => named(f) && { type: "userLeave", name: name(f.name) },
  setUserRank: (_, f) =>
    named(f) && isNumber(f.rank) ? { type: "setUserRank", name: name(f.name), rank: f.rank } : null,
  setUserMeta: (_, f) => {
    const meta = fieldsOf(f.meta);
    return named(f) && {
      type: "setUserMeta",
      name: name(f.name),
      afk: meta.afk === true,
      muted: meta.muted === true,
    };
  },
  setAFK: (_, f) => named(f) && { type: "setAFK", name: name(f.name), afk: f.afk === true },
  chatMsg: (_, f) => {
    const line = chatLine(f);
    return line && { type: "chatMsg", line };
  },
  pm: (_, f) => {
    const line = chatLine(f);
    return line && { type: "pm", line, to: name(f.to) };
  },
  cooldown: (payload) => ({ type: "cooldown", waitMs: isNumber(payload) ? payload : 0 }),
  noflood: (_, f) => ({ type: "noflood", action: text(f.action), message: text(f.msg) }),
  spamFiltered: (_, f) => ({ type: "spamFiltered", reason: text(f.reason) }),
  errorMsg: (_, f) => ({ type: "errorMsg", message: htmlToText(text(f.msg)) }),
  kick: (_, f) => ({ type: "kick", reason: htmlToText(text(f.reason)) }),
  changeMedia: (_, f) => ({
    type: "changeMedia",
    media: {
      id: text(f.id),
      type: text(f.type),
      title: text(f.title),
      seconds: number(f.seconds),
      currentTime: number(f.currentTime),
      paused: f.paused === true,
    },
  }),
  mediaUpdate: (_, f) =>
    isNumber(f.currentTime)
      ? { type: "mediaUpdate", currentTime: f.currentTime, paused: f.paused === true }
      : null,
  // Also sent to users who may not see the playlist.
  setPlaylistMeta: (_, f) => isNumber(f.count) ? { type: "setPlaylistMeta", count: f.count } : null,
  channelOpts: (_, f) => {
    const limits = fieldsOf(f.chat_antiflood_params);
    return {
      type: "channelOpts",
      antiflood: {
        enabled: f.chat_antiflood === true,
        burst: number(limits.burst),
        perSecond: number(limits.sustained),
        resetSeconds: number(limits.cooldown),
      },
    };
  },
  clearchat: (_, f) => ({ type: "clearchat", by: name(f.clearedBy) }),
  partitionChange: () => ({ type: "partitionChange" }),
};

/**
 * Parses an event and its first argument. Fields may be missing, of another type or hostile. Returns
 * null for an event that the bot does not handle or that does not have the expected form.
 */
export function parseEvent(name: string, payload: unknown): ChannelEvent | null {
  if (!Object.hasOwn(PARSERS, name)) return null;
  return PARSERS[name]!(payload, fieldsOf(payload));
}

function fieldsOf(value: unknown): Payload {
  return typeof value === "object" && value !== null ? value as Payload : {};
}

function text(value: unknown): string {
  if (typeof value !== "string") return "";
  // Copies: a plain slice would keep the whole string in memory.
  return value.length <= MAX_TEXT ? value : value.slice(0, MAX_TEXT).split("").join("");
}

function name(value: unknown): string {
  return typeof value === "string" && NAME.test(value) ? value : "";
}

function number(value: unknown): number {
  return isNumber(value) ? value : 0;
}

function isNumber(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}

function named(fields: Payload): true | null {
  return name(fields.name) !== "" ? true : null;
}

/** Drops the aliases and addresses that moderators also get. */
function user(value: unknown): ChannelUser | null {
  const fields = fieldsOf(value);
  const meta = fieldsOf(fields.meta);
  return named(fields) && {
    name: name(fields.name),
    rank: number(fields.rank),
    afk: meta.afk === true,
    muted: meta.muted === true,
  };
}

function chatLine(fields: Payload): ChatLine | null {
  const user = name(fields.username);
  if (user === "" || typeof fields.msg !== "string") return null;
  const meta = fieldsOf(fields.meta);
  // The server's whispers to moderators name aliases and addresses of users.
  if (meta.addClass === "server-whisper") return null;
  return {
    user,
    text: htmlToText(text(fields.msg)),
    time: number(fields.time),
    shadow: meta.shadow === true,
    action: meta.action === true,
  };
}

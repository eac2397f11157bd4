import { markSpoiler } from "../sanitize/spoilers.ts";
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

/** An item of the playlist. */
export interface PlaylistItem {
  /** Unique in the playlist until it is shuffled. */
  readonly uid: number;
  /** Untrusted plain text. */
  readonly title: string;
  /** Who added it. */
  readonly addedBy: string;
}

/** A vote of the channel. */
export interface Poll {
  /** Untrusted plain text. */
  readonly title: string;
  /** Untrusted plain text, each with its votes as the server shows them, such as `3`, `?` or `1?`. */
  readonly options: readonly { readonly text: string; readonly votes: string }[];
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

/** What the bot keeps of an event of the channel, by the event's name. */
export type EventFields = {
  login: { readonly ok: boolean; readonly name: string; readonly error: string };
  rank: { readonly rank: number };
  needPassword: { readonly wrong: boolean };
  userlist: { readonly users: readonly ChannelUser[] };
  addUser: { readonly user: ChannelUser };
  userLeave: { readonly name: string };
  setUserRank: { readonly name: string; readonly rank: number };
  setUserMeta: { readonly name: string; readonly afk: boolean; readonly muted: boolean };
  setAFK: { readonly name: string; readonly afk: boolean };
  chatMsg: { readonly line: ChatLine };
  pm: { readonly line: ChatLine; readonly to: string };
  cooldown: { readonly waitMs: number };
  noflood: { readonly action: string; readonly message: string };
  spamFiltered: { readonly reason: string };
  errorMsg: { readonly message: string };
  kick: { readonly reason: string };
  changeMedia: { readonly media: Media };
  mediaUpdate: { readonly currentTime: number; readonly paused: boolean };
  setPlaylistMeta: { readonly count: number };
  playlist: { readonly items: readonly PlaylistItem[] };
  /** `after`: the uid of the item before it; undefined for the first place. */
  queue: { readonly item: PlaylistItem; readonly after: number | undefined };
  delete: { readonly uid: number };
  moveVideo: { readonly uid: number; readonly after: number | undefined };
  setCurrent: { readonly uid: number };
  newPoll: { readonly poll: Poll };
  updatePoll: { readonly poll: Poll };
  closePoll: Readonly<Record<never, never>>;
  setMotd: { readonly motd: string };
  /** The ranks that some actions need. */
  setPermissions: { readonly chat: number; readonly assignLeader: number };
  /** The name is empty if nobody leads. */
  setLeader: { readonly name: string };
  channelNotRegistered: Readonly<Record<never, never>>;
  channelOpts: { readonly antiflood: AntifloodLimits };
  clearchat: { readonly by: string };
  partitionChange: Readonly<Record<never, never>>;
};

/** An event of the channel that the bot handles. */
export type ChannelEvent = {
  [Type in keyof EventFields]: { readonly type: Type } & EventFields[Type];
}[keyof EventFields];

type Payload = Readonly<Record<string, unknown>>;

/**
 * CyTube's names are `[\w-]{1,20}`, and those of the server are in brackets; other sites may allow
 * more. A colon is refused because it separates the keys of private histories.
 */
const NAME = /^[^\s:\p{Cc}\p{Cf}\p{Cs}]{1,64}$/u;
const MAX_ITEMS = 2000;
/** Sources: CyTube's limits of a poll's options and of the MOTD, far below these. */
const MAX_OPTIONS = 50;
const MAX_TITLE = 300;
/** Longer than any server's message; a frame may hold up to 1 MiB. */
const MAX_TEXT = 16_384;

const PARSERS: {
  readonly [Type in keyof EventFields]: (f: Payload, payload: unknown) => EventFields[Type] | null;
} = {
  login: (f) => ({ ok: f.success === true, name: name(f.name), error: text(f.error) }),
  rank: (_, payload) => isNumber(payload) ? { rank: payload } : null,
  needPassword: (_, payload) => ({ wrong: payload === true }),
  userlist: (_, payload) =>
    Array.isArray(payload) ? { users: payload.map(user).filter((found) => found !== null) } : null,
  addUser: (_, payload) => {
    const found = user(payload);
    return found && { user: found };
  },
  userLeave: (f) => named(f) && { name: name(f.name) },
  setUserRank: (f) => named(f) && isNumber(f.rank) ? { name: name(f.name), rank: f.rank } : null,
  setUserMeta: (f) => named(f) && { name: name(f.name), ...userState(f.meta) },
  setAFK: (f) => named(f) && { name: name(f.name), afk: f.afk === true },
  chatMsg: chatLine,
  pm: (f) => {
    const found = chatLine(f);
    return found && { ...found, to: name(f.to) };
  },
  cooldown: (_, payload) => ({ waitMs: number(payload) }),
  noflood: (f) => ({ action: text(f.action), message: text(f.msg) }),
  spamFiltered: (f) => ({ reason: text(f.reason) }),
  errorMsg: (f) => ({ message: htmlToText(text(f.msg)) }),
  // Not escaped by the server.
  kick: (f) => ({ reason: text(f.reason) }),
  changeMedia: (f) => ({
    media: {
      id: text(f.id),
      type: text(f.type),
      title: text(f.title),
      seconds: number(f.seconds),
      currentTime: number(f.currentTime),
      paused: f.paused === true,
    },
  }),
  mediaUpdate: ({ currentTime, paused }) =>
    isNumber(currentTime) ? { currentTime, paused: paused === true } : null,
  // Also sent to users who may not see the playlist.
  setPlaylistMeta: ({ count }) => isNumber(count) ? { count } : null,
  channelOpts: (f) => {
    const limits = fieldsOf(f.chat_antiflood_params);
    return {
      antiflood: {
        enabled: f.chat_antiflood === true,
        burst: number(limits.burst),
        perSecond: number(limits.sustained),
        resetSeconds: number(limits.cooldown),
      },
    };
  },
  playlist: (_, payload) =>
    Array.isArray(payload)
      ? { items: payload.slice(0, MAX_ITEMS).map(playlistItem).filter((item) => item !== null) }
      : null,
  queue: (f) => {
    const item = playlistItem(f.item);
    return item && { item, after: place(f.after) };
  },
  delete: ({ uid }) => isNumber(uid) ? { uid } : null,
  moveVideo: ({ from, after }) => isNumber(from) ? { uid: from, after: place(after) } : null,
  setCurrent: (_, payload) => isNumber(payload) ? { uid: payload } : null,
  newPoll: (f) => ({ poll: poll(f) }),
  updatePoll: (f) => ({ poll: poll(f) }),
  closePoll: () => ({}),
  setMotd: (_, payload) => ({ motd: htmlToText(text(payload)) }),
  // Source: CyTube's defaults for permissions that are missing.
  setPermissions: ({ chat, leaderctl }) => ({
    chat: isNumber(chat) ? chat : 0,
    assignLeader: isNumber(leaderctl) ? leaderctl : 2,
  }),
  setLeader: (_, payload) => ({ name: name(payload) }),
  channelNotRegistered: () => ({}),
  clearchat: (f) => ({ by: name(f.clearedBy) }),
  partitionChange: () => ({}),
};

/**
 * Parses an event and its first argument. Fields may be missing, of another type or hostile. Returns
 * null for an event that the bot does not handle or that does not have the expected form.
 */
export function parseEvent(name: string, payload: unknown): ChannelEvent | null {
  if (!Object.hasOwn(PARSERS, name)) return null;
  const type = name as keyof EventFields;
  const fields = PARSERS[type](fieldsOf(payload), payload);
  return fields && { type, ...fields } as ChannelEvent;
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
  const { rank, meta } = fields;
  return named(fields) && { name: name(fields.name), rank: number(rank), ...userState(meta) };
}

function userState(meta: unknown): { afk: boolean; muted: boolean } {
  const { afk, muted } = fieldsOf(meta);
  return { afk: afk === true, muted: muted === true };
}

function playlistItem(value: unknown): PlaylistItem | null {
  const { uid, media, queueby } = fieldsOf(value);
  const title = text(fieldsOf(media).title).slice(0, MAX_TITLE);
  return isNumber(uid) ? { uid, title, addedBy: name(queueby) } : null;
}

/** `after` is a uid or `"prepend"`. */
function place(after: unknown): number | undefined {
  return isNumber(after) ? after : undefined;
}

function poll({ title, options, counts }: Payload): Poll {
  const plain = (html: unknown) => htmlToText(text(html)).slice(0, MAX_TITLE);
  const votes = Array.isArray(counts) ? counts : [];
  return {
    title: plain(title),
    options: (Array.isArray(options) ? options : []).slice(0, MAX_OPTIONS)
      .map((option, at) => ({ text: plain(option), votes: count(votes[at]) })),
  };
}

/** A number, or a hidden one such as `1?`. */
function count(votes: unknown): string {
  return isNumber(votes) ? `${votes}` : text(votes).slice(0, 8) || "?";
}

function chatLine(fields: Payload): { line: ChatLine } | null {
  const user = name(fields.username);
  if (user === "" || typeof fields.msg !== "string") return null;
  const meta = fieldsOf(fields.meta);
  // The server's whispers to moderators name aliases and addresses of users.
  if (meta.addClass === "server-whisper") return null;
  const time = number(fields.time);
  const flags = { shadow: meta.shadow === true, action: meta.action === true };
  // Hidden as a whole: sent with `/sp`.
  const line = markSpoiler(htmlToText(text(fields.msg)), meta.addClass === "spoiler");
  return { line: { user, text: line, time, ...flags } };
}

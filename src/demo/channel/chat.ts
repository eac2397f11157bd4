import type { ChatMeta } from "./types.ts";
import { runCommand } from "./commands.ts";
import { isUserName, MODERATOR_RANK, PERMISSIONS } from "./defaults.ts";
import { cutMessage, formatMessage } from "./format.ts";
import type { Member } from "./member.ts";
import type { Room } from "./room.ts";
import { SERVER_LIMIT } from "./throttle.ts";

export interface ChatOptions {
  /** False for puppets. */
  readonly throttled: boolean;
  readonly meta?: ChatMeta;
}

/** Handles `chatMsg`. */
export function receiveChat(room: Room, from: Member, msg: string, asked: ChatMeta): void {
  if (!from.named || from.rank < (PERMISSIONS.chat ?? 0)) return;
  const meta: ChatMeta = {};
  if (from.rank >= MODERATOR_RANK && asked.modflair === from.rank) meta.modflair = from.rank;
  chat(room, from, msg, { throttled: room.settings.throttle, meta });
}

export function chat(room: Room, from: Member, msg: string, options: ChatOptions): void {
  const text = cutMessage(msg, room.settings.maxMessageLength);
  if (text.trim() === "") return;
  const meta: ChatMeta = { ...options.meta };
  // A command such as /me turns its text into a new message, which counts again.
  let next: string | undefined = text;
  while (next !== undefined) next = process(room, from, next, meta, options.throttled);
}

function process(
  room: Room,
  from: Member,
  text: string,
  meta: ChatMeta,
  throttled: boolean,
): string | undefined {
  if (!text.includes("/afk")) room.setAfk(from, false);
  const time = room.settings.now();
  const limit = room.opts.chat_antiflood && from.rank < MODERATOR_RANK
    ? room.opts.chat_antiflood_params
    : SERVER_LIMIT;
  if (throttled && from.throttle.refuses(limit, time)) {
    return void from.emit("cooldown", 1000 / limit.sustained);
  }
  if (text.startsWith(">")) meta.addClass = "greentext";
  const outcome = runCommand(room, from, text, meta);
  if (outcome === "done") return;
  if (outcome !== "chat") return outcome.text;
  const msg = formatMessage(text);
  if (from.shadowMuted) {
    sayInShadow(room, from, msg, meta, time);
  } else if (from.muted) {
    from.emit("noflood", { action: "chat", msg: "You have been muted on this channel." });
  } else {
    room.say(from.name, msg, meta, time);
  }
}

/** Shadow-muted and anonymous users get the line as it is, moderators get it marked. */
function sayInShadow(room: Room, from: Member, msg: string, meta: ChatMeta, time: number): void {
  const line = { username: from.name, msg, meta, time };
  const marked = { ...line, meta: { ...meta, shadow: true } };
  for (const member of room.members) {
    if (member.shadowMuted || !member.named) member.emit("chatMsg", line);
    if (member.rank >= MODERATOR_RANK) member.emit("chatMsg", marked);
  }
}

/** Handles `pm`: both users get it, unless it is refused. */
export function receivePm(room: Room, from: Member, msg: string, addressee: string): void {
  if (!from.named) return refuse(from, "You must be signed in to send PMs");
  const name = addressee.toLowerCase();
  if (from.is(name)) return refuse(from, "You can't PM yourself!");
  if (!isUserName(name)) return refuse(from, `PM failed: ${name} isn't a valid username.`);
  const time = room.settings.now();
  // Private messages share the counter, but the channel's own limit does not apply.
  if (room.settings.throttle && from.throttle.refuses(SERVER_LIMIT, time)) {
    return from.emit("cooldown", 1000 / SERVER_LIMIT.sustained);
  }
  const to = room.find(name);
  if (to === undefined) {
    return refuse(from, `PM failed: ${name} isn't connected to this channel.`);
  }
  const text = msg.slice(0, room.settings.maxMessageLength);
  const meta: ChatMeta = text.startsWith(">") ? { addClass: "greentext" } : {};
  const pm = { username: from.name, msg: formatMessage(text), meta, time, to: to.name };
  to.emit("pm", pm);
  from.emit("pm", pm);
}

function refuse(member: Member, msg: string): void {
  member.emit("errorMsg", { msg });
}

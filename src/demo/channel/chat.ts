import { findCommand } from "./commands.ts";
import { isUserName, MODERATOR_RANK } from "./defaults.ts";
import { cutMessage, formatMessage } from "./format.ts";
import type { Member } from "./member.ts";
import type { ChatMeta, Room } from "./room.ts";
import { SERVER_LIMIT } from "./throttle.ts";

export interface ChatOptions {
  readonly throttled: boolean;
  readonly meta?: ChatMeta;
}

export function receiveChat(room: Room, from: Member, msg: string, asked: ChatMeta): void {
  if (!from.named || !room.permissions.allow(from, "chat")) return;
  const hasFlair = from.rank >= MODERATOR_RANK && asked.modflair === from.rank;
  const meta = hasFlair ? { modflair: from.rank } : {};
  chat(room, from, msg, { throttled: room.settings.throttle, meta });
}

export function chat(room: Room, from: Member, msg: string, options: ChatOptions): void {
  const text = cutMessage(msg, room.settings.maxMessageLength);
  if (text.trim() === "") return;
  const meta: ChatMeta = { ...options.meta };
  // A command such as /me turns its text into a new message, which counts again.
  let next: string | void = text;
  while (next !== undefined) next = process(room, from, next, meta, options.throttled);
}

function process(
  room: Room,
  from: Member,
  text: string,
  meta: ChatMeta,
  throttled: boolean,
): string | void {
  if (!text.includes("/afk")) room.setAfk(from, false);
  const time = room.settings.now();
  const limit = room.opts.chat_antiflood && from.rank < MODERATOR_RANK
    ? room.opts.chat_antiflood_params
    : SERVER_LIMIT;
  if (throttled && from.throttle.refuses(limit, time)) {
    return from.emit("cooldown", 1000 / limit.sustained);
  }
  if (text.startsWith(">")) meta.addClass = "greentext";
  const command = findCommand(text);
  if (command) return command(room, from, meta);
  const line = { username: from.name, msg: formatMessage(text), meta, time };
  if (from.shadowMuted) room.sayInShadow(line);
  else if (!from.muted) room.say(line);
  else from.emit("noflood", { action: "chat", msg: "You have been muted on this channel." });
}

export function receivePm(room: Room, from: Member, msg: string, addressee: string): void {
  if (!from.named) return from.fail("You must be signed in to send PMs");
  const name = addressee.toLowerCase();
  if (from.is(name)) return from.fail("You can't PM yourself!");
  if (!isUserName(name)) return from.fail(`PM failed: ${name} isn't a valid username.`);
  const time = room.settings.now();
  // Private messages share the counter, but the channel's own limit does not apply.
  if (room.settings.throttle && from.throttle.refuses(SERVER_LIMIT, time)) {
    return from.emit("cooldown", 1000 / SERVER_LIMIT.sustained);
  }
  const to = room.find(name);
  if (to === undefined) return from.fail(`PM failed: ${name} isn't connected to this channel.`);
  const text = msg.slice(0, room.settings.maxMessageLength);
  const meta: ChatMeta = text.startsWith(">") ? { addClass: "greentext" } : {};
  const pm = { username: from.name, msg: formatMessage(text), meta, time, to: to.name };
  for (const member of [to, from]) member.emit("pm", pm);
}

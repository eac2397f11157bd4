import type { ChatMeta } from "./types.ts";
import { MODERATOR_RANK, MUTE_RANK } from "./defaults.ts";
import type { Member } from "./member.ts";
import type { Room } from "./room.ts";

/** `words` is the text after the command, split at single spaces. */
type Command = (room: Room, by: Member, words: string[], meta: ChatMeta) => void | Rewritten;

/** The text after the command is handled as a new message, which may be a command again. */
export interface Rewritten {
  readonly text: string;
}

const MUTE_COMMANDS = { "/mute": "muted", "/smute": "shadowmuted" } as const;

const COMMANDS = new Map<string, Command>([
  ["me", (_room, _by, words, meta) => {
    Object.assign(meta, { addClass: "action", action: true });
    return { text: words.join(" ") };
  }],
  ["sp", (_room, _by, words, meta) => {
    meta.addClass = "spoiler";
    return { text: words.join(" ") };
  }],
  ["say", shout],
  ["rcv", shout],
  ["shout", shout],
  ["afk", (room, by) => room.setAfk(by, !by.afk)],
  ["clear", (room, by) => {
    if (by.rank >= MODERATOR_RANK) room.clear(by.name);
  }],
  ["mute", (room, by, words) => mute(room, by, words, "/mute")],
  ["smute", (room, by, words) => mute(room, by, words, "/smute")],
  ["unmute", unmute],
  ["unsmute", unmute],
  ["kick", kick],
  ["kickanons", kickAnonymous],
  ["ban", ban],
  ["ipban", refuseBan],
  ["banip", refuseBan],
]);

// Commands of a CyTube server that are accepted without an effect.
const SWALLOWED = new Set(["a", "poll", "hpoll", "clean", "cleantitle", "rank"]);

/** Runs a slash command. Returns `"chat"` for a message that is not a command. */
export function runCommand(
  room: Room,
  by: Member,
  text: string,
  meta: ChatMeta,
): "chat" | "done" | Rewritten {
  if (!text.startsWith("/")) return "chat";
  const [name = "", ...words] = text.slice(1).split(" ");
  const command = COMMANDS.get(name);
  if (command !== undefined) return command(room, by, words, meta) ?? "done";
  // CyTube looks names up in a plain object, so it accepts `/constructor` as a command.
  const inherited = name === "__proto__" || name in Object.prototype;
  return SWALLOWED.has(name) || inherited ? "done" : "chat";
}

function shout(_room: Room, by: Member, words: string[], meta: ChatMeta): Rewritten | void {
  if (by.rank < MUTE_RANK) return;
  Object.assign(meta, {
    addClass: "shout",
    addClassToNameAndTimestamp: true,
    forceShowName: true,
  });
  return { text: words.join(" ") };
}

function mute(room: Room, by: Member, words: string[], command: "/mute" | "/smute"): void {
  if (by.rank < MUTE_RANK) return;
  const [name] = words;
  if (name === undefined) return fail(by, `${command} requires a target name`);
  const target = room.find(name);
  if (target === undefined) {
    return fail(by, `${command} target ${name.toLowerCase()} not present in channel.`);
  }
  if (outranks(target, by)) {
    return fail(by, `${command} failed - ${target.name} has equal or higher rank than you.`);
  }
  room.mute(target, command === "/smute");
  room.whisper(`${by.name} ${MUTE_COMMANDS[command]} ${target.name}`, MUTE_RANK);
}

function unmute(room: Room, by: Member, words: string[]): void {
  if (by.rank < MUTE_RANK) return;
  const name = words[0]?.toLowerCase();
  if (name === undefined) return fail(by, "/unmute requires a target name");
  if (by.is(name)) return fail(by, "You are not allowed to unmute yourself");
  if (!room.isMuted(name)) return fail(by, `${name} is not muted.`);
  room.forgetMute(name);
  room.whisper(`${by.name} unmuted ${name}`, MUTE_RANK);
  const target = room.find(name);
  if (target === undefined) return;
  target.muted = target.shadowMuted = false;
  room.sendMeta(target);
}

function kick(room: Room, by: Member, words: string[]): void {
  if (by.rank < MUTE_RANK) return;
  const [name = "", ...reason] = words;
  if (name.trim() === "") {
    return fail(
      by,
      "No kick target specified.  If you're trying to kick anonymous users, use /kickanons",
    );
  }
  const target = room.find(name);
  if (target === undefined) return;
  if (outranks(target, by)) {
    return fail(by, `You do not have permission to kick ${target.name}`);
  }
  room.kick(target, reason.join(" "));
  room.whisper(`${by.name} kicked ${target.name}`, MODERATOR_RANK);
}

function kickAnonymous(room: Room, by: Member): void {
  if (by.rank < MUTE_RANK) return;
  for (const member of room.members.filter((member) => !member.named)) {
    room.kick(member, "anonymous user");
  }
  room.whisper(`${by.name} kicked anonymous users`, MODERATOR_RANK);
}

function ban(room: Room, by: Member, words: string[], meta: ChatMeta): void {
  const name = words[0]?.toLowerCase() ?? "";
  if (name.trim() === "" || by.rank < MODERATOR_RANK) return refuseBan(room, by, words, meta);
  if (by.is(name)) {
    by.emit("costanza", { msg: "You can't ban yourself" });
    return fail(by, "You cannot ban yourself");
  }
  const target = room.find(name);
  if (target && outranks(target, by)) {
    return fail(by, `You don't have permission to ban ${target.name}`);
  }
  room.whisper(`${by.name} namebanned ${target?.name ?? name}`, MODERATOR_RANK);
  room.ban(name);
}

/** Addresses cannot be banned here; only the error texts are as in CyTube. */
function refuseBan(_room: Room, by: Member, words: string[], _meta: ChatMeta): void {
  if ((words[0] ?? "").trim() === "") return fail(by, "No ban target specified.");
  if (by.rank < MODERATOR_RANK) fail(by, "You do not have ban permissions on this channel");
}

function outranks(target: Member, by: Member): boolean {
  return target.rank >= by.rank || target.siteRank > by.siteRank;
}

function fail(member: Member, msg: string): void {
  member.emit("errorMsg", { msg });
}

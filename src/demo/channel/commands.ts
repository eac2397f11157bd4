import { MODERATOR_RANK, MUTE_RANK } from "./defaults.ts";
import type { Member } from "./member.ts";
import type { ChatMeta, Room } from "./room.ts";

/** Returns text that is handled as a new message, which may be a command again. */
type Command = (room: Room, by: Member, meta: ChatMeta) => string | void;

/** `words` is the text after the command, split at single spaces. */
type Handler = (words: readonly string[], room: Room, by: Member, meta: ChatMeta) => string | void;

const ANYBODY = -1;
const SHOUT = { addClass: "shout", addClassToNameAndTimestamp: true, forceShowName: true };

const HANDLERS: readonly (readonly [name: string, minRank: number, handler: Handler])[] = [
  ["me", ANYBODY, restyle({ addClass: "action", action: true })],
  ["sp", ANYBODY, restyle({ addClass: "spoiler" })],
  ["say", MUTE_RANK, restyle(SHOUT)],
  ["rcv", MUTE_RANK, restyle(SHOUT)],
  ["shout", MUTE_RANK, restyle(SHOUT)],
  ["afk", ANYBODY, (_words, room, by) => room.setAfk(by, !by.afk)],
  ["clear", MODERATOR_RANK, (_words, room, by) => room.clear(by.name)],
  ["mute", MUTE_RANK, (words, room, by) => mute(words, room, by, false)],
  ["smute", MUTE_RANK, (words, room, by) => mute(words, room, by, true)],
  ["unmute", MUTE_RANK, unmute],
  ["unsmute", MUTE_RANK, unmute],
  ["kick", MUTE_RANK, kick],
  ["kickanons", MUTE_RANK, kickAnonymous],
  ["ban", ANYBODY, ban],
  ["ipban", ANYBODY, refuseBan],
  ["banip", ANYBODY, refuseBan],
];

// Commands of a CyTube server that are accepted without an effect.
const SWALLOWED = new Set(["a", "clean", "cleantitle", "hpoll", "poll", "rank"]);

/** The slash command that a message is; undefined for any other message. */
export function findCommand(text: string): Command | undefined {
  if (!text.startsWith("/")) return undefined;
  const [name = "", ...words] = text.slice(1).split(" ");
  const [, minRank = 0, handler] = HANDLERS.find(([known]) => known === name) ?? [];
  if (handler) {
    return (room, by, meta) => by.rank < minRank ? undefined : handler(words, room, by, meta);
  }
  // CyTube looks names up in a plain object, so it accepts `/constructor` as a command.
  const inherited = name === "__proto__" || name in Object.prototype;
  return SWALLOWED.has(name) || inherited ? () => {} : undefined;
}

/** Changes how the text after the command is shown. */
function restyle(style: ChatMeta): Handler {
  return (words, _room, _by, meta) => {
    Object.assign(meta, style);
    return words.join(" ");
  };
}

function mute([name]: readonly string[], room: Room, by: Member, shadow: boolean): void {
  const command = shadow ? "/smute" : "/mute";
  if (name === undefined) return by.fail(`${command} requires a target name`);
  const target = room.find(name);
  if (target === undefined) {
    return by.fail(`${command} target ${name.toLowerCase()} not present in channel.`);
  }
  if (target.outranks(by)) {
    return by.fail(`${command} failed - ${target.name} has equal or higher rank than you.`);
  }
  room.mute(target, shadow);
  room.whisper(`${by.name} ${shadow ? "shadow" : ""}muted ${target.name}`, MUTE_RANK);
}

function unmute(words: readonly string[], room: Room, by: Member): void {
  const name = words[0]?.toLowerCase();
  if (name === undefined) return by.fail("/unmute requires a target name");
  if (by.is(name)) return by.fail("You are not allowed to unmute yourself");
  if (!room.isMuted(name)) return by.fail(`${name} is not muted.`);
  room.whisper(`${by.name} unmuted ${name}`, MUTE_RANK);
  room.unmute(name);
}

function kick([name = "", ...reason]: readonly string[], room: Room, by: Member): void {
  if (name.trim() === "") {
    const advice = "If you're trying to kick anonymous users, use /kickanons";
    return by.fail(`No kick target specified.  ${advice}`);
  }
  const target = room.find(name);
  if (target === undefined) return;
  if (target.outranks(by)) return by.fail(`You do not have permission to kick ${target.name}`);
  room.kick(target, reason.join(" "));
  room.whisper(`${by.name} kicked ${target.name}`, MODERATOR_RANK);
}

function kickAnonymous(_words: readonly string[], room: Room, by: Member): void {
  for (const member of room.members.filter(({ named }) => !named)) {
    room.kick(member, "anonymous user");
  }
  room.whisper(`${by.name} kicked anonymous users`, MODERATOR_RANK);
}

function ban(words: readonly string[], room: Room, by: Member): void {
  const name = words[0]?.toLowerCase() ?? "";
  if (name.trim() === "" || by.rank < MODERATOR_RANK) return refuseBan(words, room, by);
  if (by.is(name)) {
    by.emit("costanza", { msg: "You can't ban yourself" });
    return by.fail("You cannot ban yourself");
  }
  const target = room.find(name);
  if (target?.outranks(by)) return by.fail(`You don't have permission to ban ${target.name}`);
  room.whisper(`${by.name} namebanned ${target?.name ?? name}`, MODERATOR_RANK);
  room.ban(name);
}

/** Addresses cannot be banned here; only the error texts are as in CyTube. */
function refuseBan([name = ""]: readonly string[], _room: Room, by: Member): void {
  if (name.trim() === "") return by.fail("No ban target specified.");
  if (by.rank < MODERATOR_RANK) by.fail("You do not have ban permissions on this channel");
}

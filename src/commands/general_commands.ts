/** Commands for everyone: help, the current media, what was missed. */
import { formatDuration } from "../chat/prompt.ts";
import { itemText, titleText } from "../chat/room_facts.ts";
import type { Command, CommandContext } from "./command.ts";

export const GENERAL_COMMANDS: readonly Command[] = [
  { name: "help", argument: "[COMMAND]", help: "what I can do", access: "everyone", run: help },
  {
    name: "np",
    aliases: ["nowplaying"],
    help: "what is playing",
    access: "everyone",
    run: nowPlaying,
  },
  {
    name: "next",
    help: "what plays next",
    access: "everyone",
    run: ({ room: { playlist: { next } } }) =>
      next ? `Next: ${itemText(next)}` : "I cannot see what plays next.",
  },
  {
    name: "missed",
    help: "what was said while you were away",
    access: "everyone",
    private: true,
    run: missed,
  },
];

function help({ user, argument, isModerator, names }: CommandContext): string {
  const usable = names.commands.filter(({ access }) => access === "everyone" || isModerator(user));
  const wanted = names.find(argument);
  if (wanted === undefined || !usable.includes(wanted)) {
    const list = usable.map(({ name }) => names.typed(name)).join(", ");
    return `I know ${list}. Call me by my name to talk.`;
  }
  return `Say ${names.usage(wanted)}: ${wanted.help}.`;
}

function nowPlaying({ room: { media } }: CommandContext): string {
  if (!media) return "Nothing is playing, as far as I know.";
  const { seconds, currentTime, paused } = media;
  const title = titleText(media.title);
  if (seconds <= 0) return `Now playing: ${title} (live)`;
  const at = formatDuration(Math.min(currentTime, seconds));
  return `Now playing: ${title} (${at} of ${formatDuration(seconds)}${paused ? ", paused" : ""})`;
}

function missed({ user, chat, room, report }: CommandContext): string {
  if (!room.isRegistered(user)) {
    return "Only for registered users: anybody can take a guest's name.";
  }
  if (report().models.every(({ state }) => state === "down")) {
    return "I have no model to sum it up with just now.";
  }
  switch (chat.controls.summarizeMissed(user)) {
    case "queued":
      return "";
    case "paused":
      return "I am silent until a moderator lets me speak.";
    case "unknown":
      return "I have not seen you leave, so I do not know what you missed.";
    case "nothing":
      return "Nothing was said while you were away.";
    case "cooldown":
    case "queue full":
      return "I have just been asked; try again in a moment.";
  }
}

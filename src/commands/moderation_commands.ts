/** Commands that change the bot's behaviour, for moderators. */
import { sameModel } from "../llm/model_name.ts";
import type { Command, CommandContext } from "./command.ts";

/** Source: CyTube's user names. */
const USER_NAME = /^[\w-]{1,20}$/;

export const MODERATION_COMMANDS: readonly Command[] = [
  {
    name: "pause",
    help: "I am silent",
    access: "moderators",
    run({ chat }) {
      chat.controls.pause();
      return "I am silent until I am told to resume.";
    },
  },
  {
    name: "resume",
    aliases: ["unpause"],
    help: "I speak again",
    access: "moderators",
    run({ chat }) {
      chat.controls.resume();
      return "I am back.";
    },
  },
  {
    name: "reset",
    help: "I forget everything that was said",
    access: "moderators",
    run({ chat }) {
      chat.controls.reset();
      return "Everything that was said is forgotten.";
    },
  },
  {
    name: "ignore",
    argument: "NAME",
    help: "I never answer them",
    access: "moderators",
    run: (context) => setIgnored(context, true),
  },
  {
    name: "unignore",
    argument: "NAME",
    help: "I answer them again",
    access: "moderators",
    run: (context) => setIgnored(context, false),
  },
  {
    name: "model",
    argument: "[NAME]",
    help: "which model I use, or use another",
    access: "moderators",
    run: model,
  },
  {
    name: "persona",
    argument: "[NAME]",
    help: "who I am, or be another",
    access: "moderators",
    run: persona,
  },
];

function setIgnored(context: CommandContext, ignored: boolean): string {
  const { command, argument, chat: { controls }, room, names, isModerator } = context;
  const user = argument.replace(/^@/, "");
  if (!USER_NAME.test(user)) return `Whom? ${names.usage(command)}`;
  if (room.isSelf(user)) return "I cannot ignore myself.";
  if (ignored && isModerator(user)) return `I cannot ignore ${user}: a moderator.`;
  const changed = ignored ? controls.ignore(user) : controls.unignore(user);
  if (!changed) return `${user} is ${ignored ? "ignored already" : "not ignored"}.`;
  return ignored ? `I ignore ${user} from now on.` : `I listen to ${user} again.`;
}

function model({ argument, runtimeSettings, offeredModels }: CommandContext): string {
  const offered = offeredModels();
  if (argument === "") {
    const list = offered ? ` The server has ${offered.join(", ")}.` : "";
    return `I use ${runtimeSettings.model}.${list}`;
  }
  if (!offered) return "The model's server does not tell which models it has.";
  const found = offered.find((name) => name === argument) ??
    offered.find((name) => sameModel(name, argument));
  if (found === undefined) return `The server has no ${argument}; it has ${offered.join(", ")}.`;
  runtimeSettings.chooseModel(found);
  return `I use ${found} from now on; it may have to be loaded first.`;
}

function persona({ argument, runtimeSettings }: CommandContext): string {
  const personas = Object.entries(runtimeSettings.personas);
  if (argument === "") {
    const all = personas.map(([name, { description }]) =>
      description === undefined ? name : `${name} (${description})`
    );
    return `I am ${runtimeSettings.persona}. I can be ${all.join(", ")}.`;
  }
  const found = runtimeSettings.choosePersona(argument);
  const names = personas.map(([name]) => name).join(", ");
  return found === undefined ? `I know no ${argument}; I can be ${names}.` : `I am ${found} now.`;
}

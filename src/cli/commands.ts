import { LOG_FORMATS, LOG_LEVELS } from "../config/log_choices.ts";
import { EXIT } from "../errors.ts";
import { nearest } from "../nearest.ts";
import { oneLine } from "../one_line.ts";
import { type Command, didYouMean, type Flag, UsageError, type ValueType } from "./arguments.ts";
import { commandHelp, programHelp } from "./help.ts";

export interface PullFlags {
  readonly config: string;
  readonly ollamaHost?: string;
}

export interface RunFlags extends PullFlags {
  readonly logLevel?: string;
  readonly logFormat?: string;
  readonly dryRun?: boolean;
}

export interface CheckFlags extends PullFlags {
  readonly login?: boolean;
  readonly ask?: boolean;
  readonly json?: boolean;
  /** Seconds between two probes of the model servers. */
  readonly watch?: number;
}

export interface InitFlags {
  readonly config: string;
  readonly from?: string;
  readonly domain?: string;
  readonly channel?: string;
  readonly user?: string;
  /** The model server's address. */
  readonly server?: string;
  readonly model?: string;
  readonly yes?: boolean;
}

export interface ReplayFlags extends PullFlags {
  readonly model?: boolean;
  readonly json?: boolean;
}

export interface DemoFlags {
  /** Say this line, print the conversation, and exit. */
  readonly say?: string;
  readonly port?: number;
  /** Never use a real model. */
  readonly scripted?: boolean;
  /** Limit of `--say` in seconds. */
  readonly timeout: number;
}

const SECONDS: ValueType<number> = {
  read: (text) => Number(text) > 0 && Number(text) <= 3600 ? Number(text) : undefined,
  expected: "It takes more than 0 and at most 3600 seconds.",
};

const PORT: ValueType<number> = {
  read: (text) => /^\d+$/.test(text) && Number(text) <= 65535 ? Number(text) : undefined,
  expected: "A port is a whole number from 0 to 65535.",
};

const CONFIG: Flag<string> = {
  short: "c",
  value: "path",
  description: "the configuration file",
  default: "config.json",
};

const OLLAMA_HOST: Flag<string> = {
  value: "url",
  description: "where Ollama runs, instead of the configured one",
};

/** The default command. */
export const RUN: Command<RunFlags> = {
  name: "run",
  description: "join the channel and answer (what rosey does without a command)",
  flags: {
    config: CONFIG,
    logLevel: {
      value: "level",
      description: `how much is logged: ${LOG_LEVELS.join(", ")}`,
      type: oneOf(LOG_LEVELS),
    },
    logFormat: {
      value: "format",
      description: `the form of log lines: ${LOG_FORMATS.join(", ")}`,
      type: oneOf(LOG_FORMATS),
    },
    ollamaHost: OLLAMA_HOST,
    dryRun: { description: "log what it would say, and say nothing" },
  },
  run: async (flags, { signal }) => (await import("./run.ts")).run(flags, signal),
};

const INIT: Command<InitFlags> = {
  name: "init",
  description: "ask for what the bot needs, test each answer, and write the configuration",
  flags: {
    config: { ...CONFIG, description: "the file to write" },
    from: { value: "path", description: "an old configuration, also of the Python Rosey" },
    domain: { value: "url", description: "the CyTube site" },
    channel: { value: "name", description: "the channel" },
    user: {
      value: "name",
      description: "the bot's account; its password is asked for, or that of ROSEY_PASSWORD",
    },
    server: { value: "url", description: "where Ollama or an OpenAI-compatible server runs" },
    model: { value: "name", description: "the model's name on that server" },
    yes: { description: "ask nothing: take the flags and, without them, what is suggested" },
  },
  run: async (flags, { signal }) => (await import("./init.ts")).init(flags, signal),
};

const CHECK: Command<CheckFlags> = {
  name: "check",
  description: "say whether everything is there that the bot needs, and what to do where it is not",
  flags: {
    config: CONFIG,
    login: { description: "log in and join for a moment, unless the bot is there already" },
    ask: { description: "load the model and have it say something" },
    json: { description: "print JSON" },
    watch: {
      value: "seconds",
      description: "probe the model servers repeatedly",
      type: SECONDS,
      bare: "60",
    },
    ollamaHost: OLLAMA_HOST,
  },
  run: async (flags, { signal }) => (await import("./check.ts")).check(flags, signal),
};

const PULL: Command<PullFlags> = {
  name: "pull",
  description: "have the Ollama servers pull a model",
  argument: { name: "model", description: "its name; default: the configured one of each server" },
  flags: { config: CONFIG, ollamaHost: OLLAMA_HOST },
  run: async (flags, options) => (await import("./pull.ts")).pull(flags, options),
};

const CHAT: Command<PullFlags> = {
  name: "chat",
  description: "talk with the bot in the terminal, as in a room; also lines of a pipe",
  flags: { config: CONFIG, ollamaHost: OLLAMA_HOST },
  run: async (flags, { signal }) => (await import("./chat.ts")).chat(flags, signal),
};

const REPLAY: Command<ReplayFlags> = {
  name: "replay",
  description: "show whom the bot would have answered in a chat log, and why",
  argument: { name: "log", description: "the file; default: the configured chat_log_file" },
  flags: {
    config: CONFIG,
    model: { description: "ask the model for the answers; else nothing is asked" },
    json: { description: "print JSON" },
    ollamaHost: OLLAMA_HOST,
  },
  run: async (flags, options) => (await import("./replay.ts")).replayLog(flags, options),
};

const DEMO: Command<DemoFlags> = {
  name: "demo",
  description: "try Rosey in an embedded channel, without an account or a GPU",
  flags: {
    say: { value: "line", description: "say this line, print the conversation and exit" },
    port: { value: "number", description: "of the channel's web page", type: PORT },
    scripted: { description: "use the scripted stand-in even where a real Ollama answers" },
    timeout: {
      value: "seconds",
      description: "how long --say waits for the answer",
      type: SECONDS,
      default: "60",
    },
  },
  run: async (flags, { signal }) => (await import("./demo.ts")).demo(flags, signal),
};

const HELP: Command = {
  name: "help",
  description: "display help for command",
  argument: { name: "command", description: "its name; default: the program" },
  flags: {},
  run(_flags, { argument: name }) {
    console.log(name === undefined ? programHelp(COMMANDS) : commandHelp(commandNamed(name)));
    return Promise.resolve(EXIT.ok);
  },
};

/** In the order of the help. */
export const COMMANDS: readonly Command[] = [
  RUN,
  INIT,
  CHECK,
  PULL,
  CHAT,
  REPLAY,
  DEMO,
  HELP,
];

/** @throws {UsageError} When there is no such command. */
export function commandNamed(name: string): Command {
  const found = COMMANDS.find((command) => command.name === name);
  if (found) return found;
  const near = nearest(name, COMMANDS.map((command) => command.name));
  throw new UsageError(`unknown command '${oneLine(name)}'${didYouMean(near)}`);
}

function oneOf(names: readonly string[]): ValueType<string> {
  return {
    read: (text) => names.find((name) => name.toLowerCase() === text.toLowerCase()),
    expected: `Choose one of ${names.join(", ")}.`,
  };
}

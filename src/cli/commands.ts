import { EXIT } from "../errors.ts";
import { nearest } from "../nearest.ts";
import { oneLine } from "../one_line.ts";
import { type Command, didYouMean, UsageError } from "./arguments.ts";
import {
  type CheckFlags,
  CONFIG,
  type ConfigCommandFlags,
  type DemoFlags,
  type InitFlags,
  JSON_OUTPUT,
  LOG_FLAGS,
  type ModelsFlags,
  OLLAMA_HOST,
  PORT,
  type PullFlags,
  type ReplayFlags,
  type RunFlags,
  SECONDS,
} from "./flags.ts";
import { commandHelp, programHelp } from "./help.ts";

/** The default command. */
export const RUN: Command<RunFlags> = {
  name: "run",
  description: "join the channel and answer (what rosey does without a command)",
  flags: {
    config: CONFIG,
    ...LOG_FLAGS,
    ollamaHost: OLLAMA_HOST,
    dryRun: { description: "log what it would say, and say nothing" },
  },
  examples: {
    "rosey": "run the bot with config.json of this folder",
    "rosey run --config config.json --log-level debug": "run it with another file, and log more",
    "rosey --dry-run": "join and listen; what it would say is only in the log",
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
  examples: {
    "rosey init": "ask for everything, and write config.json",
    "rosey init --yes --domain https://cytu.be --channel demo --user Bot": "ask nothing",
    "rosey init --yes --from old.json --config new.json": "move an old configuration",
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
    json: JSON_OUTPUT,
    watch: {
      value: "seconds",
      description: "probe the model servers repeatedly",
      type: SECONDS,
      bare: "60",
    },
    ollamaHost: OLLAMA_HOST,
  },
  examples: {
    "rosey check": "look at the configuration, channel and servers",
    "rosey check --login --ask": "also log in, load the model and have it say something",
    "rosey check --json > findings.json":
      "for a script; the exit code is 0 without failures, 78 if rosey would not start, else 1",
    "rosey check --watch 10": "probe the model servers every ten seconds, until Ctrl-C",
  },
  run: async (flags, { signal }) => (await import("./check.ts")).check(flags, signal),
};

const PULL: Command<PullFlags> = {
  name: "pull",
  description: "have the Ollama servers pull a model",
  argument: { name: "model", description: "its name; default: the configured one of each server" },
  flags: { config: CONFIG, ollamaHost: OLLAMA_HOST },
  examples: {
    "rosey pull": "pull the configured model",
    "rosey pull qwen3:4b --ollama-host http://gpu:11434": "pull another model, on another server",
  },
  run: async (flags, options) => (await import("./pull.ts")).pull(flags, options),
};

const MODELS: Command<ModelsFlags> = {
  name: "models",
  description: "list the models of every configured server, and what is loaded",
  flags: { config: CONFIG, json: JSON_OUTPUT, ollamaHost: OLLAMA_HOST },
  examples: {
    "rosey models": "list them; * marks the configured ones",
    "rosey models --ollama-host http://gpu:11434": "list those of another server",
    "rosey models --json > models.json": "for a script",
  },
  run: async (flags, { signal }) => (await import("./models.ts")).models(flags, signal),
};

const CONFIG_COMMAND: Command<ConfigCommandFlags> = {
  name: "config",
  description: "show every setting and where its value came from, or the settings' JSON Schema",
  argument: {
    name: "what",
    description: "show: the settings, without secrets; schema: the JSON Schema, for an editor",
    choices: ["show", "schema"],
  },
  flags: { config: CONFIG, json: JSON_OUTPUT, ...LOG_FLAGS, ollamaHost: OLLAMA_HOST },
  examples: {
    "rosey config show": "list all settings",
    "rosey config show | grep -v '  default  '": "list those that differ from the defaults",
    "rosey config show --json > settings.json": "for a script",
    "rosey config schema > config.schema.json":
      'write the file that "$schema" of config.json names',
  },
  run: async (flags, { argument }) => (await import("./config.ts")).config(flags, argument),
};

const COMPLETIONS: Command = {
  name: "completions",
  description: "print a shell's completions of rosey",
  argument: {
    name: "shell",
    description: "bash, zsh or fish; the installer has installed them for all three",
    choices: ["bash", "zsh", "fish"],
  },
  flags: {},
  examples: {
    "source <(rosey completions bash)": "use them in this shell; a line for ~/.bashrc",
    "rosey completions zsh > ~/.zfunc/_rosey":
      "for zsh, with `fpath+=~/.zfunc` in ~/.zshrc before `compinit`",
    "rosey completions fish > ~/.config/fish/completions/rosey.fish": "for fish",
  },
  run: async (_flags, { argument: shell }) => {
    console.log((await import("./completions.ts")).completions(shell!));
    return EXIT.ok;
  },
};

const CHAT: Command<PullFlags> = {
  name: "chat",
  description: "talk with the bot in the terminal, as in a room; also lines of a pipe",
  flags: { config: CONFIG, ollamaHost: OLLAMA_HOST },
  examples: {
    "rosey chat":
      "talk with the bot; /help lists what you can ask; Ctrl-C stops an answer, Ctrl-D or /bye ends",
    "echo 'rosey, what is playing?' | rosey chat": "ask one question",
  },
  run: async (flags, { signal }) => (await import("./chat.ts")).chat(flags, signal),
};

const REPLAY: Command<ReplayFlags> = {
  name: "replay",
  description: "show whom the bot would have answered in a chat log, and why",
  argument: {
    name: "log",
    description: "the file, - for a pipe; default: the configured chat_log_file",
  },
  flags: {
    config: CONFIG,
    model: { description: "ask the model for the answers; else nothing is asked" },
    json: JSON_OUTPUT,
    ollamaHost: OLLAMA_HOST,
  },
  examples: {
    "rosey replay": "decide again on what is in the configured chat log",
    "rosey replay chat.log --model": "ask the model for the answers, too",
    "rosey replay chat.log --json > decisions.json": "for a script",
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
  examples: {
    "rosey demo": "open the channel's page with a browser, and talk",
    'rosey demo --say "rosey, what is playing?"': "say this, print what the bot answers, and exit",
    "rosey demo --scripted --port 8080": "without a language model, on a port of your choice",
  },
  run: async (flags, { signal }) => (await import("./demo.ts")).demo(flags, signal),
};

const HELP: Command = {
  name: "help",
  description: "display help for command",
  argument: { name: "command", description: "its name; default: the program" },
  flags: {},
  examples: {
    "rosey help check": "display the help for rosey check",
  },
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
  MODELS,
  PULL,
  CONFIG_COMMAND,
  CHAT,
  REPLAY,
  DEMO,
  COMPLETIONS,
  HELP,
];

/** @throws {UsageError} When there is no such command. */
export function commandNamed(name: string): Command {
  const found = COMMANDS.find((command) => command.name === name);
  if (found) return found;
  const near = nearest(name, COMMANDS.map((command) => command.name));
  throw new UsageError(`unknown command '${oneLine(name)}'${didYouMean(near)}`);
}

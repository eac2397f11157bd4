import type { DecisionEntry } from "../chat/decisions.ts";
import { LocalRoom } from "../chat/local_room.ts";
import { estimatedTokens } from "../chat/prompt_budget.ts";
import { abortable } from "../clock.ts";
import { loadConfig, type LoadedConfig } from "../config/load.ts";
import type { Settings } from "../config/settings.ts";
import { ConfigError, EXIT } from "../errors.ts";
import type { ModelPool } from "../llm/model_pool.ts";
import type { Message, Reply } from "../llm/provider.ts";
import { setupLogging } from "../log.ts";
import { plural } from "../plural.ts";
import { type Redact, redactor } from "../redact.ts";
import { ChatTerminal } from "./chat_terminal.ts";
import type { PullFlags } from "./flags.ts";
import { openModels } from "./open_models.ts";

const VISITOR = "visitor";
/** Source: CyTube's names of guests. */
const NAME = /^[\w-]{1,20}$/;
const MAX_WHY_ENTRIES = 10;
const HELP: Readonly<Record<string, string>> = {
  "/as NAME": "go on as somebody else; from then on the bot must be called, as in a channel",
  "/me TEXT": "do something instead of saying it",
  "/why": "why the bot answered or kept silent, and what the model wrote",
  "/prompt": "the messages that the model was sent last",
  "/reset": "forget the conversation, and read the configuration again",
  "/bye": "end, also with Ctrl-D; Ctrl-C stops an answer or clears the line that is typed",
};

/**
 * `rosey chat`: talks with the bot in the terminal. Cooldowns and the limit of replies are off, the rest is
 * as in a channel.
 */
export async function chat(flags: PullFlags, signal: AbortSignal): Promise<number> {
  const config = loadConfig(flags.config, { flags });
  const models = openModels(config);
  if (!models) return EXIT.config;
  using session = new ChatSession(config, { flags, models });
  const end = () => session.end();
  signal.addEventListener("abort", end, { once: true });
  await using _logging = await setupLogging({
    level: "ERROR",
    format: "terminal",
    secrets: config.secrets,
    write: (line) => session.terminal.note(line),
  });
  try {
    return await session.run(signal);
  } finally {
    signal.removeEventListener("abort", end);
    await models.close();
  }
}

interface SessionOptions {
  readonly flags: PullFlags;
  readonly models: ModelPool;
}

class ChatSession implements Disposable {
  readonly terminal: ChatTerminal;
  readonly #options: SessionOptions;
  readonly #local: LocalRoom;
  readonly #names = new Set([VISITOR]);
  #triggers: readonly string[];
  #redact: Redact;
  #name = VISITOR;
  #sent: { readonly messages: readonly Message[]; readonly reply?: Reply } | undefined;
  /** Questions that wait or are being answered. */
  #unanswered = 0;
  #idle = Promise.withResolvers<void>();
  #hasFailed = false;
  /** Whether the next Ctrl-C ends the program. */
  #isEnding = false;

  constructor(config: LoadedConfig, options: SessionOptions) {
    const { warnings, secrets, settings } = config;
    this.#options = options;
    this.#redact = redactor(secrets);
    this.#triggers = settings.llm.triggers;
    this.terminal = new ChatTerminal(() => this.#interrupt());
    for (const warning of warnings) this.terminal.note(`! ${options.flags.config}: ${warning}`);
    this.#local = new LocalRoom({
      settings: forTalk(settings),
      models: options.models,
      onSaid: (lines) => lines.forEach((line) => this.terminal.say(this.#bot, line)),
      onDecided: (entry) => this.#decided(entry),
      onPrompt: (messages, reply) => this.#sent = { messages, reply },
      onProgress: (text) => this.terminal.progress(this.#bot, text),
      isAlone: () => this.#names.size === 1,
    });
    this.#local.join(VISITOR);
  }

  get #bot(): string {
    return this.#local.room.ownName;
  }

  async run(signal: AbortSignal): Promise<number> {
    const { terminal } = this;
    const stop = new AbortController();
    const answering = this.#local.chat.run(AbortSignal.any([signal, stop.signal]));
    if (terminal.isInteractive) {
      const [server] = this.#options.models.monitors;
      const { model, host } = server!.provider;
      terminal.note(`${this.#bot} answers with ${model} at ${host}; /help lists the commands`);
    }
    terminal.prompt(this.#name);
    try {
      for await (const line of terminal.lines) {
        this.#handle(line.trim());
        // The lines of a pipe come at once.
        const mustWait = !terminal.isInteractive && this.#unanswered > 0;
        if (mustWait) await abortable(this.#idle.promise, signal);
        terminal.prompt(this.#name);
      }
      signal.throwIfAborted();
    } finally {
      stop.abort();
      await answering;
    }
    return this.#hasFailed && !terminal.isInteractive ? EXIT.failure : EXIT.ok;
  }

  end(): void {
    this.terminal[Symbol.dispose]();
  }

  [Symbol.dispose](): void {
    this.end();
  }

  #handle(line: string): void {
    this.#isEnding = false;
    const [, command = "", argument = ""] = /^(\/\S*)\s*(.*)$/.exec(line) ?? [];
    switch (command) {
      case "":
        if (line !== "") this.#hear(line, false);
        return;
      case "/me":
        return this.#hear(argument, true);
      case "/as":
        return this.#as(argument);
      case "/why":
        return this.#why();
      case "/prompt":
        return this.#prompt();
      case "/reset":
        return this.#reset();
      case "/bye":
      case "/quit":
        return this.end();
      case "/help":
        for (const [form, help] of Object.entries(HELP)) this.terminal.note(`${form}: ${help}`);
        return;
      default:
        this.terminal.note(`${command} is unknown; /help lists the commands`);
    }
  }

  #hear(text: string, action: boolean): void {
    const line = { user: this.#name, text, time: Date.now(), shadow: false, action };
    const { reason } = this.#local.hear(line);
    // Others are shown as they are decided.
    if (reason === "command") this.terminal.note("(a command of the channel: not run here)");
    if (reason === "not called") {
      const words = this.#triggers.length > 0 ? this.#triggers.join(" or ") : this.#bot;
      this.terminal.note(`(not called: a line for the bot has ${words} in it)`);
    }
  }

  #as(name: string): void {
    if (!NAME.test(name) || this.#local.room.isSelf(name)) {
      return this.terminal.note("/as takes the name of a person: 1 to 20 of a-z A-Z 0-9 _ -");
    }
    this.#local.join(name);
    this.#names.add(this.#local.room.user(name)!.name);
    this.#name = name;
    this.terminal.prompt(name);
  }

  #why(): void {
    const { decisions } = this.#local.chat;
    const entries = [...this.#names].flatMap((name) => decisions.last(MAX_WHY_ENTRIES, name))
      .sort((a, b) => a.at - b.at);
    if (entries.length === 0) this.terminal.note("Nothing was decided yet.");
    for (const { user, words, outcome, detail, kind } of entries.slice(-MAX_WHY_ENTRIES)) {
      const more = [kind === "call" ? "" : kind, this.#redact(detail)].filter(Boolean).join(", ");
      const quoted = words && ` "${words}"`;
      this.terminal.note(`${user}${quoted}: ${outcome}${more && ` (${more})`}`);
    }
    const { reply } = this.#sent ?? {};
    if (reply) this.terminal.note(`The model wrote: ${reply.text}`);
  }

  #prompt(): void {
    const { messages = [], reply } = this.#sent ?? {};
    if (messages.length === 0) return this.terminal.note("Nothing was sent yet.");
    for (const { role, content } of messages) {
      this.terminal.note(`[${role}, about ${plural(estimatedTokens(content.length), "token")}]`);
      for (const line of content.split("\n")) this.terminal.note(`  ${line}`);
    }
    const chars = messages.reduce((sum, { content }) => sum + content.length, 0);
    const { promptTokens } = reply ?? {};
    const counted = promptTokens ? `; the server counted ${promptTokens}` : "";
    this.terminal.note(`Together about ${plural(estimatedTokens(chars), "token")}${counted}`);
  }

  #reset(): void {
    const { flags, models } = this.#options;
    this.#local.chat.controls.reset();
    try {
      const { settings, secrets } = loadConfig(flags.config, { flags });
      this.#redact = redactor(secrets);
      this.#triggers = settings.llm.triggers;
      models.use(settings.llm);
      this.#local.updateSettings(forTalk(settings));
      this.terminal.note(`The conversation is forgotten, ${flags.config} is read again.`);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      for (const problem of error.problems) this.terminal.note(`! ${flags.config}: ${problem}`);
      this.terminal.note("The conversation is forgotten, the old settings stay.");
    }
  }

  #decided({ outcome, detail, kind }: DecisionEntry): void {
    const { terminal } = this;
    if (outcome === "waiting" || outcome === "merged") {
      if (outcome === "waiting") this.#unanswered++;
      const { state } = this.#options.models;
      terminal.progress(this.#bot, state === "up" ? "" : `the model is ${state}`);
      return;
    }
    // The program itself says that it was stopped.
    if (outcome !== "answered" && outcome !== "stopped") {
      const why = outcome === "model unavailable" ? this.#options.models.reason : detail;
      terminal.note(`(${outcome}${why && `: ${this.#redact(why)}`})`);
      this.#hasFailed = true;
    }
    // Else the line was no question.
    if (kind === undefined || --this.#unanswered > 0) return;
    this.#idle.resolve();
    this.#idle = Promise.withResolvers();
    terminal.prompt(this.#name);
  }

  #interrupt(): void {
    const wasEnding = this.#isEnding;
    this.#isEnding = false;
    if (this.#unanswered > 0) return this.#local.chat.controls.cancel();
    if (this.terminal.clearTyped()) return;
    if (wasEnding) return this.end();
    this.#isEnding = true;
    this.terminal.note("(Ctrl-C again, Ctrl-D or /bye ends)");
  }
}

/** People of a terminal ask as fast as they like. */
function forTalk(settings: Settings): Settings {
  const unlimited = { cooldownSeconds: 0, maxRepliesPerMinute: 0, loopTurns: 0 };
  return { ...settings, llm: { ...settings.llm, ...unlimited } };
}

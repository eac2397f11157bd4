/**
 * The program as an operator runs it: a child process, its log read line by line. With `ROSEY_BIN` the
 * compiled binary, else the sources with the permissions of the `start` task.
 */
import { PROGRAM } from "../../src/version.ts";
import { TextLineStream } from "./text_lines.ts";
import manifest from "../../deno.json" with { type: "json" };

const ROOT = new URL("../../", import.meta.url);

export interface Program {
  readonly command: string;
  readonly args: string[];
  /** The folder to start it in; default: this checkout. */
  readonly folder?: string;
}

/** What starts the program: the binary, or Deno with the flags of the task. */
export function program(task: "start" | "demo" = "start"): Program {
  const binary = Deno.env.get("ROSEY_BIN");
  if (binary) {
    return { command: new URL(binary, ROOT).pathname, args: task === "demo" ? ["demo"] : [] };
  }
  const [, ...args] = manifest.tasks[task].command.split(" ");
  return { command: Deno.execPath(), args };
}

/** What the program calls itself in messages with a command. */
export const CALLED = Deno.env.get("ROSEY_BIN") ? "rosey" : PROGRAM;

/** Clears the environment of the person who runs the tests. */
export const CLEAN_ENV = {
  OLLAMA_HOST: "",
  OLLAMA_API_KEY: "",
  OPENAI_API_KEY: "",
  ROSEY_PASSWORD: "",
  ROSEY_LOG_LEVEL: "",
  JOURNAL_STREAM: "",
  NO_COLOR: "1",
  // Of Deno's own, which no binary makes.
  DENO_NO_UPDATE_CHECK: "1",
};

export interface StartOptions {
  /** Default: {@linkcode program}. */
  program?: Program;
  /** The `llm` section; `enabled` and `model` are filled in. */
  llm?: Record<string, unknown>;
  /** More of the top level. */
  config?: Record<string, unknown>;
  env?: Record<string, string>;
  args?: string[];
  /** A command that runs the command put after it, such as `ip netns exec NAME`. */
  prefix?: readonly string[];
  /** Where V8's inspector listens; no binary has one. */
  inspectPort?: number;
}

/** One test person asks as fast as a machine, and models of tests look at the question alone. */
const PLAIN = { loop_turns: 0, room_context_lines: 0 };

/** How long a test waits for a line that must come. */
const LINE_TIMEOUT_MS = 30_000;

export class Rosey implements AsyncDisposable {
  /** Every line of the log so far. */
  readonly log: string[] = [];
  readonly #child: Deno.ChildProcess;
  readonly #folder: string;
  readonly #reading: Promise<void>;
  #ended: Deno.CommandStatus | null = null;
  #watchers: (() => void)[] = [];

  private constructor(child: Deno.ChildProcess, folder: string) {
    this.#child = child;
    this.#folder = folder;
    this.#reading = this.#read();
  }

  static start(domain: string, options: StartOptions = {}): Rosey {
    const folder = Deno.makeTempDirSync({ prefix: "rosey-e2e-" });
    const path = configure(folder, domain, options);
    const { command, args, folder: cwd = ROOT } = options.program ?? program();
    if (options.inspectPort) args.splice(1, 0, `--inspect=127.0.0.1:${options.inspectPort}`);
    const [first, ...rest] = [...options.prefix ?? [], command, ...args];
    const child = new Deno.Command(first!, {
      args: [...rest, "--config", path, ...options.args ?? []],
      cwd,
      env: { ...CLEAN_ENV, ...options.env },
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    return new Rosey(child, folder);
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** The chat log: `<name> text` of every line that was heard, without the times. */
  chatLog(): string[] {
    return this.chatLogFiles().flatMap((name) => {
      const text = Deno.readTextFileSync(`${this.#folder}/${name}`);
      return text.split("\n").filter(Boolean).map((line) => line.slice(line.indexOf(" ") + 1));
    });
  }

  /** The files that the chat log is in, the oldest first. */
  chatLogFiles(): string[] {
    const age = (name: string) => Number(name.slice("chat.log.".length));
    return Array.from(Deno.readDirSync(this.#folder), ({ name }) => name)
      .filter((name) => /^chat\.log(?:\.\d+)?$/.test(name))
      .sort((a, b) => age(b) - age(a));
  }

  /** Writes another configuration, and has it read. */
  reload(domain: string, options: StartOptions): void {
    configure(this.#folder, domain, options);
    this.#child.kill("SIGHUP");
  }

  /** The bot's memory in bytes. */
  residentBytes(): number {
    const status = Deno.readTextFileSync(`/proc/${this.pid}/status`);
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
  }

  /** Waits for a line of the log, from its begin on. */
  async line(
    pattern: RegExp | string,
    options: { from?: number; timeoutMs?: number } = {},
  ): Promise<string> {
    const matches = (line: string) =>
      typeof pattern === "string" ? line.includes(pattern) : pattern.test(line);
    const deadline = AbortSignal.timeout(options.timeoutMs ?? LINE_TIMEOUT_MS);
    for (let at = options.from ?? 0;;) {
      for (; at < this.log.length; at++) if (matches(this.log[at]!)) return this.log[at]!;
      if (this.#ended || deadline.aborted) {
        const why = this.#ended ? `it ended with code ${this.#ended.code}` : "time is over";
        throw new Error(`No line has ${pattern}: ${why}; the log:\n${this.log.join("\n")}`);
      }
      await this.#news(deadline);
    }
  }

  /** The bot is in the channel, and knows of its model if it has one. */
  async ready(): Promise<void> {
    await this.line("Joined demo");
    await this.line(/LLM enabled|unavailable at|LLM error|Unknown LLM|LLM disabled/);
  }

  /** Sends a signal and waits for the end. */
  async stop(signal: Deno.Signal = "SIGTERM"): Promise<{ code: number; milliseconds: number }> {
    const begun = performance.now();
    if (!this.#ended) this.#child.kill(signal);
    const { code } = await this.#child.status;
    await this.#reading;
    return { code, milliseconds: performance.now() - begun };
  }

  /** Waits for the program to end by itself. */
  async end(): Promise<number> {
    const { code } = await this.#child.status;
    await this.#reading;
    return code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#ended) await this.stop("SIGKILL");
    Deno.removeSync(this.#folder, { recursive: true });
  }

  async #read(): Promise<void> {
    const lines = this.#child.stderr.pipeThrough(new TextLineStream());
    for await (const line of lines) {
      this.log.push(line);
      this.#watchers.splice(0).forEach((tell) => tell());
    }
    this.#ended = await this.#child.status;
    this.#watchers.splice(0).forEach((tell) => tell());
  }

  async #news(signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#watchers.push(resolve);
    signal.addEventListener("abort", () => resolve(), { once: true });
    await promise;
  }
}

function configure(folder: string, domain: string, options: StartOptions): string {
  const llm = { enabled: true, model: "rosey-demo", llm_cooldown: 0, ...PLAIN, ...options.llm };
  const chatLog = `${folder}/chat.log`;
  const config = { domain, channel: "demo", user: "Rosey", chat_log_file: chatLog, llm };
  const path = `${folder}/config.json`;
  Deno.writeTextFileSync(path, JSON.stringify({ ...config, ...options.config }));
  return path;
}

/** A text of that many words, none like the one before: a reply that repeats itself is ended. */
export function distinctWords(count: number, letter = "w"): string {
  return Array.from({ length: count }, (_, at) => `${letter}${(at * 7919) % 9973}`).join(" ");
}

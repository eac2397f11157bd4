/** Plays the evening with one program: its channel, its process and the proxy to the model server. */
import { htmlToText } from "../../src/cytube/html.ts";
import { delay } from "../../src/clock.ts";
import { DemoChannel } from "../../src/demo/channel/server.ts";
import { type Program, Rosey } from "../../tests/e2e/rosey.ts";
import type { Answer } from "./checks.ts";
import { BOT, type Event, type Line, REGULARS } from "./evening.ts";
import { type Exchange, Recorder } from "./recorder.ts";

/** A line that called the bot, or seemed to, and what came of it. */
export interface Turn extends Answer {
  readonly question: string;
  /** Of the scene that it belongs to: how many questions came before. */
  readonly position: number;
  /** False for a line that only mentions the bot. */
  readonly called: boolean;
  /** Until the first line of the answer. */
  readonly milliseconds?: number;
  /** Why there is no answer. */
  readonly reason?: string;
  readonly exchanges: readonly Exchange[];
}

/** What happened in the channel, oldest first; a turn is a question and its answer. */
export type Entry = string | Turn;

export interface Model {
  readonly provider: "openai" | "ollama";
  readonly url: string;
  readonly name: string;
}

/** Without a name the first of the server's models. */
export async function findModel(
  { provider = "openai", url, name }: Pick<Model, "url"> & Partial<Model>,
): Promise<Model> {
  url = url.replace(/\/+$/, "");
  if (name) return { provider, url, name };
  const response = await fetch(url + (provider === "ollama" ? "/api/tags" : "/models"), {
    signal: AbortSignal.timeout(PROBE_MS),
  });
  const { data, models } = await response.json();
  const found = provider === "ollama" ? models?.[0]?.name : data?.[0]?.id;
  if (!found) throw new Error(`Cannot find a model at ${url}: none is listed`);
  return { provider, url, name: found };
}

const PROBE_MS = 10_000;
/** For an answer; a small model on a busy machine takes its time. */
const ANSWER_MS = 90_000;
const RESPONSE_TIMEOUT_SECONDS = 60;
/** The bot answers 20 questions a minute unless its configuration says otherwise. */
const QUESTION_INTERVAL_MS = 3100;
/** Until the program says in its log that it was called. */
const CALL_MS = 5000;
/** No log line says that a mention is no call. */
const MENTION_MS = 1000;
/** A request that failed may be sent again. */
const RETRY_MS = 10_000;
/** Between two lines of an answer, at the most. */
const NEXT_LINE_MS = 1500;

type Outcome = { readonly length: number } | { readonly reason: string };

export class Player implements AsyncDisposable {
  readonly entries: Entry[] = [];
  readonly recorder: Recorder;
  readonly #channel: DemoChannel;
  readonly #rosey: Rosey;
  #askedMs = -Infinity;

  private constructor(recorder: Recorder, channel: DemoChannel, rosey: Rosey) {
    this.recorder = recorder;
    this.#channel = channel;
    this.#rosey = rosey;
  }

  static async start(program: Program, model: Model): Promise<Player> {
    await using stack = new AsyncDisposableStack();
    const recorder = stack.use(new Recorder(model.url));
    const channel = stack.use(await DemoChannel.start({ throttle: false }));
    for (const name of REGULARS) channel.addPuppet(name);
    const { provider, name } = model;
    const server = provider === "ollama"
      ? { ollama_host: recorder.url }
      : { openai_base_url: recorder.url };
    const rosey = stack.use(Rosey.start(channel.url, {
      program,
      config: { log_level: "DEBUG" },
      env: keys(),
      llm: {
        provider,
        model: name,
        ...server,
        response_timeout: RESPONSE_TIMEOUT_SECONDS,
        // The default; tests have none.
        room_context_lines: undefined,
      },
    }));
    await rosey.ready();
    stack.move();
    return new Player(recorder, channel, rosey);
  }

  /** Lines of the bot that belong to no turn. */
  get unasked(): number {
    const all = this.#channel.lines.filter(({ username }) => username === BOT).length;
    const turns = this.entries.filter((entry) => typeof entry !== "string");
    return all - turns.reduce((sum, { lines }) => sum + lines.length, 0);
  }

  async play(scene: readonly Event[]): Promise<void> {
    let position = 0;
    for (const event of scene) {
      switch (event.kind) {
        case "join":
          this.#channel.addPuppet(event.user);
          this.entries.push(`* ${event.user} joins`);
          break;
        case "leave":
          this.#channel.removePuppet(event.user);
          this.entries.push(`* ${event.user} leaves`);
          break;
        case "media":
          this.#channel.setMedia(event.media);
          this.entries.push(`* now playing: ${event.media.title}`);
          break;
        case "say":
          this.#channel.say(event.user, event.text);
          this.entries.push(`${event.user}: ${event.text}`);
          break;
        default:
          this.entries.push(await this.#turn(event, event.kind === "ask" ? position++ : position));
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#rosey[Symbol.asyncDispose]();
    await this.#channel.close();
    await this.recorder[Symbol.asyncDispose]();
  }

  async #turn({ kind, user, text: question }: Line, position: number): Promise<Turn> {
    const channel = this.#channel;
    await delay(Math.max(0, this.#askedMs + QUESTION_INTERVAL_MS - performance.now()));
    const from = {
      log: this.#rosey.log.length,
      line: channel.lines.length,
      exchange: this.recorder.exchanges.length,
    };
    const askedMs = this.#askedMs = performance.now();
    const over = new AbortController();
    const milliseconds = channel.nextLine(isBot, ANSWER_MS, over.signal)
      .then(() => performance.now() - askedMs, () => undefined);
    channel.say(user, question);
    const called = kind === "ask";
    const outcome = await this.#outcome(user, {
      from: from.log,
      callMs: called ? CALL_MS : MENTION_MS,
    });
    const lines = "length" in outcome ? await this.#lines(from.line, outcome.length) : [];
    over.abort();
    const exchanges = this.recorder.exchanges.slice(from.exchange);
    const { text = "", finish, messages = [] } = exchanges.at(-1) ?? {};
    let reason = "reason" in outcome ? outcome.reason : undefined;
    if (reason === undefined && lines.length === 0) reason = "the line did not arrive";
    return {
      ...{ user, question, position, called, lines, text, finish, messages, exchanges, reason },
      milliseconds: await milliseconds,
    };
  }

  /** What the log says about a question. */
  async #outcome(
    user: string,
    { from, callMs }: { readonly from: number; readonly callMs: number },
  ): Promise<Outcome> {
    const find = async (pattern: string, timeoutMs: number) => {
      const options = { from, timeoutMs };
      const line = await this.#rosey.line(new RegExp(pattern), options).catch(() => "");
      return new RegExp(pattern).exec(line);
    };
    const end = [
      `LLM response: user=${user}, length=(?<length>\\d+)`,
      `No answer for ${user}: (?<reason>.*)`,
      `(?<reason>nothing useful was left) of the reply to ${user}`,
    ].join("|");
    if (await find(`LLM trigger: user=${user},|${end}`, callMs) === null) {
      return { reason: "not called" };
    }
    const first = await find(
      `${end}|(?<failure>LLM (?:timeout|(?:connection )?error): .*)`,
      ANSWER_MS,
    );
    // The program may send a request again that failed.
    const again = first?.groups?.failure ? await find(end, RETRY_MS) : null;
    const { length, reason, failure } = (again ?? first)?.groups ?? {};
    if (length !== undefined) return { length: Number(length) };
    return { reason: reason ?? failure ?? `no answer in ${ANSWER_MS / 1000} s` };
  }

  /** The answer's lines: as many as have the length that the log told. */
  async #lines(from: number, length: number): Promise<string[]> {
    for (;;) {
      const lines = this.#channel.lines.slice(from).filter(isBot).map(({ msg }) => htmlToText(msg));
      if (lines.join(" ").length >= length) return lines;
      try {
        await this.#channel.nextLine(isBot, NEXT_LINE_MS);
      } catch {
        return lines;
      }
    }
  }
}

function isBot({ username }: { readonly username: string }): boolean {
  return username === BOT;
}

/** The operator's own: the program is started without other variables. */
function keys(): Record<string, string> {
  const names = ["OPENAI_API_KEY", "OLLAMA_API_KEY"];
  return Object.fromEntries(names.map((name) => [name, Deno.env.get(name) ?? ""]));
}

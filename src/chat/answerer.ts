/**
 * From one question to what is said: prompt, model, guard, lines.
 *
 * @module
 */
import { getLogger } from "@logtape/logtape";
import type { Clock } from "../clock.ts";
import type { TalkSettings } from "../config/settings.ts";
import type { Models } from "../llm/models.ts";
import { ProviderError, type Reply } from "../llm/provider.ts";
import type { Outcome } from "./decisions.ts";
import { guard } from "./guard.ts";
import { History } from "./history.ts";
import { asked, buildPrompt, promptBudget } from "./prompt.ts";
import type { Question } from "./queue.ts";
import type { Room } from "./room.ts";
import { split } from "./split.ts";

const log = getLogger(["rosey", "chat"]);

/** Options of {@linkcode Answerer}. */
export interface AnswererOptions {
  /** Whom to ask. */
  readonly models: Models;
  /** Who is here and what plays. */
  readonly room: Room;
  /** Queues the lines of a reply; false where there is no room for them. */
  readonly say: (lines: readonly string[]) => boolean;
  /** The channel's name. */
  readonly channel: string;
  /** How she talks. */
  readonly talk: TalkSettings;
  /** The time. */
  readonly clock: Clock;
}

/** What came of a question. */
export interface Answered {
  /** In a word. */
  readonly outcome: Exclude<Outcome, "waiting">;
  /** More about it. */
  readonly detail?: string;
}

const MAX_TITLE = 200;
/** English has about four characters in a token, other languages have fewer. */
const CHARS_PER_TOKEN = { begin: 3.5, least: 1 };

/** Answers one question at a time, and remembers what was said. */
export class Answerer {
  readonly #options: AnswererOptions;
  readonly #history: History;
  #persona: string | undefined;
  #charsPerToken = CHARS_PER_TOKEN.begin;
  #warned = false;

  /**
   * Nothing was said yet.
   *
   * @param options What it works with.
   */
  constructor(options: AnswererOptions) {
    const { talk } = options;
    this.#options = options;
    this.#history = new History(talk.maxHistoryMessages);
    this.#persona = talk.persona;
  }

  /**
   * Talks differently from the next question on; what was said stays remembered.
   *
   * @param talk How.
   */
  adopt(talk: TalkSettings): void {
    this.#history.maxMessages = talk.maxHistoryMessages;
    this.#persona = talk.persona;
    this.#warned = false;
  }

  /** What was said is to be forgotten. */
  forget(): void {
    this.#history.clear();
  }

  /**
   * Has the model answer, and says what is harmless of it.
   *
   * @param question What was asked.
   * @param signal Cancels it.
   * @returns What came of it.
   * @throws The signal's reason.
   */
  async answer({ user, text }: Question, signal: AbortSignal): Promise<Answered> {
    const { models, room, channel, clock } = this.#options;
    const begun = clock.now();
    const maxChars = promptBudget(models.contextTokens, this.#charsPerToken);
    const messages = buildPrompt({
      maxChars,
      persona: this.#persona,
      bot: room.ownName,
      channel,
      media: room.media?.title.replace(/\s+/g, " ").slice(0, MAX_TITLE),
      people: room.size,
      history: this.#history.of(user),
      user,
      text,
    });
    let reply: Reply;
    try {
      reply = await models.chat(messages, signal);
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof ProviderError)) throw error;
      return { outcome: "model failed", detail: error.message };
    }
    const chars = messages.reduce((sum, { content }) => sum + content.length, 0);
    this.#measure(chars, reply.promptTokens);
    if (chars > maxChars) this.#warnOfWindow();
    if (!reply.complete) log.info("The reply to {user} was cut: num_predict ended it", { user });
    const answer = guard(reply.text, { bot: room.ownName });
    if (answer === "") {
      log.warning("LLM error: nothing harmless was left of the reply to {user}", { user });
      return { outcome: "nothing harmless left" };
    }
    const time = ((clock.now() - begun) / 1000).toFixed(2);
    log.info("LLM response: user={user}, length={length}, time={time}s", {
      user,
      length: answer.length,
      time,
    });
    const lines = split(answer);
    if (!this.#options.say(lines)) return { outcome: "no room to say it" };
    this.#history.add(user, asked(user, text), lines.join(" "));
    return { outcome: "answered", detail: `${time} s` };
  }

  /** Only downwards: servers leave out of their count what they had in their cache. */
  #measure(chars: number, tokens: number | undefined): void {
    if (!tokens) return;
    const measured = Math.max(CHARS_PER_TOKEN.least, chars / tokens);
    this.#charsPerToken = Math.min(this.#charsPerToken, measured);
  }

  #warnOfWindow(): void {
    if (this.#warned) return;
    this.#warned = true;
    log.warning(
      "The model's window of {tokens} tokens is too small for the persona and a question: " +
        "shorten llm.system_prompt or raise num_ctx in llm.options",
      { tokens: this.#options.models.contextTokens },
    );
  }
}

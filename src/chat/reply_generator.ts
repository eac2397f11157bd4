/**
 * From one question to what is said: prompt, model, guard, lines.
 *
 * @module
 */
import { getLogger } from "@logtape/logtape";
import type { Clock } from "../clock.ts";
import type { TalkSettings } from "../config/settings.ts";
import type { ModelPool } from "../llm/model_pool.ts";
import { ProviderError } from "../llm/errors.ts";
import type { Message, Reply, ShouldStop } from "../llm/provider.ts";
import type { RoomLine, RoomLog } from "./room_log.ts";
import type { Outcome } from "./decisions.ts";
import { sanitize } from "../sanitize/sanitize.ts";
import { conversationKey, type Memory } from "./memory.ts";
import { asked, buildPrompt, promptBudget } from "./prompt.ts";
import type { Question } from "./reply_queue.ts";
import type { Room } from "./room.ts";
import { fillsAll, split } from "../sanitize/split.ts";

const log = getLogger(["rosey", "chat"]);

/** Queues the lines of a reply, in private to somebody or in the room; false where there is no room. */
export type Say = (lines: readonly string[], options?: { readonly to?: string }) => boolean;

/** Options of {@linkcode ReplyGenerator}. */
export interface ReplyGeneratorOptions {
  /** Whom to ask. */
  readonly models: ModelPool;
  /** Who is here and what plays. */
  readonly room: Room;
  /** What is remembered of people. */
  readonly memory: Memory;
  /** What was said lately. */
  readonly roomLog: RoomLog;
  /** Says the lines of a reply. */
  readonly say: Say;
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
  /** More about it, for the operator. */
  readonly detail?: string;
}

/** English has about four characters in a token, other languages have fewer. */
const CHARS_PER_TOKEN = { begin: 3.5, least: 1 };

/** A reply, and whether the prompt was within the limit. */
interface ModelReply {
  readonly reply: Reply;
  readonly fits: boolean;
}

/** Of a prompt that was too long. */
const SHORTER = 0.6;

/** Answers one question at a time, and remembers what was said. */
export class ReplyGenerator {
  readonly #options: ReplyGeneratorOptions;
  #talk: TalkSettings;
  #charsPerToken = CHARS_PER_TOKEN.begin;
  /** Less than what was too long for the model, since it was asked. */
  #mostChars = Infinity;
  #warned = false;

  /**
   * Says nothing by itself.
   *
   * @param options What it works with.
   */
  constructor(options: ReplyGeneratorOptions) {
    this.#options = options;
    this.#talk = options.talk;
  }

  /**
   * Talks differently from the next question on; what was said stays remembered.
   *
   * @param talk How.
   */
  adopt(talk: TalkSettings): void {
    this.#talk = talk;
    this.#mostChars = Infinity;
    this.#warned = false;
  }

  /**
   * Has the model answer, and says what is harmless of it.
   *
   * @param question What was asked.
   * @param signal Cancels it.
   * @returns What came of it.
   * @throws The signal's reason.
   */
  async answer(question: Question, signal: AbortSignal): Promise<Answered> {
    const { room, memory, clock } = this.#options;
    const { user } = question;
    const begun = clock.now();
    const lines = this.#context(question);
    if (question.kind === "missed" && lines.length === 0) return { outcome: "nothing to tell" };
    const harmless = (text: string) =>
      sanitize(text, {
        bot: room.ownName,
        allowLinks: this.#talk.allowLinks,
        isHere: (name) => room.user(name) !== undefined,
      });
    const shouldStop = (text: string) => fillsAll(harmless(text));
    let told: ModelReply;
    try {
      told = await this.#ask(question, { lines, shouldStop, signal });
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof ProviderError)) throw error;
      return { outcome: "model failed", detail: error.message };
    }
    // The question may have been cancelled after the reply came.
    signal.throwIfAborted();
    const { reply, fits } = told;
    if (!fits) this.#warnOfWindow();
    if (!reply.complete) {
      log.info("The reply to {user} was cut: its limit of tokens ended it", { user });
    }
    const answer = harmless(reply.text);
    if (answer === "") {
      log.warning("LLM error: nothing harmless was left of the reply to {user}", { user });
      return { outcome: "nothing harmless left" };
    }
    const said = split(answer);
    const time = ((clock.now() - begun) / 1000).toFixed(2);
    log.info("LLM response: user={user}, length={length}, time={time}s", {
      user,
      length: said.join(" ").length,
      time,
    });
    const isPrivate = question.private;
    if (!this.#options.say(said, isPrivate ? { to: user } : {})) {
      return { outcome: "no room to say it" };
    }
    if (question.kind === "call" || question.kind === "keyword") {
      memory.history.add(conversationKey(user, isPrivate), asked(question), said.join(" "));
    }
    return { outcome: "answered", detail: `${time} s` };
  }

  /** Asks again with less where all is too long for the model: not every server tells its window. */
  async #ask(
    question: Question,
    { lines, shouldStop, signal }: {
      readonly lines: readonly RoomLine[];
      readonly shouldStop: ShouldStop;
      readonly signal: AbortSignal;
    },
  ): Promise<ModelReply> {
    const { models } = this.#options;
    for (let before = Infinity;;) {
      const budget = promptBudget(models.contextTokens, this.#charsPerToken);
      const maxChars = Math.min(budget, this.#mostChars);
      const messages = this.#prompt(question, { lines, maxChars });
      const chars = lengthOf(messages);
      // Persona and question alone: an answer without all of them is better than none.
      const allowTruncation = chars >= before;
      try {
        const reply = await models.chat(messages, signal, { shouldStop, allowTruncation });
        if (!allowTruncation) this.#measure(chars, reply.promptTokens);
        return { reply, fits: chars <= budget && !allowTruncation };
      } catch (error) {
        const isTooLong = error instanceof ProviderError && error.kind === "context_too_long";
        if (!isTooLong || allowTruncation) throw error;
        this.#mostChars = Math.floor(chars * SHORTER);
        before = chars;
      }
    }
  }

  #prompt(
    question: Question,
    { lines, maxChars }: { lines: readonly RoomLine[]; maxChars: number },
  ): Message[] {
    const { room, channel, clock } = this.#options;
    return buildPrompt({
      maxChars,
      persona: this.#talk.persona,
      bot: room.ownName,
      channel,
      media: room.media ?? undefined,
      people: room.size,
      wallMs: clock.wall(),
      history: this.#conversation(question),
      room: lines,
      question,
    });
  }

  /** What she and somebody said to each other before; nothing where nobody asked. */
  #conversation({ user, private: isPrivate, kind }: Question): readonly Message[] {
    if (kind !== "call" && kind !== "keyword") return [];
    return this.#options.memory.history.of(conversationKey(user, isPrivate));
  }

  /** The room's lines that belong to a question, without those that the model is told anyway. */
  #context(question: Question): readonly RoomLine[] {
    const { roomLog, memory, room } = this.#options;
    const { user, text, kind } = question;
    const wanted = this.#talk.roomContextLines;
    const lines = kind === "missed" ? roomLog.missedBy(user) ?? [] : roomLog.last(2 * wanted);
    const turns = [...this.#conversation(question), { role: "user", content: text }];
    const isTold = (role: Message["role"], line: RoomLine) =>
      turns.some((turn) => turn.role === role && turn.content.includes(line.text));
    const context = lines.filter((line) =>
      !memory.optedOut.has(line.user) && !memory.ignored.has(line.user) &&
      !(line.user === user && isTold("user", line)) &&
      !(room.isSelf(line.user) && isTold("assistant", line))
    );
    return kind === "missed" ? context : context.slice(-wanted);
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

function lengthOf(messages: readonly Message[]): number {
  return messages.reduce((sum, { content }) => sum + content.length, 0);
}

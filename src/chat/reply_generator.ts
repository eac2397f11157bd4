/** From one question to what is said: prompt, model, sanitizer, lines. */
import { getLogger } from "@logtape/logtape";
import type { Clock } from "../clock.ts";
import type { TalkSettings } from "../config/settings.ts";
import { ProviderError } from "../llm/errors.ts";
import type { ModelPool } from "../llm/model_pool.ts";
import type { Message, Reply, ShouldStop } from "../llm/provider.ts";
import { sanitize } from "../sanitize/sanitize.ts";
import { fillsAll, split } from "../sanitize/split.ts";
import type { FinalOutcome } from "./decisions.ts";
import { conversationKey, type Memory } from "./memory.ts";
import { buildPrompt, promptBudget, questionText } from "./prompt.ts";
import type { Question } from "./reply_queue.ts";
import type { Room } from "./room.ts";
import type { RoomLine, RoomLog } from "./room_log.ts";

const log = getLogger(["rosey", "chat"]);

/** Queues lines, by private message to a user or to the room; false if the queue is full. */
export type Say = (lines: readonly string[], options?: { readonly to?: string }) => boolean;

export interface ReplyGeneratorOptions {
  readonly models: ModelPool;
  readonly room: Room;
  readonly memory: Memory;
  readonly roomLog: RoomLog;
  readonly say: Say;
  readonly channel: string;
  readonly talk: TalkSettings;
  readonly clock: Clock;
}

export interface ReplyResult {
  readonly outcome: FinalOutcome;
  readonly detail?: string;
}

interface ModelReply {
  readonly reply: Reply;
  /** Whether the prompt was within the limit. */
  readonly fits: boolean;
}

/** English has about four characters per token, other languages have fewer. */
const INITIAL_CHARS_PER_TOKEN = 3.5;
const MIN_CHARS_PER_TOKEN = 1;
/** A prompt that was too long is cut to this share. */
const SHRINK_FACTOR = 0.6;

export class ReplyGenerator {
  readonly #options: ReplyGeneratorOptions;
  #talk: TalkSettings;
  #charsPerToken = INITIAL_CHARS_PER_TOKEN;
  /** Below the size of the last prompt that was too long for the model. */
  #maxChars = Infinity;
  #warned = false;

  constructor(options: ReplyGeneratorOptions) {
    this.#options = options;
    this.#talk = options.talk;
  }

  updateSettings(talk: TalkSettings): void {
    this.#talk = talk;
    this.#maxChars = Infinity;
    this.#warned = false;
  }

  /**
   * Asks the model and says what the sanitizer leaves of its reply.
   *
   * @throws The signal's reason.
   */
  async answer(question: Question, signal: AbortSignal): Promise<ReplyResult> {
    const { room, memory, say, clock } = this.#options;
    const { user, private: isPrivate } = question;
    const startMs = clock.now();
    const lines = this.#roomContext(question);
    if (question.kind === "missed" && lines.length === 0) return { outcome: "nothing to tell" };
    const safe = (text: string) =>
      sanitize(text, {
        bot: room.ownName,
        allowLinks: this.#talk.allowLinks,
        isHere: (name) => room.user(name) !== undefined,
      });
    const shouldStop = (text: string) => fillsAll(safe(text));
    let modelReply: ModelReply;
    try {
      modelReply = await this.#ask(question, { lines, shouldStop, signal });
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof ProviderError)) throw error;
      return { outcome: "model failed", detail: error.message };
    }
    // The question may have been cancelled after the reply came.
    signal.throwIfAborted();
    const { reply, fits } = modelReply;
    if (!fits) this.#warnOfSmallWindow();
    if (!reply.complete) {
      log.info("The reply to {user} was cut: its limit of tokens ended it", { user });
    }
    const text = safe(reply.text);
    if (text === "") {
      log.warning("LLM error: nothing harmless was left of the reply to {user}", { user });
      return { outcome: "nothing harmless left" };
    }
    const said = split(text);
    const time = ((clock.now() - startMs) / 1000).toFixed(2);
    const length = said.join(" ").length;
    log.info("LLM response: user={user}, length={length}, time={time}s", { user, length, time });
    if (!say(said, isPrivate ? { to: user } : {})) return { outcome: "no room to say it" };
    if (hasHistory(question)) {
      const key = conversationKey(user, isPrivate);
      memory.history.add(key, questionText(question), said.join(" "));
    }
    return { outcome: "answered", detail: `${time} s` };
  }

  /** Retries with a shorter prompt if it is too long: not every server reports its context window. */
  async #ask(
    question: Question,
    { lines, shouldStop, signal }: {
      readonly lines: readonly RoomLine[];
      readonly shouldStop: ShouldStop;
      readonly signal: AbortSignal;
    },
  ): Promise<ModelReply> {
    const { models } = this.#options;
    for (let previousChars = Infinity;;) {
      const budget = promptBudget(models.contextTokens, this.#charsPerToken);
      const messages = this.#prompt(question, lines, Math.min(budget, this.#maxChars));
      const chars = messages.reduce((sum, { content }) => sum + content.length, 0);
      // Only persona and question are left: a reply without all of them is better than none.
      const allowTruncation = chars >= previousChars;
      try {
        const reply = await models.chat(messages, signal, { shouldStop, allowTruncation });
        if (!allowTruncation) this.#measureTokens(chars, reply.promptTokens);
        return { reply, fits: chars <= budget && !allowTruncation };
      } catch (error) {
        const isTooLong = error instanceof ProviderError && error.kind === "context_too_long";
        if (!isTooLong || allowTruncation) throw error;
        this.#maxChars = Math.floor(chars * SHRINK_FACTOR);
        previousChars = chars;
      }
    }
  }

  #prompt(question: Question, lines: readonly RoomLine[], maxChars: number): Message[] {
    const { room, channel, clock } = this.#options;
    return buildPrompt({
      maxChars,
      persona: this.#talk.persona,
      bot: room.ownName,
      channel,
      media: room.media ?? undefined,
      people: room.size,
      wallMs: clock.wall(),
      history: this.#history(question),
      room: lines,
      question,
    });
  }

  #history(question: Question): readonly Message[] {
    if (!hasHistory(question)) return [];
    const { user, private: isPrivate } = question;
    return this.#options.memory.history.of(conversationKey(user, isPrivate));
  }

  /** The room's lines for the prompt, without those that the history or the question contains. */
  #roomContext(question: Question): readonly RoomLine[] {
    const { roomLog, memory, room } = this.#options;
    const { user, text, kind } = question;
    const count = this.#talk.roomContextLines;
    const lines = kind === "missed" ? roomLog.missedBy(user) ?? [] : roomLog.last(2 * count);
    const turns = [...this.#history(question), { role: "user", content: text }];
    const isInHistory = (role: Message["role"], line: RoomLine) =>
      turns.some((turn) => turn.role === role && turn.content.includes(line.text));
    const context = lines.filter((line) =>
      !memory.optedOut.has(line.user) && !memory.ignored.has(line.user) &&
      !(line.user === user && isInHistory("user", line)) &&
      !(room.isSelf(line.user) && isInHistory("assistant", line))
    );
    return kind === "missed" ? context : context.slice(-count);
  }

  /** Only lowers the estimate: servers do not count tokens that they read from their cache. */
  #measureTokens(chars: number, tokens: number | undefined): void {
    if (!tokens) return;
    const measured = Math.max(MIN_CHARS_PER_TOKEN, chars / tokens);
    this.#charsPerToken = Math.min(this.#charsPerToken, measured);
  }

  #warnOfSmallWindow(): void {
    if (this.#warned) return;
    this.#warned = true;
    log.warning(
      "The model's window of {tokens} tokens is too small for the persona and a question: " +
        "shorten llm.system_prompt or raise num_ctx in llm.options",
      { tokens: this.#options.models.contextTokens },
    );
  }
}

/** Whether the question continues the user's conversation with the bot. */
function hasHistory({ kind }: Question): boolean {
  return kind === "call" || kind === "keyword";
}

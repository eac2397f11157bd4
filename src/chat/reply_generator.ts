/** From one question to what is said: prompt, model, sanitizer, lines. */
import { getLogger } from "@logtape/logtape";
import type { Clock } from "../clock.ts";
import type { TalkSettings } from "../config/settings.ts";
import { ProviderError } from "../llm/errors.ts";
import type { ModelPool } from "../llm/model_pool.ts";
import type { Message, Reply } from "../llm/provider.ts";
import type { Say } from "../outbox/outbox.ts";
import { prepareRules, type ReplyRules, trimReply } from "../sanitize/reply.ts";
import { sanitize } from "../sanitize/sanitize.ts";
import { fillsAll, split } from "../sanitize/split.ts";
import type { FinalOutcome } from "./decisions.ts";
import { compileLore, type Lore, loreFor } from "./lore.ts";
import { conversationKey, type Memory } from "./memory.ts";
import { buildPrompt, defeatsCache, questionText } from "./prompt.ts";
import { PromptBudget } from "./prompt_budget.ts";
import type { Question } from "./reply_queue.ts";
import type { Room } from "./room.ts";
import { roomFacts } from "./room_facts.ts";
import type { RoomLine, RoomLog } from "./room_log.ts";

const log = getLogger(["rosey", "chat"]);

export interface ReplyGeneratorOptions {
  readonly models: ModelPool;
  readonly room: Room;
  readonly memory: Memory;
  readonly roomLog: RoomLog;
  readonly say: Say;
  /** The channel's name. */
  readonly channel: string;
  readonly talk: TalkSettings;
  readonly clock: Clock;
}

export interface ReplyResult {
  readonly outcome: FinalOutcome;
  readonly detail?: string;
}

/** What the model is told besides the question. */
interface Context {
  readonly lines: readonly RoomLine[];
  readonly earlier: readonly Message[];
}

interface ModelReply {
  readonly reply: Reply;
  /** What may be said of it; empty for nothing. */
  readonly text: string;
  /** Why nothing is left of it. */
  readonly reason?: string;
  /** Whether the prompt was within the limit. */
  readonly fits: boolean;
}

/** Share of a prompt's characters that the room's lines may take. */
const ROOM_SHARE = 0.6;
/** An answer that the bot has given in its last lines is not given again. */
const LAST_REPLIES = 3;
const SUMMARY_LIMITS = { maxSentences: 4, maxLines: 3 };
/** Source: CyTube's ranks. */
const MODERATOR_RANK = 2;
/** From this number of lines of others on, an answer names whom it is for. */
const LINES_BETWEEN = 2;

export class ReplyGenerator {
  readonly #options: ReplyGeneratorOptions;
  #talk: TalkSettings;
  readonly #budget = new PromptBudget();
  #lore: Lore = [];
  #warned = false;

  constructor(options: ReplyGeneratorOptions) {
    this.#options = options;
    this.#talk = options.talk;
  }

  updateSettings(talk: TalkSettings): void {
    this.#talk = talk;
    this.#lore = compileLore(talk.lore);
    this.#budget.reset();
    this.#warned = false;
    if (defeatsCache(talk.persona)) {
      log.warning(
        "{now} and {media} in llm.system_prompt defeat the server's prompt cache: every question is " +
          "told both anyway",
      );
    }
  }

  /**
   * Asks the model and queues what may be said of its reply. Asks once more if that is nothing.
   *
   * @param onSaid Called when all lines are said or dropped, with what became of the question.
   * @returns Undefined if lines were queued.
   * @throws The signal's reason.
   */
  async answer(
    question: Question,
    signal: AbortSignal,
    onSaid: (result: ReplyResult) => void,
  ): Promise<ReplyResult | undefined> {
    const { user, kind } = question;
    const startMs = this.#options.clock.now();
    const context = this.#context(question);
    if (kind === "missed" && context.lines.length === 0) return { outcome: "nothing to tell" };
    let modelReply: ModelReply;
    try {
      modelReply = await this.#ask(question, context, signal);
      if (modelReply.text === "") {
        log.info("The reply to {user} is not said: {reason}; the model is asked once more", {
          user,
          reason: modelReply.reason,
        });
        modelReply = await this.#ask(question, withoutOwnLines(context), signal, newSeed());
      }
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof ProviderError)) throw error;
      return { outcome: "model failed", detail: error.message };
    }
    // The question may have been cancelled after the reply came.
    signal.throwIfAborted();
    const { reply, text, reason, fits } = modelReply;
    if (!fits) this.#warnOfSmallWindow();
    if (!reply.complete) {
      log.info("The reply to {user} was cut: its limit of tokens ended it", { user });
    }
    if (text === "") {
      log.warning("LLM error: nothing useful was left of the reply to {user}: {reason}", {
        user,
        reason,
      });
      return { outcome: "nothing harmless left", detail: reason };
    }
    this.#say(question, text, { startMs, onSaid });
  }

  #say(
    question: Question,
    text: string,
    { startMs, onSaid }: { startMs: number; onSaid: (result: ReplyResult) => void },
  ): void {
    const { room, memory, roomLog, say, clock } = this.#options;
    const { user, private: isPrivate } = question;
    const address = this.#address(question);
    const { maxLines } = this.#limits(question);
    const lines = split(address + text, { maxUnits: room.maxLineUnits, maxLines });
    const time = ((clock.now() - startMs) / 1000).toFixed(2);
    const { length } = lines.join(" ");
    log.info("LLM response: user={user}, length={length}, time={time}s", { user, length, time });
    const onSettled = (said: readonly string[]) => {
      if (said.length === 0) return onSaid({ outcome: "not said", detail: "see the log" });
      const answer = said.join(" ").slice(address.length);
      if (!isPrivate) roomLog.addReply(room.ownName, user, answer);
      if (hasHistory(question)) {
        memory.history.add(conversationKey(user, isPrivate), questionText(question), answer);
      }
      onSaid({ outcome: "answered", detail: `${time} s` });
    };
    say(lines, { to: isPrivate ? user : undefined, onSettled });
  }

  /** `name: ` in front of an answer that would not be understood without it. */
  #address({ user, private: isPrivate, kind, lineIndex }: Question): string {
    const { address } = this.#talk;
    if (isPrivate || address === "never" || kind !== "call") return "";
    const between = () => this.#options.roomLog.othersSince(lineIndex ?? Infinity, user);
    return address === "always" || between() >= LINES_BETWEEN ? `${user}: ` : "";
  }

  /** Retries with a shorter prompt if it is too long: not every server reports its context window. */
  async #ask(
    question: Question,
    context: Context,
    signal: AbortSignal,
    seed?: number,
  ): Promise<ModelReply> {
    const { models } = this.#options;
    for (let previousChars = Infinity;;) {
      const { contextTokens } = models;
      const messages = this.#prompt(question, context, this.#budget.maxChars(contextTokens));
      const chars = messages.reduce((sum, { content }) => sum + content.length, 0);
      // Only persona and question are left: a reply without all of them is better than none.
      const allowTruncation = chars >= previousChars;
      const rules = this.#rules(question, messages);
      const shouldStop = (text: string) => this.#clean(text, question, rules).ended;
      try {
        const reply = await models.chat(messages, signal, { shouldStop, allowTruncation, seed });
        if (!allowTruncation) this.#budget.measured(chars, reply.promptTokens);
        const fits = chars <= this.#budget.windowChars(contextTokens) && !allowTruncation;
        const { text, reason } = this.#clean(reply.text, question, rules, !reply.complete);
        return { reply, text, reason, fits };
      } catch (error) {
        const isTooLong = error instanceof ProviderError && error.kind === "context_too_long";
        if (!isTooLong || allowTruncation) throw error;
        this.#budget.tooLong(chars);
        previousChars = chars;
      }
    }
  }

  #rules(question: Question, messages: readonly Message[]): ReplyRules {
    const { room, roomLog } = this.#options;
    const told = messages.filter(({ role }) => role !== "assistant").map(({ content }) => content);
    return prepareRules({
      bot: room.ownName,
      names: [...room.users.map(({ name }) => name), ...roomLog.speakers()],
      // A summary may quote.
      told: question.kind === "missed" ? told.slice(0, 1) : told,
      lastReplies: roomLog.lastReplies(LAST_REPLIES),
      maxSentences: this.#limits(question).maxSentences,
    });
  }

  /** What may be said of a model's text. `ended` if more of it would change nothing. */
  #clean(raw: string, question: Question, rules: ReplyRules, cut = false) {
    const { room } = this.#options;
    const trimmed = trimReply(raw, rules, { cut });
    const text = sanitize(trimmed.text, {
      bot: room.ownName,
      allowLinks: this.#talk.allowLinks,
      isHere: (name) => room.user(name) !== undefined,
    });
    const { maxLines } = this.#limits(question);
    return {
      text,
      reason: trimmed.reason ?? "nothing harmless was left",
      ended: trimmed.ended || fillsAll(text, maxLines),
    };
  }

  #limits({ kind }: Question) {
    return kind === "missed" ? SUMMARY_LIMITS : this.#talk;
  }

  #prompt(question: Question, { lines, earlier }: Context, maxChars: number): Message[] {
    const { room, memory, channel, clock } = this.#options;
    const people = room.users
      .map(({ name }) => name)
      .filter((name) => !room.isSelf(name) && !memory.optedOut.has(name));
    return buildPrompt({
      maxChars,
      persona: this.#talk.persona,
      bot: room.ownName,
      channel,
      media: room.media ?? undefined,
      people,
      isModerator: (room.user(question.user)?.rank ?? 0) >= MODERATOR_RANK,
      wallMs: clock.wall(),
      room: lines,
      earlier,
      facts: [...roomFacts(question.text, room), ...loreFor(question.text, this.#lore)],
      question,
    });
  }

  #context(question: Question): Context {
    const { roomLog, memory, models } = this.#options;
    const { user, private: isPrivate, kind, lineIndex } = question;
    const isHidden = (user: string) => memory.optedOut.has(user) || memory.ignored.has(user);
    if (kind === "missed") {
      const missed = roomLog.missedBy(user) ?? [];
      return { lines: missed.filter((line) => !isHidden(line.user)), earlier: [] };
    }
    const lines = roomLog.window({
      minLines: this.#talk.roomContextLines,
      maxChars: this.#budget.maxChars(models.contextTokens) * ROOM_SHARE,
      before: lineIndex,
      isHidden,
    });
    const conversation = memory.history.of(conversationKey(user, isPrivate));
    const told = new Set(lines.map((line) => `${line.user}: ${line.text}`));
    // Only for who comes back after a while: it is not in the server's cache.
    const isTold = conversation.some(({ content }) => content.split("\n").some((l) => told.has(l)));
    return { lines, earlier: hasHistory(question) && !isTold ? conversation : [] };
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

/** A model that repeats itself has its own lines before it. */
function withoutOwnLines({ lines, earlier }: Context): Context {
  return {
    lines: lines.filter(({ own }) => !own),
    earlier: earlier.filter(({ role }) => role !== "assistant"),
  };
}

function newSeed(): number {
  return Math.floor(Math.random() * 2 ** 31);
}

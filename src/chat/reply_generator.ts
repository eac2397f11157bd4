/** From one question to what is said: prompt, model, sanitizer, lines. */
import { getLogger } from "@logtape/logtape";
import type { Clock } from "../clock.ts";
import { NO_PERSONA } from "../config/personas.ts";
import type { TalkSettings } from "../config/settings.ts";
import { ProviderError } from "../llm/errors.ts";
import type { Models } from "../llm/model_pool.ts";
import type { Message, Reply } from "../llm/provider.ts";
import type { Say } from "../outbox/say.ts";
import { split } from "../sanitize/split.ts";
import { type Answer, Sayable, type SayableText } from "./sayable.ts";
import type { FinalOutcome } from "./decisions.ts";
import {
  type Context,
  contextOf,
  type ContextOptions,
  hasHistory,
  withoutOwnLines,
} from "./context.ts";
import { compileLore, type Lore, loreFor } from "./lore.ts";
import { conversationKey } from "./memory.ts";
import { buildPrompt, defeatsCache, questionText } from "./prompt.ts";
import { PromptBudget } from "./prompt_budget.ts";
import type { Question } from "./reply_queue.ts";
import type { Room } from "./room.ts";
import { roomFacts } from "./room_facts.ts";
import { type UnsaidAnswer, UnsaidAnswers } from "./unsaid_answers.ts";

const log = getLogger(["rosey", "chat"]);

export interface ReplyGeneratorOptions
  extends Pick<ContextOptions, "memory" | "roomLog" | "isIgnored"> {
  readonly models: Models;
  readonly room: Room;
  readonly say: Say;
  readonly channel: string;
  readonly talk: TalkSettings;
  readonly clock: Clock;
  /** Called with the messages that are sent, and with them and the reply when it came. */
  readonly onPrompt?: (messages: readonly Message[], reply?: Reply) => void;
  /** Called now and then with what may be said of a reply so far. */
  readonly onProgress?: (text: string) => void;
}

export interface ReplyResult {
  readonly outcome: FinalOutcome;
  readonly detail?: string;
}

interface ModelReply extends SayableText {
  readonly reply: Reply;
  /** Whether the prompt was within the limit. */
  readonly fits: boolean;
}

/** An answer that the bot has given in its last lines is not given again. */
const LAST_REPLIES = 3;
const SUMMARY_LIMITS = { maxSentences: 4, maxLines: 3 };
const NOT_REMEMBERED: ReadonlySet<string> = new Set(["repetition", "recital", "invented turn"]);
/** Source: CyTube's ranks. */
const MODERATOR_RANK = 2;
/** From this number of lines of others on, an answer names whom it is for. */
const LINES_BETWEEN = 2;

export class ReplyGenerator {
  readonly unsaid = new UnsaidAnswers();
  readonly #options: ReplyGeneratorOptions;
  #talk: TalkSettings;
  readonly #budget = new PromptBudget();
  #lore: Lore = [];
  #warned = false;

  constructor(options: ReplyGeneratorOptions) {
    this.#options = options;
    this.#talk = { ...options.talk, persona: NO_PERSONA };
  }

  updateSettings(talk: TalkSettings): void {
    const before = this.#talk;
    this.#talk = talk;
    this.#lore = compileLore(talk.lore);
    this.#budget.reset();
    this.#warned = false;
    const { persona } = talk;
    if (defeatsCache(persona.text) && persona.text !== before.persona.text) {
      log.warning(
        "{now} and {media} in llm.system_prompt defeat the server's prompt cache: the model is told " +
          "what plays, and the time when a question is about it",
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
    const context = contextOf(question, {
      ...this.#options,
      minLines: this.#talk.roomContextLines,
      maxChars: this.#budget.maxChars(this.#options.models.contextTokens) -
        this.#talk.persona.text.length,
    });
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
      if (question.instead) return this.#say(question, question.instead, { startMs, onSaid });
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
      if (question.instead) return this.#say(question, question.instead, { startMs, onSaid });
      log.warning("LLM error: nothing useful was left of the reply to {user}: {reason}", {
        user,
        reason,
      });
      return { outcome: "nothing useful left", detail: reason };
    }
    this.#say(question, { text, reason }, { startMs, onSaid });
  }

  #say(
    question: Question,
    answer: Answer,
    { startMs, onSaid }: { startMs: number; onSaid: (result: ReplyResult) => void },
  ): undefined {
    const { room, memory, roomLog, say, clock } = this.#options;
    const { user, private: isPrivate } = question;
    const { text, reason } = answer;
    const address = this.#address(question);
    const { maxLines } = this.#limits(question);
    const lines = split(address + text, { maxUnits: room.maxLineUnits, maxLines });
    const time = ((clock.now() - startMs) / 1000).toFixed(2);
    const { length } = lines.join(" ");
    log.info("LLM response: user={user}, length={length}, time={time}s", { user, length, time });
    // What looped or was recited would be copied.
    const unsaid: UnsaidAnswer = { answer, isRemembered: !NOT_REMEMBERED.has(reason) };
    this.unsaid.add(question, unsaid);
    const onSettled = (said: readonly string[]) => {
      this.unsaid.delete(question);
      const { isRemembered } = unsaid;
      if (said.length === 0) return onSaid({ outcome: "not said", detail: "see the log" });
      const answer = said.join(" ").slice(address.length);
      if (isRemembered && !isPrivate) roomLog.addReply(room.ownName, user, answer);
      if (isRemembered && hasHistory(question)) {
        memory.history.add(conversationKey(user, isPrivate), questionText(question), answer);
      }
      onSaid({ outcome: "answered", detail: `${time} s` });
    };
    unsaid.reply = say(lines, { to: isPrivate ? user : undefined, onSettled });
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
      const windowChars = this.#budget.windowChars(contextTokens);
      const messages = this.#prompt(question, context, this.#budget.maxChars(contextTokens));
      const chars = messages.reduce((sum, { content }) => sum + content.length, 0);
      // Only persona and question are left: a reply without all of them is better than none.
      const allowTruncation = chars >= previousChars;
      // The bot may say the title.
      const title = this.#options.room.media?.title || "\n";
      let sayable: Sayable | undefined;
      // Made when the reply begins: the request does not wait for it.
      const sayableOf = (soFar: string, options?: { readonly cut: boolean }) => {
        sayable ??= this.#sayable(question, context, messages[0]!.content.replaceAll(title, "\n"));
        return sayable.of(soFar, options);
      };
      const shouldStop = (soFar: string) => {
        const { text, ended } = sayableOf(soFar);
        this.#options.onProgress?.(text);
        return ended;
      };
      this.#options.onPrompt?.(messages);
      try {
        const parameters = this.#talk.persona.options;
        const options = { shouldStop, allowTruncation, seed, parameters };
        const reply = await models.chat(messages, signal, options);
        this.#options.onPrompt?.(messages, reply);
        if (!allowTruncation) this.#budget.measured(chars, reply.promptTokens);
        const fits = chars <= windowChars && !allowTruncation;
        return { reply, fits, ...sayableOf(reply.text, { cut: !reply.complete }) };
      } catch (error) {
        const isTooLong = error instanceof ProviderError && error.kind === "context_too_long";
        if (!isTooLong || allowTruncation) throw error;
        this.#budget.tooLong(chars);
        previousChars = chars;
      }
    }
  }

  /** `told` is without the media's title and the facts, which the bot may tell. */
  #sayable(question: Question, { lines, earlier }: Context, persona: string): Sayable {
    const { room, roomLog } = this.#options;
    const { kind, text } = question;
    const others = lines.filter(({ own }) => !own).map(({ text }) => text);
    return new Sayable({
      ...this.#limits(question),
      maxUnits: room.maxLineUnits,
      bot: room.ownName,
      allowLinks: this.#talk.allowLinks,
      isHere: (name) => room.user(name) !== undefined,
      names: [...room.users.map(({ name }) => name), ...roomLog.speakers()],
      // A summary may quote.
      told: [persona, ...kind === "missed" ? [] : [...others, text]],
      own: lines.filter(({ own }) => own).map(({ text }) => text),
      lastReplies: roomLog.lastReplies(LAST_REPLIES),
      shown: [
        ...lines.map(({ text }) => text),
        ...earlier.map(({ content }) => content),
        text,
      ],
    });
  }

  #limits({ kind }: Question): { maxSentences: number; maxLines: number } {
    const { maxSentences, maxLines } = this.#talk;
    return kind === "missed" ? SUMMARY_LIMITS : { maxSentences, maxLines };
  }

  #prompt(question: Question, { lines, earlier }: Context, maxChars: number): Message[] {
    const { room, memory, channel, clock } = this.#options;
    const isHidden = (name: string) => memory.optedOut.has(name);
    const people = room.users
      .map(({ name }) => name)
      .filter((name) => !room.isSelf(name) && !isHidden(name));
    const wallMs = clock.wall();
    return buildPrompt({
      maxChars,
      persona: this.#talk.persona.text,
      bot: room.ownName,
      channel,
      media: room.media ?? undefined,
      isModerator: (room.user(question.user)?.rank ?? 0) >= MODERATOR_RANK,
      wallMs,
      room: lines,
      earlier,
      facts: [
        ...roomFacts(question.text, { room, people, isHidden, wallMs }),
        ...loreFor(question.text, this.#lore),
      ],
      question,
    });
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

function newSeed(): number {
  return Math.floor(Math.random() * 2 ** 31);
}

/**
 * What each person and the bot have said to each other.
 *
 * @module
 */
import type { Message } from "../llm/provider.ts";

/** Conversations that are remembered at once; the one that was quiet longest goes first. */
const MAX_PEOPLE = 200;

/** A bounded memory of conversations. */
export class History {
  /** Messages that are kept of each conversation, from the next one on. */
  maxMessages: number;
  readonly #people = new Map<string, readonly Message[]>();

  /**
   * Nothing was said yet.
   *
   * @param maxMessages Messages that are kept of each conversation.
   */
  constructor(maxMessages: number) {
    this.maxMessages = maxMessages;
  }

  /**
   * A person's conversation with the bot.
   *
   * @param user Their name, in any case.
   * @returns Messages, oldest first.
   */
  of(user: string): readonly Message[] {
    return this.#people.get(user.toLowerCase()) ?? [];
  }

  /**
   * Remembers a question and its answer.
   *
   * @param user Who asked.
   * @param question As it was sent to the model.
   * @param answer As it was said.
   */
  add(user: string, question: string, answer: string): void {
    const key = user.toLowerCase();
    const all: Message[] = [
      ...this.of(user),
      { role: "user", content: question },
      { role: "assistant", content: answer },
    ];
    this.#people.delete(key);
    // A conversation begins with a question: an odd limit keeps one message less.
    const kept = this.maxMessages - this.maxMessages % 2;
    if (kept > 0) this.#people.set(key, all.slice(-kept));
    for (const oldest of this.#people.keys()) {
      if (this.#people.size <= MAX_PEOPLE) break;
      this.#people.delete(oldest);
    }
  }

  /** Forgets everything. */
  clear(): void {
    this.#people.clear();
  }
}

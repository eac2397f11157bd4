/**
 * What each person and the bot have said to each other.
 *
 * @module
 */
import { BoundedMap } from "../bounded_map.ts";
import type { Message } from "../llm/provider.ts";
import { type KeyValueStore, nullStore } from "../storage/key_value_store.ts";

/** Conversations that are remembered at once; the one that was quiet longest goes first. */
const MAX_PEOPLE = 200;

/** A bounded memory of conversations. */
export class History {
  /** Messages that are kept of each conversation, from the next one on. */
  maxMessages: number;
  readonly #people = new BoundedMap<string, readonly Message[]>(MAX_PEOPLE, {
    onEvicted: (name) => this.#store.remove(name),
  });
  readonly #store: KeyValueStore;

  /**
   * Begins with the conversations that were kept.
   *
   * @param maxMessages Messages that are kept of each conversation.
   * @param store Where they are kept across a restart; default: nowhere.
   */
  constructor(maxMessages: number, store: KeyValueStore = nullStore) {
    this.maxMessages = maxMessages;
    this.#store = store;
    for (const [name, messages] of store.entries()) {
      if (isConversation(messages)) this.#people.set(name, messages);
    }
  }

  /**
   * A person's conversation with the bot.
   *
   * @param user Their name, in any case.
   * @returns Messages, oldest first.
   */
  of(user: string): readonly Message[] {
    return this.#newest(this.#people.get(user.toLowerCase()) ?? []);
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
    const messages = this.#newest([
      ...this.of(user),
      { role: "user", content: question },
      { role: "assistant", content: answer },
    ]);
    if (messages.length === 0) {
      this.#people.delete(key);
      return;
    }
    this.#people.set(key, messages);
    this.#store.put(key, messages);
  }

  /**
   * Forgets one person's conversation.
   *
   * @param user Their name, in any case.
   */
  forget(user: string): void {
    const key = user.toLowerCase();
    this.#people.delete(key);
    this.#store.remove(key);
  }

  /** Forgets everything. */
  clear(): void {
    this.#people.clear();
    this.#store.clear();
  }

  /** A conversation begins with a question: an odd limit keeps one message less. */
  #newest(messages: readonly Message[]): readonly Message[] {
    const kept = this.maxMessages - this.maxMessages % 2;
    return kept === 0 ? [] : messages.slice(-kept);
  }
}

function isConversation(value: unknown): value is readonly Message[] {
  return Array.isArray(value) &&
    value.every((message) =>
      typeof message?.content === "string" && ["user", "assistant"].includes(message.role)
    );
}

/** What each user and the bot have said to each other. */
import { BoundedMap } from "../bounded_map.ts";
import type { Message } from "../llm/provider.ts";
import { type KeyValueStore, nullStore } from "../storage/key_value_store.ts";

/** The conversation that is unchanged the longest is evicted first. */
const MAX_CONVERSATIONS = 200;

/** A bounded memory of conversations; keys are case-insensitive (see `conversationKey`). */
export class History {
  /** Messages kept of each conversation; an odd limit keeps one less, as only whole turns are kept. */
  maxMessages: number;
  readonly #conversations = new BoundedMap<string, readonly Message[]>(MAX_CONVERSATIONS, {
    onEvicted: (key) => this.#store.remove(key),
  });
  readonly #store: KeyValueStore;

  constructor(maxMessages: number, store: KeyValueStore = nullStore) {
    this.maxMessages = maxMessages;
    this.#store = store;
    for (const [key, messages] of store.entries()) {
      if (isConversation(messages)) this.#conversations.set(key, messages);
    }
  }

  of(key: string): readonly Message[] {
    return this.#newest(this.#conversations.get(key.toLowerCase()) ?? []);
  }

  /**
   * @param question As sent to the model.
   * @param answer As said.
   */
  add(key: string, question: string, answer: string): void {
    key = key.toLowerCase();
    const messages = this.#newest([
      ...this.of(key),
      { role: "user", content: question },
      { role: "assistant", content: answer },
    ]);
    if (messages.length === 0) {
      this.#conversations.delete(key);
      return;
    }
    this.#conversations.set(key, messages);
    this.#store.put(key, messages);
  }

  forget(key: string): void {
    key = key.toLowerCase();
    this.#conversations.delete(key);
    this.#store.remove(key);
  }

  clear(): void {
    this.#conversations.clear();
    this.#store.clear();
  }

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

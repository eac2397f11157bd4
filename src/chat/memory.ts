/**
 * What is remembered of people: conversations, wishes, pauses. With a state file it outlives a restart.
 *
 * @module
 */
import type { Clock } from "../clock.ts";
import type { TalkSettings } from "../config/settings.ts";
import type { StateFile, StateKind } from "../storage/key_value_store.ts";
import { Cooldown } from "./cooldown.ts";
import { History } from "./history.ts";
import { UserSet } from "../storage/user_set.ts";
import { type KeyValueStore, nullStore } from "../storage/key_value_store.ts";
import { PersistentFlag } from "../storage/persistent_flag.ts";

/** All of it. */
export interface Memory {
  /** What each person and the bot have said to each other. */
  readonly history: History;
  /** Who does not want to be answered. */
  readonly optedOut: UserSet;
  /** Whom a moderator had ignored. */
  readonly ignored: UserSet;
  /** Who was answered just now. */
  readonly cooldown: Cooldown;
  /** Whether a moderator wants silence. */
  readonly pause: PersistentFlag;
}

/** Options of {@linkcode openMemory}. */
export interface MemoryOptions {
  /** Where it is kept; none: it ends with the program. */
  readonly state?: StateFile;
  /** The time. */
  readonly clock: Clock;
}

/**
 * Opens what is remembered.
 *
 * @param talk Its limits.
 * @param options Where it is kept.
 * @returns The memory, with what was kept.
 */
export function openMemory(talk: TalkSettings, { state, clock }: MemoryOptions): Memory {
  return {
    history: new History(talk.maxHistoryMessages, storeOf(state, "history")),
    optedOut: new UserSet(storeOf(state, "optout")),
    ignored: new UserSet(storeOf(state, "ignore")),
    pause: new PersistentFlag(storeOf(state, "pause")),
    cooldown: new Cooldown(talk.cooldownSeconds * 1000, {
      store: storeOf(state, "cooldown"),
      clock,
    }),
  };
}

/**
 * By which name a conversation is remembered: what was said in private stays out of the room.
 *
 * @param user With whom.
 * @param isPrivate Whether by private message.
 * @returns A key for {@linkcode History}; no name holds a colon.
 */
export function conversationKey(user: string, isPrivate: boolean): string {
  return isPrivate ? `pm:${user}` : user;
}

function storeOf(state: StateFile | undefined, kind: StateKind): KeyValueStore {
  if (!state) return nullStore;
  return {
    entries: () => state.entries(kind),
    put: (name, value) => state.put(kind, name, value),
    remove: (name) => state.remove(kind, name),
    clear: () => state.clear(kind),
  };
}

/** What the bot remembers of users. With a state file it survives a restart. */
import type { Clock } from "../clock.ts";
import type { TalkSettings } from "../config/settings.ts";
import {
  type KeyValueStore,
  nullStore,
  type StateFile,
  type StateKind,
} from "../storage/key_value_store.ts";
import { PersistentSet } from "../storage/persistent_set.ts";
import { Cooldown } from "./cooldown.ts";
import { History } from "./history.ts";

export interface Memory {
  readonly history: History;
  readonly optedOut: PersistentSet;
  readonly ignored: PersistentSet;
  readonly cooldown: Cooldown;
  /** Has an entry while a moderator has paused the bot. */
  readonly pause: PersistentSet;
}

export interface MemoryOptions {
  readonly state?: StateFile;
  readonly clock: Clock;
}

export function openMemory(talk: TalkSettings, { state, clock }: MemoryOptions): Memory {
  return {
    history: new History(talk.maxHistoryMessages, storeOf(state, "history")),
    optedOut: new PersistentSet(storeOf(state, "optout")),
    ignored: new PersistentSet(storeOf(state, "ignore")),
    pause: new PersistentSet(storeOf(state, "pause")),
    cooldown: new Cooldown(talk.cooldownSeconds * 1000, {
      store: storeOf(state, "cooldown"),
      clock,
    }),
  };
}

/** Private and public conversations are separate. No name contains a colon. */
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

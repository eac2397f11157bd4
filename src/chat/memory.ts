/**
 * What is remembered of people: conversations, wishes, pauses. With a state file it outlives a restart.
 *
 * @module
 */
import type { Clock } from "../clock.ts";
import type { TalkSettings } from "../config/settings.ts";
import type { StateFile, StateKind } from "../state_file.ts";
import { Cooldown } from "./cooldown.ts";
import { History } from "./history.ts";
import { Names } from "./names.ts";
import { NO_SHELF, type Shelf } from "./shelf.ts";
import { Switch } from "./switch.ts";

/** All of it. */
export interface Memory {
  /** What each person and the bot have said to each other. */
  readonly history: History;
  /** Who does not want to be answered. */
  readonly optedOut: Names;
  /** Whom a moderator had ignored. */
  readonly ignored: Names;
  /** Who was answered just now. */
  readonly cooldown: Cooldown;
  /** Whether a moderator wants silence. */
  readonly pause: Switch;
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
    history: new History(talk.maxHistoryMessages, shelfOf(state, "history")),
    optedOut: new Names(shelfOf(state, "optout")),
    ignored: new Names(shelfOf(state, "ignore")),
    pause: new Switch(shelfOf(state, "pause")),
    cooldown: new Cooldown(talk.cooldownSeconds * 1000, {
      shelf: shelfOf(state, "cooldown"),
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
export function conversationOf(user: string, isPrivate: boolean): string {
  return isPrivate ? `pm:${user}` : user;
}

function shelfOf(state: StateFile | undefined, kind: StateKind): Shelf {
  if (!state) return NO_SHELF;
  return {
    entries: () => state.entries(kind),
    put: (name, value) => state.put(kind, name, value),
    remove: (name) => state.remove(kind, name),
    clear: () => state.clear(kind),
  };
}

/** Tells whom a line is addressed to. */
import type { Room } from "./room.ts";
import { OTHER_COMMAND } from "./decide.ts";
import { compileTrigger, type Trigger } from "./trigger.ts";

/** A name at the start of a line or after another one, with what joins it to the rest. */
const ADDRESSEE =
  /^\s*(@?)([\p{L}\p{M}\p{N}_-]{1,64})(\s*[:,](?:\s*(?:and|&)\s)?|\s+(?:and|&|\+)\s)?/u;
/** The same for a phrase, such as a trigger of two words. */
const PHRASE = /^\s*@?([^:,]{1,64}?)\s*[:,]/;
/** Words in front of a comma that are also names of users. */
const INTERJECTIONS = new Set("hey hi hello ok okay well so and but oh".split(" "));

export interface AddressOptions {
  /** Whether a user of that name is here. */
  readonly isHere: (name: string) => boolean;
  /** Whether a text calls the bot. */
  readonly isCall: (text: string) => boolean;
}

/**
 * Whether a line begins with names of others who are here, and without the bot's. A name needs `@`, a
 * comma or a colon: many names are words.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { addressesOthers } from "./address.ts";
 *
 * const options = { isHere: (name: string) => name === "alice", isCall: (text: string) => text === "rosey" };
 * assertEquals(addressesOthers("alice: ask rosey", options), true);
 * assertEquals(addressesOthers("alice, rosey, what do you both think?", options), false);
 * ```
 */
export function addressesOthers(text: string, { isHere, isCall }: AddressOptions): boolean {
  let others = false;
  for (let rest = text;;) {
    if (others && isOnlyCall(PHRASE.exec(rest)?.[1] ?? "", isCall)) return false;
    const [whole, at = "", name = "", end = ""] = ADDRESSEE.exec(rest) ?? [""];
    if (at === "" && end === "") return others;
    if (isCall(name)) return false;
    if (!isHere(name) || (at === "" && INTERJECTIONS.has(name.toLowerCase()))) return others;
    // `bob and I` addresses nobody, `bob and carol:` does.
    if (at !== "" || /[:,]/.test(end)) others = true;
    rest = rest.slice(whole.length);
  }
}

/** Whether a phrase calls the bot and has no word that it could do without. */
function isOnlyCall(phrase: string, isCall: (text: string) => boolean): boolean {
  if (!isCall(phrase)) return false;
  const words = phrase.split(/\s+/);
  return !isCall(words.slice(1).join(" ")) && !isCall(words.slice(0, -1).join(" "));
}

/** Tells which lines call the bot. */
export class CallDetector {
  readonly #room: Pick<Room, "user" | "isSelf" | "ownName">;
  #isTrigger: Trigger = () => false;

  constructor(room: Pick<Room, "user" | "isSelf" | "ownName">) {
    this.#room = room;
  }

  /** Without words the bot's own name is the trigger. */
  use(words: readonly string[]): void {
    const { ownName } = this.#room;
    this.#isTrigger = compileTrigger(words.length > 0 ? words : [ownName], { possessive: false });
  }

  isCall(text: string): boolean {
    return this.#isTrigger(text);
  }

  /** Whether a text begins with a command of another bot; a trigger such as `!ai` is none. */
  isOtherCommand(text: string): boolean {
    return OTHER_COMMAND.test(text) && !this.isCall(text.split(/\s/, 1)[0]!);
  }

  addressesOthers(text: string): boolean {
    return addressesOthers(text, {
      isHere: (name) => this.#room.user(name) !== undefined,
      isCall: (text) => this.#isTrigger(text) || this.#room.isSelf(text),
    });
  }
}

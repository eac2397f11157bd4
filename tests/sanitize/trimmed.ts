import { assertEquals } from "@std/assert";
import {
  prepareRules,
  type ReplyContext,
  type TrimmedReply,
  trimReply,
} from "../../src/sanitize/reply.ts";

/** A room as a reply finds it. */
export const CONTEXT: ReplyContext = {
  bot: "Rosey",
  names: ["alice", "bob", "carol_x", "dave-1", "_Eve_", "8", "1984"],
  told: [
    "You are Rosey, a friendly and quick-witted regular of this chat.\n\n" +
    'You are "Rosey" in the chat room "movies".\n' +
    "Each message begins with the name of who wrote it; answer that person.\n" +
    "Reply with one or two short sentences of plain text, without Markdown.",
    "alice: I think that the second film of the series is a lot better than the first one",
    "bob: no way, the first one is a classic and has the better music too",
    "carol_x: look at https://example.com/a/very/long/address/with/many/parts.html",
    "dave-1: 昨日の夜にみんなで見た映画は本当に面白かったですね、また来週も一緒に見ましょう、楽しみです",
    "bob: ha ha ha ha ha ha ha ha ha ha ha ha ha ha ha ha",
    "_Eve_: brb",
    "alice: hey rosey, what is the best pizza topping in the whole wide world?",
  ],
  own: ["Nosferatu is a silent film that was made in Germany a long time ago."],
  lastReplies: [
    "I really like pepperoni, alice.",
    "Hello!",
    "The first film is the one that everybody remembers, and its music is great, too.",
  ],
  maxSentences: 3,
};

export const RULES = prepareRules(CONTEXT);

/** A trimmed reply; `cut`: a limit of tokens ended it. */
export function trimmed(text: string, cut = false): TrimmedReply {
  return trimReply(text, RULES, { cut });
}

/** The result of a stream of random pieces whose model stops as soon as the reply has ended. */
export function streamed(
  text: string,
  { random, cut }: { readonly random: () => number; readonly cut: boolean },
): TrimmedReply {
  for (let end = 1; end < text.length; end += 1 + Math.floor(random() * 40)) {
    const result = trimmed(text.slice(0, end));
    if (result.ended) return result;
  }
  return trimmed(text, cut);
}

/** Asserts what is left of each reply, and why. */
export function checkTrimmed(
  cases: readonly (readonly [text: string, left: string, reason?: TrimmedReply["reason"]])[],
): void {
  for (const [text, left, reason] of cases) {
    const result = trimmed(text);
    assertEquals([result.text, result.reason], [left, reason], JSON.stringify(text));
  }
}

/** What it costs to make a reply safe and to split it, by its length. */
import { sanitize } from "../src/sanitize/sanitize.ts";
import { split } from "../src/sanitize/split.ts";
import { chatLines } from "./chat_lines.ts";
import { best, byTurns, type Figure } from "./figures.ts";

const ROUNDS = 15;
const REPLIES = 400;
/** Lines of chat that make one reply. */
const LINES = 6;

export async function* sanitizer(): AsyncIterable<Figure> {
  const lines = chatLines(REPLIES * LINES, 3).map(({ text }) => text);
  const replies = Array.from({ length: REPLIES }, (_, at) => {
    const [first, ...rest] = lines.slice(at * LINES, (at + 1) * LINES);
    return `Rosey: **${first}** ${rest.join(". ")}.`;
  });
  const safe = replies.map((reply) => sanitize(reply, { bot: "Rosey" }));
  const encoder = new TextEncoder();
  const kilobytes = replies.reduce((sum, reply) => sum + encoder.encode(reply).length, 0) / 1000;
  let used = 0;
  const cost = (texts: readonly string[], work: (text: string) => { length: number }) => () => {
    const begun = performance.now();
    for (const text of texts) used += work(text).length;
    return (performance.now() - begun) * 1000 / kilobytes;
  };
  const { sanitized, cut, replaced, encoded } = await byTurns(ROUNDS, {
    sanitized: cost(replies, (text) => sanitize(text, { bot: "Rosey" })),
    cut: cost(safe, (text) => split(text)),
    replaced: cost(replies, (text) => text.replace(/[\p{C}*_~`|<>]+/gu, "")),
    encoded: cost(replies, (text) => encoder.encode(text)),
  });
  const options = {
    unit: "µs/kB",
    references: { "one replace": replaced, "TextEncoder": encoded },
  };
  yield best("sanitize a reply", sanitized, options);
  yield best("split a reply into lines", cut, options);
}

import { assertGreater, assertLess } from "@std/assert";
import { inventedTurn } from "../../src/sanitize/invented_turns.ts";
import { removeInvisible } from "../../src/sanitize/invisible_chars.ts";
import { replaceLinks } from "../../src/sanitize/links.ts";
import { removeMarkdown } from "../../src/sanitize/markdown.ts";
import { limitMentions } from "../../src/sanitize/mentions.ts";
import { repetition } from "../../src/sanitize/repetition.ts";
import { lastSentenceEnd, sentenceLimit } from "../../src/sanitize/sentences.ts";
import { SpoilerIndex, spoilersOf } from "../../src/sanitize/spoilers.ts";
import { split } from "../../src/sanitize/split.ts";
import { safeStart } from "../../src/sanitize/line_start.ts";
import { breakTokens, skipTokens, templateToken } from "../../src/sanitize/template_tokens.ts";
import { toolCall } from "../../src/sanitize/tool_calls.ts";
import { withoutThoughts } from "../../src/llm/reasoning.ts";
import { test } from "../testing.ts";
import { isHere } from "./attacks/attack.ts";
import { CORPUS } from "./attacks/corpus.ts";
import { RULES } from "./trimmed.ts";

const SPOILERS = new SpoilerIndex(["one two three four", "[sp]", "x", "long"]);

/** The steps without the initial cut: a step that is not linear takes seconds for 50,000 units. */
const STEPS: Readonly<Record<string, (text: string) => unknown>> = {
  removeInvisible,
  withoutThoughts,
  removeMarkdown: (text) => removeMarkdown(text, { showUrl: (url) => url }),
  replaceLinks: (text) => replaceLinks(text, { allowWeb: false }),
  safeStart: (text) => safeStart(text, "Rosey"),
  limitMentions: (text) => limitMentions(text, { isHere, bot: "Rosey", max: 3 }),
  split: (text) => split(text),
  templateToken,
  breakTokens,
  skipTokens: (text) => skipTokens(text, 0),
  toolCall,
  inventedTurn: (text) => inventedTurn(text, RULES.names),
  recital: (text) => RULES.told.recital(text),
  repetition,
  sentenceLimit: (text) => sentenceLimit(text, 3),
  lastSentenceEnd: (text) => lastSentenceEnd(text),
  spoilersOf,
  hideSpoilers: (text) => SPOILERS.hide(text),
};
const MOST_MS = 1000;

test("every step takes linear time", () => {
  const long = CORPUS.filter(({ text }) => text.length > 40_000);
  assertGreater(long.length, 60, `${long.length} long texts`);
  for (const [name, step] of Object.entries(STEPS)) {
    for (const { text } of long) {
      const begun = performance.now();
      step(text);
      const ms = performance.now() - begun;
      assertLess(ms, MOST_MS, `${name}: ${ms} ms for ${JSON.stringify(text.slice(0, 20))}`);
    }
  }
});

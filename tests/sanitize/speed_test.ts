import { assertGreater, assertLess } from "@std/assert";
import { removeInvisible } from "../../src/sanitize/invisible_chars.ts";
import { replaceLinks } from "../../src/sanitize/links.ts";
import { removeMarkdown } from "../../src/sanitize/markdown.ts";
import { limitMentions } from "../../src/sanitize/mentions.ts";
import { split } from "../../src/sanitize/split.ts";
import { safeStart } from "../../src/sanitize/line_start.ts";
import { withoutThoughts } from "../../src/llm/reasoning.ts";
import { test } from "../testing.ts";
import { isHere } from "./attacks/attack.ts";
import { CORPUS } from "./attacks/corpus.ts";

/** The steps without the initial cut: a step that is not linear takes seconds for 50,000 units. */
const STEPS: Readonly<Record<string, (text: string) => unknown>> = {
  removeInvisible,
  withoutThoughts,
  removeMarkdown: (text) => removeMarkdown(text, (url) => url),
  replaceLinks: (text) => replaceLinks(text, { allowWeb: false }),
  safeStart: (text) => safeStart(text, "Rosey"),
  limitMentions: (text) => limitMentions(text, { isHere, bot: "Rosey", max: 3 }),
  split: (text) => split(text),
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

/**
 * The `llm.speak_on` section: when she speaks without being called. What is left out is off.
 *
 * @module
 */
import * as v from "valibot";
import { filled, seconds } from "./schema_parts.ts";

const CHANCE = "a number above 0, up to 1";
const EVERY = "a whole number from 2 to 10000";

const base = {
  cooldown: v.optional(
    v.pipe(seconds(), v.description("Seconds before the same reason counts again.")),
    300,
  ),
  chance: v.optional(
    v.pipe(
      v.number(CHANCE),
      v.gtValue(0, CHANCE),
      v.maxValue(1, CHANCE),
      v.description("How often she speaks when she could: 1 is always."),
    ),
    1,
  ),
};

/** The section. */
export const speakOnSchema = v.object({
  keyword: v.optional(
    v.pipe(
      v.object({
        words: v.pipe(
          v.array(filled("a word or phrase"), "a list of words"),
          v.description("Words or phrases, as whole words in any case."),
        ),
        ...base,
      }, "an object"),
      v.description("Somebody uses one of these words."),
    ),
  ),
  messages: v.optional(
    v.pipe(
      v.object({
        every: v.pipe(
          v.number(EVERY),
          v.integer(EVERY),
          v.minValue(2, EVERY),
          v.maxValue(10_000, EVERY),
          v.description("After this many lines of others."),
        ),
        ...base,
      }, "an object"),
      v.description("Others have talked for a while."),
    ),
  ),
  join: v.optional(
    v.pipe(v.object(base, "an object"), v.description("Somebody joins: she greets them.")),
  ),
  media: v.optional(
    v.pipe(v.object(base, "an object"), v.description("Something else begins to play.")),
  ),
}, "an object");

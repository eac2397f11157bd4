import * as v from "valibot";
import { oneOrMoreSections, optionalSection, setting } from "./schema.ts";
import { filled, integer, seconds } from "./schema_parts.ts";

const CHANCE = "a number above 0, up to 1";

const occasion = {
  cooldownSeconds: setting("cooldown", v.optional(seconds(), 300), {
    help: "Seconds before the same reason counts again.",
  }),
  chance: setting(
    "chance",
    v.optional(v.pipe(v.number(CHANCE), v.gtValue(0, CHANCE), v.maxValue(1, CHANCE)), 1),
    { help: "How often the bot speaks when it could: 1 is always." },
  ),
};

/** The `llm.speak_on` section. */
export const speakOnSettings = {
  keyword: oneOrMoreSections("keyword", {
    words: setting("words", v.array(filled("a word or phrase"), "a list of words"), {
      help: "Words or phrases, as whole words in any case.",
    }),
    ...occasion,
  }, "Somebody uses one of these words. A list of such objects has a cooldown for each of them."),
  messages: optionalSection("messages", {
    every: setting("every", integer(2, 10_000), { help: "After this many lines of others." }),
    ...occasion,
  }, "Others have talked for a while."),
  join: optionalSection("join", occasion, "Somebody joins: the bot greets them."),
  media: optionalSection("media", occasion, "Something else begins to play."),
};

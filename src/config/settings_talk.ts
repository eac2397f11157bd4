/** The settings of the `llm` section that concern the conversation. */
import * as v from "valibot";
import { section, setting } from "./schema.ts";
import { count, filled, flag, limitSeconds, number, seconds, text } from "./schema_parts.ts";
import { NO_PERSONA, type Persona, personasSetting, readPersona } from "./personas.ts";
import { speakOnSettings } from "./settings_speak_on.ts";

const LORE = 'a list of {"keywords": ["…"], "text": "…"}';

const lore = v.array(
  v.strictObject({
    keywords: v.pipe(
      v.array(filled("a word or phrase"), "a list of words"),
      v.minLength(1, "a list of words"),
      v.description("Words or phrases of a question that the text is about."),
    ),
    text: v.pipe(filled("a text"), v.description("What the model is told.")),
  }, LORE),
  LORE,
);

export const talkSettings = {
  persona: setting("system_prompt", v.optional(text()), {
    help: "The persona: who the bot is, and how it talks; without one, a short one of the bot's " +
      "own. `{bot}`, `{channel}`, `{now}` and `{media}` are replaced; the last two defeat a " +
      "server's prompt cache, and chatters choose the title of the media.",
    convert: (text = "", context): Persona => {
      const file = context.section.system_prompt_file;
      if (typeof file !== "string" || !file) return { ...NO_PERSONA, text };
      return readPersona(file, { ...context, path: "llm.system_prompt_file" });
    },
  }),
  personaFile: setting("system_prompt_file", v.optional(text("a path")), {
    help: "A Markdown file with the persona, instead of `llm.system_prompt`.",
    convert: (file, { section, warnings }) => {
      if (file && section.system_prompt) {
        warnings.push("llm.system_prompt has no effect beside llm.system_prompt_file");
      }
      return file;
    },
  }),
  personas: personasSetting,
  triggers: setting(
    "llm_triggers",
    v.optional(v.array(filled("a word or phrase"), "a list of words"), []),
    { help: "Words that call the bot; an empty list means its own name." },
  ),
  cooldownSeconds: setting("llm_cooldown", v.optional(seconds(), 10), {
    help: "Seconds before the same user is answered again.",
  }),
  maxHistoryMessages: setting("max_history_messages", v.optional(count(), 10), {
    help: "How many earlier messages of a user's conversation are kept beyond the room's " +
      "lines, and in private.",
  }),
  roomContextLines: setting("room_context_lines", v.optional(count(), 15), {
    help: "How many of the room's last lines the model is shown as one conversation; up " +
      "to three times as many, so that a server's prompt cache is used.",
  }),
  maxSentences: setting(
    "max_sentences",
    v.optional(number(1, 20, "a number of sentences from 1 to 20"), 3),
    { help: "How many sentences of an answer are said." },
  ),
  maxLines: setting("max_lines", v.optional(number(1, 6, "a number of lines from 1 to 6"), 2), {
    help: "How many lines of chat an answer may take.",
  }),
  address: setting(
    "address",
    v.optional(v.picklist(["auto", "always", "never"], "auto, always or never"), "auto"),
    {
      help: "Begin an answer with the asker's name. `auto`: when others have said two " +
        "lines meanwhile.",
    },
  ),
  followUpSeconds: setting("follow_up_seconds", v.optional(seconds(), 0), {
    help: "For so many seconds after an answer the asker's next line needs no call; 0: never.",
  }),
  maxRepliesPerMinute: setting("max_replies_per_minute", v.optional(count(), 20), {
    help: "How often the model is asked in a minute, for the whole room; 0: no limit.",
  }),
  lore: setting("lore", v.optional(lore, []), {
    help: "What the model is told when a question has one of the keywords, such as " +
      '`[{"keywords": ["popcorn"], "text": "…"}]`; at most 500 characters of it.',
  }),
  staleAfterSeconds: setting("stale_after", v.optional(limitSeconds(), 60), {
    help: "Seconds after which a waiting question is dropped. The time in which the model" +
      " loads does not count.",
  }),
  answerPm: setting("answer_pm", v.optional(flag(), true), {
    help: "Answer private messages, in private and without being called.",
  }),
  ignoreUsers: setting(
    "ignore_users",
    v.optional(v.array(filled("a user name"), "a list of user names"), []),
    { help: "Users who are never answered, above all other bots." },
  ),
  loopTurns: setting("loop_turns", v.optional(count(), 3), {
    help:
      "Answers in a row to somebody who is faster than people type, before they are taken for a " +
      "bot and left alone for ten minutes; 0: nobody is.",
  }),
  speakOn: section(
    "speak_on",
    speakOnSettings,
    "Other reasons to speak than being called. A reason that is missing is off.",
  ),
  allowLinks: setting("allow_links", v.optional(flag(), false), {
    help: "Let the model's links to the web through; otherwise each becomes `[link]`.",
  }),
  fallbackResponse: setting("fallback_response", v.optional(text()), {
    help: "What the bot says when there is no answer. Without it, the bot stays silent.",
    convert: (text) => text || undefined,
  }),
};

/** One message of a chat request; the lines of users read `name: text`. */
export interface ChatMessage {
  readonly role: string;
  readonly content: string;
}

const MAX_REPLY = 199;

// The first match answers: narrow patterns come before wide ones.
const RULES: readonly (readonly [pattern: RegExp, ...answers: string[]])[] = [
  [
    /\b(who|what) are (you|u)\b|\bare (you|u) (a |an )?(real|human|bot|ai|robot|model|person)\b/i,
    "I'm Rosey, {name}, running on a scripted stand-in: no real model here. " +
    "Point OLLAMA_HOST at an Ollama server and I get a proper brain.",
  ],
  [
    /\b(are )?(you|u) (there|here|awake|alive|up)\b/i,
    "Front row, {name}, popcorn and all.",
    "Present, {name}. Mostly awake, too.",
  ],
  [
    /\bwhat\b.*\b(playing|watching|on(?: now| tonight| today| screen)?\W*$)|\bnow playing\b/i,
    "That's {playing}, {name}. No spoilers from me.",
  ],
  [
    /\bjoke\b|\bmake (me|us) laugh\b|\bfunny\b/i,
    "{name}: Why do projectionists make poor thieves? They always get caught on film.",
    "{name}: I told the playlist a joke. It had to buffer before it laughed.",
    "{name}: My favourite genre is silent film: nobody pings me during one.",
  ],
  [
    /\b(thanks|thank (you|u)|thx|ty|cheers)\b/i,
    "Any time, {name}.",
    "My pleasure, {name}. Tips go to the projectionist.",
  ],
  [
    /\b(bye|goodbye|good night|gn|cya|see (you|ya)|later)\b/i,
    "See you at the next showing, {name}.",
    "Bye, {name}. I'll keep your seat warm.",
  ],
  [
    /\b(hi|hello|hey|hiya|howdy|yo|good (morning|evening|day))\b/i,
    "Hey {name}! Find a seat, mind the popcorn.",
    "Hello {name}, good to see you.",
  ],
];
const SMALL_TALK = [
  `"{topic}", {name}? I'd watch a double feature about that.`,
  `Good one, {name}. On "{topic}" I keep an open mind and a full bag of popcorn.`,
  `{name}, "{topic}" sounds like a plot twist. Go on.`,
];
const NOTHING_PLAYS = "Nothing is on, {name}. The screen is yours if you queue something.";
const NO_QUESTION = "Yes, {name}? I was only half watching the film.";

/** The question is the last line; see `buildPrompt` in `src/chat/prompt.ts`. */
const QUESTION = /^([\w-]{1,20}):\s*(.*)$/;
const PLAYING = /^Now playing: (.*?) \((?:(?:paused )?at [\d:]+ of [\d:]+|live)\)\./m;

/**
 * Answers the last user message with one line of fewer than 200 characters, without markup. It
 * stands in for a language model and says so when it is asked.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { scriptedReply } from "./scripted_model.ts";
 *
 * assertEquals(
 *   scriptedReply([{ role: "user", content: "alice: rosey, what's on?" }]),
 *   "Nothing is on, alice. The screen is yours if you queue something.",
 * );
 * ```
 */
export function scriptedReply(messages: readonly ChatMessage[]): string {
  const asked = messages.findLast((message) => message.role === "user")?.content.trim() ?? "";
  const [, name = "friend", text = asked] = QUESTION.exec(asked.split("\n").at(-1)!) ?? [];
  // The bot's name and a greeting before it are the address, not the question.
  const question = text.replace(/^\W*(?:(?:hey|hi|ok|hello)\W+)?@?rosey\b\W*/i, "")
    .replace(/\W+@?rosey(\W*)$/i, "$1");
  const topic = shorten(question.replace(/[^\p{L}\p{N}' -]+/gu, " ").trim(), 60);
  const playing = shorten(PLAYING.exec(asked)?.[1] ?? "", 100);
  const [, ...matching] = RULES.find(([pattern]) => pattern.test(question)) ??
    RULES.find(([pattern]) => pattern.test(text)) ?? [];
  const answers = matching.length > 0 ? matching : topic === "" ? [NO_QUESTION] : SMALL_TALK;
  let answer = answers[checksum(asked + messages.length) % answers.length] ?? "";
  if (answer.includes("{playing}") && playing === "") answer = NOTHING_PLAYS;
  const values: Readonly<Record<string, string>> = { name, topic, playing };
  const reply = answer.replace(/\{(\w+)\}/g, (_, key: string) => values[key] ?? "");
  return shorten(reply.replace(/[*`#<>]/g, ""), MAX_REPLY);
}

export function wordsOf(reply: string): string[] {
  return reply.match(/\s*\S+|\s+$/g) ?? [];
}

function shorten(text: string, length: number): string {
  const characters = [...text.replace(/\s+/g, " ")];
  if (characters.length <= length) return characters.join("");
  return characters.slice(0, length - 1).join("").trimEnd() + "…";
}

// Chooses the same answer for the same question, so that tests are repeatable.
function checksum(text: string): number {
  let sum = 0;
  for (const character of text) sum = (sum * 31 + (character.codePointAt(0) ?? 0)) % 65_521;
  return sum;
}

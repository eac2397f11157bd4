import { hostile, pick } from "./attacks/random.ts";
import { HARMLESS_REPLIES } from "./harmless_replies.ts";
import { CONTEXT } from "./trimmed.ts";

/** What the rules of a reply look for, and what is like it. */
const PIECES: readonly string[] = [
  ...CONTEXT.told.flatMap((text) => [text, text.slice(7, 50), text.slice(3, 40)]),
  ...CONTEXT.lastReplies,
  ...CONTEXT.names.flatMap((name) => [`${name}: `, `\n${name}: `, `. ${name}: `, name]),
  ..."<|im_end|> <|im_start|> </s> <s> [INST] <end_of_turn> <｜User｜> <| |> <|eot_".split(" "),
  ..."Rosey: \nUser: \n**alice:** \n<bob> \n### Response:\n".split(" "),
  "assistant\n",
  "user\n",
  '{"name": "search", "arguments": {',
  "<tool_call>",
  "```json\n",
  "I love it. ",
  "I love it. ".repeat(4),
  "one two three, ".repeat(3),
  "no ".repeat(18),
  "ha".repeat(30),
  "我喜欢你".repeat(3),
  "😂".repeat(20),
  "[sp]",
  "[/sp]",
  ...'e.g. Mr. p.m. 3.5 8:30 etc. no. 1. ... … ! ? . 。 ？ :) ;-) 😊 👨‍👩‍👧 \u0301 \u200d xD <3 " ” ) ** ` | -'
    .split(" "),
  ..."the film is good tonight and he said that it was on Then She Note: https://a.b/c".split(" "),
  " ",
  " ",
  "  ",
  "\n",
  "\n\n",
  ", ",
  ". ",
  "! ",
];

/** A reply such as small models write it. */
export function smallModelReply(random: () => number): string {
  if (random() < 0.1) return hostile(random);
  let text = "";
  for (let left = 1 + random() * 24; left > 0; left--) {
    text += random() < 0.1 ? pick(HARMLESS_REPLIES, random) : pick(PIECES, random);
    if (random() < 0.5) text += " ";
  }
  return text;
}

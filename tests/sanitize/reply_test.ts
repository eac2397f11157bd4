import { assert, assertEquals, assertGreater, assertLess } from "@std/assert";
import { prepareRules, trimReply } from "../../src/sanitize/reply.ts";
import { test } from "../testing.ts";
import { CORPUS } from "./attacks/corpus.ts";
import { mulberry32 } from "./attacks/random.ts";
import { fuzzReplies } from "./fuzz_replies.ts";
import { smallModelReply } from "./random_replies.ts";
import { checkTrimmed, CONTEXT, RULES, streamed, trimmed } from "./trimmed.ts";

/** For other seeds: `deno task fuzz`. */
const SEED = 20_261_126;
const ROUNDS = 2000;

test(`gives the same reply whether the model stops or goes on (seed ${SEED})`, () => {
  const random = mulberry32(SEED);
  const reasons = new Map<string, number>();
  for (let round = 0; round < ROUNDS; round++) {
    const text = smallModelReply(random);
    const cut = random() < 0.3;
    const whole = trimmed(text, cut);
    const key = whole.reason ?? "none";
    reasons.set(key, (reasons.get(key) ?? 0) + 1);
    const { text: said, reason } = streamed(text, { random, cut });
    assertEquals([said, reason], [whole.text, whole.reason], `${round}: ${JSON.stringify(text)}`);
  }
  assertEquals(reasons.size, 8);
  for (const [reason, count] of reasons) assertGreater(count, 5, reason);
});

test(`ends each character of a stream alike (seed ${SEED})`, () => {
  const random = mulberry32(SEED + 1);
  for (let round = 0; round < ROUNDS / 50; round++) {
    const text = smallModelReply(random);
    const whole = trimmed(text);
    for (let end = 1; end < text.length; end++) {
      const result = trimmed(text.slice(0, end));
      if (result.ended) assertEquals(result, { ...whole, ended: true }, JSON.stringify(text));
    }
  }
});

test("says nothing if it said the same lately", () => {
  checkTrimmed([
    ["I really like pepperoni, alice.", "", "repeated answer"],
    ["Rosey: i really *like* pepperoni, Alice!", "", "repeated answer"],
    ["I really like pepperoni, alice. And you?", "I really like pepperoni, alice. And you?"],
    [`${CONTEXT.own[0]} Really.`, "", "repeated answer"],
    [`You know, ${CONTEXT.own[0]!.toLowerCase()}`, "", "repeated answer"],
    [`As I said before: ${CONTEXT.own[0]}`, `As I said before: ${CONTEXT.own[0]}`],
    [`${CONTEXT.lastReplies[2]} And more`, "", "repeated answer"],
    ["Hello!", "Hello!"],
  ]);
});

test("a repeated answer ends a stream only when it cannot go on", () => {
  assertEquals(trimmed("I really like pepperoni, alice.").ended, false);
  assertEquals(trimmed("I really like pepperoni, alice.<|im_end|>").ended, true);
});

test("applies the first rule that is proved", () => {
  checkTrimmed([
    ["Hi.\nalice: hello<|im_end|>", "Hi.", "invented turn"],
    ["Hi.<|im_end|>\nalice: hello", "Hi.", "template token"],
    ["**One. Two. alice: hello", "**One. Two.**", "invented turn"],
    ["...\nalice: hello", "", "invented turn"],
  ]);
});

test("reads 4096 characters and then counts as cut by a limit", () => {
  const words = Array.from({ length: 900 }, (_, n) => `word${n}`).join(" ");
  const { text, ended } = trimmed(words);
  assert(ended && text.endsWith("…") && words.startsWith(text.slice(0, -1)), text.slice(-40));
  assertEquals(trimmed(words + words).text, text);
});

test("needs no context", () => {
  const rules = prepareRules({
    bot: "",
    names: [],
    told: [],
    own: [],
    lastReplies: [],
    maxSentences: 9,
  });
  for (const text of ["", ": hi", "alice: hi\nbob: hello", "**: hi", "<> hi"]) {
    assertEquals(trimReply(text, rules).text, text);
  }
});

test("takes linear time for hostile text", () => {
  const pieces = [
    ". ",
    "! ",
    ".😂",
    "\n",
    "\nalice",
    "\n**`<",
    "a, ",
    "alice:",
    "<|",
    "<|a",
    "[/INST",
  ];
  const texts = [
    ...pieces.map((piece) => piece.repeat(4096)),
    ...CORPUS.map(({ text }) => text).filter((text) => text.length > 4000),
  ];
  for (const text of texts) {
    const begun = performance.now();
    for (let end = 512; end <= 4096; end += 512) {
      trimReply(text.slice(0, end), RULES, { cut: true });
    }
    const ms = performance.now() - begun;
    assertLess(ms, 1000, `${ms} ms for ${JSON.stringify(text.slice(0, 20))}`);
  }
});

test("says what is left of random replies as safe lines", () => {
  assertEquals(fuzzReplies({ replies: 1000, seed: SEED + 2 }), []);
});

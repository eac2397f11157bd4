import { assert, assertEquals } from "@std/assert";

import { compileTrigger } from "../../src/chat/trigger.ts";
import { test } from "../testing.ts";
import { mulberry32, pick } from "../sanitize/attacks/random.ts";

const SEED = 20_261_124;
const ROUNDS = 20_000;

const WORDS = "rosey|@rosey|rose bot|rosé|k9|straße|розочка|ロージー|🤖|c++|-rosey-|각|s".split(
  "|",
);
const PIECES = [
  ...WORDS,
  ...WORDS.map((word) => word.toUpperCase()),
  ...WORDS.map((word) => word.normalize("NFD")),
  ..."ro|se|y|bot|BOT|\u017f|\u212a|\u1e9e|ß|İ|ı|e\u0301|\u0301|가|\u11a8|\ufe0f|\u200d".split("|"),
  ..." | |\t|\u00a0|\u3000|\n|-|_|@|!|$|.|...|/|,|'|:|(|9|\ud83e|\udd16|\ud83d".split("|"),
  ..."https://|www.|x|é|ж|語".split("|"),
];

const WORD = /[\p{L}\p{M}\p{N}_]/u;

/** The definition of a call, tried at each index for each phrase. */
function callsPlainly(words: readonly string[], message: string): boolean {
  const text = message.normalize("NFC");
  return words.some((word) => {
    const source = word.normalize("NFC").split(" ").map(RegExp.escape).join("\\s+");
    const here = new RegExp(source, "iuy");
    for (let start = 0; start < text.length; start++) {
      here.lastIndex = start;
      const found = here.exec(text);
      // With the `u` flag an index within a surrogate pair means its start.
      if (found?.index !== start) continue;
      const [before, after] = [text.slice(0, start), text.slice(start + found[0].length)];
      if (isCall({ before: [...before], found: [...found[0]], after: [...after] })) return true;
    }
    return false;
  });
}

function isCall(
  { before, found, after }: Record<"before" | "found" | "after", readonly string[]>,
): boolean {
  const isWord = (char = "") => WORD.test(char);
  if (isWord(before.at(-1)) || (isWord(found.at(-1)) && isWord(after[0]))) return false;
  const joined = isWord(found[0]) && ["-", "@"].includes(before.at(-1)!) && isWord(before.at(-2));
  const goesOn = isWord(found.at(-1)) && after[0] === "-" && isWord(after[1]);
  const token = before.join("").slice(-300).split(/\s/).at(-1)!;
  const inAddress = /^(?:\w+:\/\/|www\.)/i.test(token);
  const command = /^[!$./]+$/.test(token) && !/^\.{2,}$/.test(token);
  return !joined && !goesOn && !inAddress && !command;
}

test("agrees with a naive search on random texts", () => {
  const random = mulberry32(SEED);
  let called = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const words = Array.from({ length: 1 + random() * 10 }, () => pick(WORDS, random));
    const text = Array.from({ length: random() * 8 }, () => pick(PIECES, random)).join("");
    const expected = callsPlainly(words, text);
    const shown = `${JSON.stringify(words)} in ${JSON.stringify(text)}`;
    assertEquals(compileTrigger(words)(text), expected, shown);
    if (expected) called++;
  }
  assert(called > ROUNDS / 10 && called < ROUNDS * 0.9, `${called} of ${ROUNDS}`);
});

test("NFC changes no character below U+0300", () => {
  const codes = Array.from({ length: 0x300 }, (_, code) => String.fromCharCode(code));
  for (const one of codes) {
    const pairs = codes.map((other) => one + other).join("");
    assertEquals(pairs.normalize("NFC"), pairs);
  }
});

import { assertEquals, assertLess } from "@std/assert";
import { compileTrigger } from "../../src/chat/trigger.ts";
import { test } from "../testing.ts";

/** Asserts for each message whether these triggers match. */
function check(words: readonly string[], cases: readonly (readonly [string, boolean])[]): void {
  const calls = compileTrigger(words);
  for (const [message, called] of cases) {
    assertEquals(calls(message), called, `${words.join(" | ")} in ${JSON.stringify(message)}`);
  }
}

test("matches a whole word in any case", () => {
  check(["rosey"], [
    ["rosey", true],
    ["ROSEY", true],
    ["Hey Rosey, what is on?", true],
    ["what do you think,rosey?", true],
    ["(rosey)", true],
    ["rosey's film", true],
    ["«rosey»", true],
    ["*rosey* _rosey_", true],
    ["rosey: hello", true],
    ["hello rosey.", true],
    ["rosey!", true],
    ["rosey/alice", true],
    ["prosey", false],
    ["roseys", false],
    ["rosey2", false],
    ["2rosey", false],
    ["rosey_bot", false],
    ["my_rosey", false],
    ["", false],
    ["rose y", false],
    ["hello there", false],
  ]);
});

test("spoken of is not called", () => {
  const calls = compileTrigger(["rosey", "hey bot"], { possessive: false });
  for (const text of ["rosey's cooking was great", "ROSEY’S idea", "hey bot's", "is it rosey's?"]) {
    assertEquals(calls(text), false, text);
  }
  for (const text of ["rosey'sup?", "rosey' so", "rosey's film, rosey?", "'rosey'", "rosey 's"]) {
    assertEquals(calls(text), true, text);
  }
});

test("matches after an at sign but not in a URL or an e-mail address", () => {
  check(["rosey"], [
    ["@rosey", true],
    ["@Rosey, you there?", true],
    ["hey @rosey!", true],
    ["me@rosey.example", false],
    ["https://rosey.example/", false],
    ["see https://example.com/rosey", false],
    ["www.rosey.example", false],
    ["https://example.com/a.rosey", false],
    ["https://example.com/?who=rosey", false],
    ["https://example.com/@rosey", false],
    ["https://example.com/#rosey", false],
    ["https://example.com/a,rosey", false],
    ["see https://example.com/ rosey", true],
    ["rosey see https://example.com/", true],
  ]);
});

test("does not match in another bot's command", () => {
  check(["rosey"], [
    ["!rosey", false],
    ["!rosey hello", false],
    ["hello !rosey", false],
    ["!!rosey", false],
    ["$rosey", false],
    [".rosey", false],
    ["/rosey", false],
    ["wait...rosey", true],
    ["... rosey", true],
    ["...rosey", true],
    ["hello!rosey", true],
    ["yes.rosey", true],
    ["and/or/rosey", true],
    ["!airhorn rosey", true],
  ]);
  check(["airhorn"], [["!airhorn", false]]);
});

test("does not match in a name with hyphens", () => {
  check(["rosey"], [
    ["rosey-bot", false],
    ["not-rosey", false],
    ["rosey - hello", true],
    ["rosey-", true],
    ["-rosey", true],
    ["so -- rosey", true],
  ]);
});

test("matches a trigger that contains hyphens", () => {
  check(["rosey-bot", "-Rosey-"], [
    ["hi rosey-bot!", true],
    ["ROSEY-BOT", true],
    ["rosey_bot", false],
    ["roseyxbot", false],
    ["rosey-bots", false],
    ["hi -rosey-", true],
  ]);
});

test("takes special characters of regular expressions literally", () => {
  for (
    const word of ["a.b", "c++", "(bot)", "[x]", "a|b", "a\\b", "$bot", "^_^", "a*", "{1}", "?"]
  ) {
    check([word], [[`hi ${word} there`, true], ["zzz", false]]);
  }
  check(["a.b"], [["axb", false]]);
});

test("knows the letters of every script", () => {
  check(["rosé"], [
    ["Rosé?", true],
    ["ROSE\u0301", true],
    ["roséa", false],
    ["rose", false],
    ["ärosé", false],
  ]);
  check(["rose"], [["rosé", false], ["rose\u0301", false]]);
  check(["роза"], [["РОЗА, привет", true], ["мороза", false]]);
  check(["ロージー"], [["ロージー、元気?", true]]);
  check(["ro\u0301sey"], [["r\u00f3sey", true]]);
});

test("matches an emoji", () => {
  check(["🤖"], [["🤖", true], ["hi 🤖!", true], ["🤖🤖", true], ["a🤖", false], ["hi", false]]);
});

test("matches after a lone surrogate", () => {
  check(["rosey"], [["a\udd16rosey", true], ["a\ud83drosey", true], ["a\u{1d400}rosey", false]]);
});

test("matches a phrase across any white space", () => {
  check(["hey  bot"], [
    ["hey bot", true],
    ["HEY\tbot, hello", true],
    ["hey\u00a0bot", true],
    ["heybot", false],
    ["hey bots", false],
    ["they bot", false],
  ]);
});

test("tries every trigger, also one that is the start of another", () => {
  for (const words of [["rosey bot", "rosey"], ["rosey", "rosey bot"]]) {
    check(words, [
      ["rosey bot", true],
      ["rosey bots are here", true],
      ["rosey", true],
      ["roseys bot", false],
    ]);
  }
  check(["rosey", "@bot"], [["@bot hi", true], ["bot hi", false], ["prosey rosey", true]]);
});

test("never matches empty triggers", () => {
  for (const words of [[], [""], ["  ", "\t"]]) check(words, [["", false], ["anything  ", false]]);
  check(["", "rosey"], [["rosey", true], ["  ", false]]);
});

test("takes linear time for a long message", () => {
  const calls = compileTrigger(["rosey"]);
  const begun = performance.now();
  for (const piece of ["rosey-x ", "!rosey ", "https://rosey.", "aaaa@rosey", "rosey_"]) {
    calls(piece.repeat(16_000 / piece.length));
  }
  assertLess(performance.now() - begun, 1000, `${performance.now() - begun} ms`);
});

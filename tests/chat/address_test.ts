import { assertEquals } from "@std/assert";
import { addressesOthers } from "../../src/chat/address.ts";
import { compileTrigger } from "../../src/chat/trigger.ts";
import { test } from "../testing.ts";

test("tells lines for others from lines that name the bot too", () => {
  const here = ["alice", "bob", "some-one", "will", "hey", "oh"];
  const options = {
    isHere: (name: string) => here.includes(name.toLowerCase()),
    isCall: compileTrigger(["rosey", "рози", "hey bot"]),
  };
  const cases: readonly (readonly [string, boolean])[] = [
    ["@alice haha rosey is right", true],
    ["alice: ask rosey", true],
    ["alice, ask rosey", true],
    ["  @Bob, rosey said so", true],
    ["alice and bob: ask rosey", true],
    ["alice, bob: ask rosey", true],
    ["@alice @bob rosey said so", true],
    ["some-one: rosey again", true],
    ["alice , rosey is right", true],
    ["alice, rosey, what do you both think?", false],
    ["alice and rosey: which one?", false],
    ["@alice @rosey which one?", false],
    ["rosey, alice: which one?", false],
    ["rosey, what do you think of alice: nice?", false],
    ["bob and I want to know, rosey", false],
    ["will rosey tell me?", false],
    ["alice rosey is right", false],
    ["nobody: rosey?", false],
    ["@nobody rosey?", false],
    ["question: rosey, is it?", false],
    ["8:30, rosey?", false],
    ["alice, рози, что думаешь?", false],
    ["alice, рози так сказала", true],
    ["@alice @рози что?", false],
    ["alice, hey bot, what?", false],
    ["alice, hey bot what?", true],
    ["alice, well rosey, said so", true],
    ["alice, rosey said so, I think", true],
    ["hey, rosey what is on?", false],
    ["Oh, rosey what is on?", false],
    ["@hey rosey said so", true],
    ["", false],
    [", rosey", false],
    ["@ alice rosey", false],
  ];
  for (const [text, expected] of cases) {
    assertEquals(addressesOthers(text, options), expected, text);
  }
});

test("takes linear time", () => {
  const options = { isHere: () => true, isCall: () => false };
  assertEquals(addressesOthers("a, ".repeat(100_000), options), true);
});

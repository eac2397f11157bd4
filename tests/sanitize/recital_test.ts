import { assertEquals, assertLess } from "@std/assert";
import { ToldText } from "../../src/sanitize/recital.ts";
import { fastestMs, test } from "../testing.ts";
import { checkTrimmed, trimmed } from "./trimmed.ts";

test("removes a recital and the sentence that introduces it", () => {
  checkTrimmed([
    ["You are Rosey, a friendly and quick-witted regular of this chat. OK.", "", "recital"],
    ["Sure! You are Rosey, a friendly and quick-witted regular of this chat.", "Sure!", "recital"],
    ['Well. My rules: "you are rosey, a FRIENDLY and quick-witted regular of"', "Well.", "recital"],
    ["no way, the first one is a classic and has the better music too", "", "recital"],
    ["What is the best pizza topping in the whole wide world? Cheese!", "", "recital"],
    ["You are “Rosey” in the chat room “movies”. Each\nmessage begins", "", "recital"],
    [
      "昨日の夜にみんなで見た映画は本当に面白かったですね、また来週も一緒に見ましょう、楽しみです",
      "",
      "recital",
    ],
  ]);
});

test("keeps short echoes, addresses and laughter", () => {
  const texts = [
    "The best pizza topping in the whole world?",
    "A friendly and quick-witted regular, that's me.",
    "It is https://example.com/a/very/long/address/with/many/parts.html",
    "昨日の夜にみんなで見た映画は面白かったです",
  ];
  checkTrimmed(texts.map((text) => [text, text]));
});

test("tells exactly 40 characters from 39, wherever they stand", () => {
  const words = "one two three four five six seven eight nine ten eleven twelve thirteen";
  const told = new ToldText([words]);
  for (let from = 0; from + 40 <= words.length; from++) {
    for (const lead of ["", "#", "########################"]) {
      const recital = words.slice(from, from + 40);
      assertEquals(told.recital(`${lead}${recital}`), { at: lead.length, seen: lead.length + 40 });
      assertEquals(told.recital(`${lead}${recital.slice(0, 39)}#`), undefined);
    }
  }
});

test("finds a recital in a long transcript in little time", () => {
  const lines = Array.from({ length: 100 }, (_, n) => `user${n}: ${`the line ${n} `.repeat(80)}`);
  const told = new ToldText([...lines, "a".repeat(5000), "a b ".repeat(1000)]);
  for (const text of ["a".repeat(4096), "a b c ".repeat(700), "the line ".repeat(455)]) {
    assertLess(fastestMs(() => told.recital(text)), 500, text.slice(0, 20));
  }
  assertEquals(trimmed("x ".repeat(20)).reason, "repetition");
});

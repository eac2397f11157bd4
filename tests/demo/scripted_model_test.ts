import { assertEquals, assertLess, assertMatch, assertNotMatch } from "@std/assert";
import { scriptedReply, wordsOf } from "../../src/demo/scripted_model.ts";
import { test } from "../testing.ts";

test("the scripted model answers by name and says what it is", () => {
  const ask = (content: string) =>
    scriptedReply([{ role: "system", content: "" }, { role: "user", content }]);
  assertMatch(ask("alice: hello rosey"), /alice/);
  assertMatch(ask("alice: rosey, are you there?"), /^(Front row|Present), alice/);
  assertMatch(ask("alice: hey rosey, what is on?"), /^Nothing is on, alice/);
  for (const at of ["", " (at 1:02 of 2:33:00)", " (paused at 0:00 of 3:04)", " (live)"]) {
    const playing = `<al> hi\nNow playing: Metropolis (1927)${at}. 2 people are here.\n`;
    assertMatch(ask(`${playing}bob: what's playing?`), /^That's Metropolis \(1927\), bob/);
  }
  assertMatch(ask("bob: rosey who are you?"), /scripted stand-in.*OLLAMA_HOST/);
  assertMatch(ask("bob: thanks rosey!"), /bob/);
  assertMatch(ask("bob: bye"), /bob/);
  assertMatch(ask("bob: rosey, giant squids of the deep"), /giant squids of the deep/);
  assertEquals(scriptedReply([]), "Yes, friend? I was only half watching the film.");
});

test("the scripted model stays under 200 characters, without markup", () => {
  const long = `bob: rosey ${"*very* `long` ".repeat(200)}`;
  const playing = `Now playing: ${"x".repeat(900)}. 1 person is here.\n`;
  for (const content of [long, "a_name_of_20_letters: what is playing?", "who are you?"]) {
    const reply = scriptedReply([{ role: "user", content: playing + content }]);
    assertLess([...reply].length, 200, reply);
    assertNotMatch(reply, /[*`#<>\n]/);
    assertEquals(wordsOf(reply).join(""), reply);
  }
});

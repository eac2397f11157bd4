import { assertEquals, assertLess, assertMatch, assertNotMatch } from "@std/assert";
import { buildPrompt } from "../../src/chat/prompt.ts";
import { scriptedReply, wordsOf } from "../../src/demo/scripted_model.ts";
import { test } from "../testing.ts";

test("the scripted model answers by name and says what it is", () => {
  const ask = (content: string) =>
    scriptedReply([{ role: "system", content: "" }, { role: "user", content }]);
  assertMatch(ask("alice: hello rosey"), /alice/);
  assertMatch(ask("alice: rosey, are you there?"), /^(Front row|Present), alice/);
  assertMatch(ask("alice: hey rosey, what is on?"), /^Nothing is on, alice/);
  for (const [seconds, paused] of [[0, false], [9180, false], [184, true]] as const) {
    const title = "Mr. Metropolis (1927)";
    const prompt = buildPrompt({
      bot: "Rosey",
      channel: "demo",
      media: { id: "x", type: "fi", title, seconds, currentTime: 62, paused },
      room: [{ user: "al", text: "hi" }],
      facts: ["Here: al, bob."],
      wallMs: 0,
      maxChars: 24_000,
      question: { user: "bob", text: "what's playing?", kind: "call" },
    });
    assertMatch(scriptedReply(prompt), /^That's Mr\. Metropolis \(1927\), bob/);
  }
  assertMatch(ask("bob: rosey who are you?"), /scripted stand-in.*OLLAMA_HOST/);
  assertMatch(ask("bob: thanks rosey!"), /bob/);
  assertMatch(ask("bob: bye"), /bob/);
  assertMatch(ask("bob: rosey, giant squids of the deep"), /giant squids of the deep/);
  assertEquals(scriptedReply([]), "Yes, friend? I was only half watching the film.");
});

test("the scripted model stays under 200 characters, without markup", () => {
  const long = `bob: rosey ${"*very* `long` ".repeat(200)}`;
  const playing = `Now playing: ${"x".repeat(900)} (live).\n`;
  for (const content of [long, "a_name_of_20_letters: what is playing?", "who are you?"]) {
    const reply = scriptedReply([{ role: "user", content: playing + content }]);
    assertLess([...reply].length, 200, reply);
    assertNotMatch(reply, /[*`#<>\n]/);
    assertEquals(wordsOf(reply).join(""), reply);
  }
});

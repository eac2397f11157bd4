import { assertEquals, assertMatch } from "@std/assert";
import { load, MINIMAL, problemsOf } from "./loading.ts";
import { test } from "../testing.ts";

const POET = `---
name: The Poet
description: speaks in verse
options:
  temperature: 1.2
  stop: ["\\n\\n"]
---

You are a poet.
`;
const READ = {
  text: "You are a poet.\n",
  description: "speaks in verse",
  options: { temperature: 1.2, stop: ["\n\n"] },
};

/** The persona that the file `poet.md` makes, with the warnings. */
function read(text: string) {
  const llm = { personas: { poet: { file: "poet.md" } } };
  const loaded = load({ ...MINIMAL, llm }, { files: { "/etc/rosey/poet.md": text } });
  return { persona: loaded.settings.llm.personas.poet, warnings: loaded.warnings };
}

test("a persona's front matter is read wherever the file is named", () => {
  const files = { "/etc/rosey/poet.md": POET };
  const personas = { bard: { file: "poet.md" } };
  const { llm } = load({ ...MINIMAL, llm: { system_prompt_file: "poet.md", personas } }, { files })
    .settings;
  assertEquals([llm.persona, llm.personas], [READ, { bard: READ }]);
});

test("a folder of personas names each by its front matter, or else by its file", () => {
  const files = {
    "/etc/rosey/personas/poet.md": POET,
    "/etc/rosey/personas/pirate.md": "You are a pirate.",
    "/etc/rosey/personas/notes.txt": "---",
    "/etc/rosey/personas/.#pirate.md": "---",
  };
  const { settings, warnings } = load({ ...MINIMAL, llm: { personas: "personas" } }, { files });
  const pirate = { text: "You are a pirate.", options: {} };
  assertEquals(settings.llm.personas, { "The Poet": READ, pirate });
  assertEquals(warnings, []);
});

test("a persona's file needs no front matter, and its front matter no text", () => {
  for (const text of ["You are a poet.", "", "# A poet\n\n---\nname: x\n---\n"]) {
    assertEquals(read(text), { persona: { text, options: {} }, warnings: [] });
  }
  const { persona } = read("---\noptions: { top_k: 5 }\n---\n");
  assertEquals([persona?.text, persona?.options], ["", { top_k: 5 }]);
  assertEquals(read(POET.replaceAll("\n", "\r\n")).persona?.description, READ.description);
});

test("what a persona cannot change, and what is no front matter, is warned of", () => {
  const text = "---\ndescripton: x\noptions: { num_ctx: 9, model: m, top_p: 1 }\n---\nHi.";
  const { persona, warnings } = read(text);
  assertEquals([persona?.text, persona?.options], ["Hi.", { top_p: 1 }]);
  const at = "llm.personas.poet";
  assertEquals(warnings, [
    `${at}.descripton is not a setting and has no effect; did you mean ${at}.description?`,
    `${at}.options.num_ctx has no effect: no persona can change it`,
    `${at}.options.model has no effect: no persona can change it`,
  ]);
  const open = "---\nname: x\nYou are a poet.";
  assertEquals(read(open), {
    persona: { text: open, options: {} },
    warnings: [`${at}: poet.md has no second line --- to end its front matter`],
  });
});

test("mistakes in a persona are named with the file or the setting, and nothing of its text", () => {
  const problems = (text: string) =>
    problemsOf({ ...MINIMAL, llm: { personas: "p" } }, { files: { "/etc/rosey/p/poet.md": text } });
  const [broken] = problems("---\nname: [secret\n---\nHi.");
  assertMatch(
    broken!,
    /^llm\.personas\.poet: cannot read the front matter of p\/poet\.md: .+ at line 2, column 1$/,
  );
  assertEquals(/secret|\n/.test(broken!), false, broken);
  assertEquals(problems("---\nname: 5\noptions: 7\ndescription: |\n  a\n  b\n---\n"), [
    "llm.personas.poet.name: expected one line of at most 40 characters, found 5",
    'llm.personas.poet.description: expected one line of at most 100 characters, found "a\\nb"',
    "llm.personas.poet.options: expected an object of model parameters, found 7",
  ]);
  assertEquals(problems("---\nname: Default\n---\n"), [
    "llm.personas.poet.name: expected another than Default, which is taken",
  ]);
});

test("a folder without personas is a mistake", () => {
  const config = { ...MINIMAL, llm: { personas: "none" } };
  assertEquals(problemsOf(config), [
    "llm.personas: cannot read none: there is no such file or folder",
  ]);
  assertEquals(problemsOf(config, { files: { "/etc/rosey/none/a.txt": "" } }), [
    "llm.personas: none holds no .md file",
  ]);
  assertEquals(problemsOf({ ...MINIMAL, llm: { personas: { a: 1 } } }), [
    'llm.personas.a: expected a text, or {"file": "path"}, found 1',
  ]);
  assertEquals(problemsOf({ ...MINIMAL, llm: { personas: 1 } }), [
    "llm.personas: expected an object of personas, or the folder with their files, found 1",
  ]);
});

import assert from "node:assert/strict";
import { asked, buildPrompt, promptBudget, type PromptParts } from "../../src/chat/prompt.ts";
import type { Message } from "../../src/llm/provider.ts";
import { test } from "../testing.ts";

const PARTS: PromptParts = {
  bot: "Rosey",
  channel: "room",
  people: 3,
  history: [],
  user: "alice",
  text: "what is on?",
};

/** What every prompt tells about the room. */
const HERE = `You are "Rosey" in the chat room "room", with 3 people here.
Each message begins with the name of who wrote it; answer that person.
Reply with one or two short sentences of plain text, without a name in front and without Markdown.`;

const systemOf = (parts: Partial<PromptParts>) => buildPrompt({ ...PARTS, ...parts })[0]!.content;

function turns(count: number, size: number): Message[] {
  return Array.from({ length: count }, (_, n): Message[] => [
    { role: "user", content: `q${n}`.padEnd(size, "x") },
    { role: "assistant", content: `a${n}`.padEnd(size, "x") },
  ]).flat();
}

test("prompt says who the bot is, where it is, and who asks", () => {
  assert.deepEqual(buildPrompt(PARTS), [
    {
      role: "system",
      content: `You are Rosey, a friendly and quick-witted regular of this chat.\n\n${HERE}`,
    },
    { role: "user", content: "alice: what is on?" },
  ]);
});

test("prompt names what plays where something does", () => {
  assert.ok(systemOf({ media: "A film" }).endsWith(`${HERE}\nNow playing: A film`));
  assert.ok(systemOf({ media: "" }).endsWith(HERE));
});

test("prompt takes the operator's persona with both names put in, literally", () => {
  const cases = [
    ["I am {bot} of {channel}, {bot}!", "I am Rosey of room, Rosey!"],
    ["{user} {BOT} {toString} $& {}", "{user} {BOT} {toString} $& {}"],
    ["  padded\n", "padded"],
    ["", "You are Rosey, a friendly and quick-witted regular of this chat."],
    ["   ", "You are Rosey, a friendly and quick-witted regular of this chat."],
  ] as const;
  for (const [persona, shown] of cases) assert.equal(systemOf({ persona }), `${shown}\n\n${HERE}`);
  const odd = { persona: "{bot} {channel}", bot: "$&", channel: "{bot}" };
  assert.ok(systemOf(odd).startsWith("$& {bot}\n\n"));
});

test("prompt puts the conversation between, oldest first", () => {
  const history = turns(2, 4);
  assert.deepEqual(buildPrompt({ ...PARTS, history }).slice(1), [
    ...history,
    { role: "user", content: asked("alice", "what is on?") },
  ]);
});

test("prompt leaves out the oldest whole turns where all would be too long", () => {
  const history = turns(10, 2000);
  const messages = buildPrompt({ ...PARTS, history });
  assert.equal(messages[0]!.role, "system");
  assert.equal(messages.at(-1)!.content, "alice: what is on?");
  assert.deepEqual(messages.slice(1, -1), history.slice(-10));
  assert.equal(messages[1]!.role, "user");
});

test("prompt fills its budget of 24000 characters exactly", () => {
  const base = buildPrompt(PARTS).reduce((sum, { content }) => sum + content.length, 0);
  const room = 24_000 - base;
  const turn = (size: number): Message[] => [
    { role: "user", content: "x".repeat(size - 1) },
    { role: "assistant", content: "y" },
  ];
  assert.equal(buildPrompt({ ...PARTS, history: turn(room) }).length, 4);
  assert.equal(buildPrompt({ ...PARTS, history: turn(room + 1) }).length, 2);
});

test("prompt holds system and question whole even where they alone are too long", () => {
  const persona = "p".repeat(30_000);
  const text = "t".repeat(30_000);
  const messages = buildPrompt({ ...PARTS, persona, text, history: turns(3, 10) });
  assert.deepEqual(messages, [
    { role: "system", content: `${persona}\n\n${HERE}` },
    { role: "user", content: `alice: ${text}` },
  ]);
});

test("prompt's budget leaves room for the answer, and half of a window that is small", () => {
  assert.equal(promptBudget(undefined, 3.5), 24_000);
  assert.equal(promptBudget(4096, 3), (4096 - 768) * 3);
  assert.equal(promptBudget(1024, 3), 512 * 3);
  assert.equal(promptBudget(131_072, 3), 24_000);
});

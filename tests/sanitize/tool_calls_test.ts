import { test } from "../testing.ts";
import { checkTrimmed } from "./trimmed.ts";

test("ends a reply at a call of a tool", () => {
  checkTrimmed([
    ['{"name": "search", "arguments": {"q": "alien"}}', "", "tool call"],
    ['{"name":"search","parameters":{}}', "", "tool call"],
    ['{\n  "name": "search",\n  "arguments": {}\n}', "", "tool call"],
    ['[{"name": "search", "arguments": {}}]', "", "tool call"],
    ['{"tool_calls": [{"id": 1}]}', "", "tool call"],
    ['{"type": "function", "function": {}}', "", "tool call"],
    ['{"action": "search", "action_input": "x"}', "", "tool call"],
    ["<tool_call>\n{}\n</tool_call>", "", "tool call"],
    ["<function=search>{}</function>", "", "tool call"],
    ["```tool_code\nprint(search())\n```", "", "tool call"],
    ['Sure! ```json\n{"name": "search", "arguments": {}}\n```', "Sure!", "tool call"],
    ['I look it up:\n```\n{"name": "search", "arguments": {}}\n```', "", "tool call"],
    ['Sure. <tool_call>{"name": "search"}', "Sure.", "tool call"],
  ]);
});

test("keeps other JSON and tags", () => {
  const texts = [
    '{"name": "alice", "age": 30}',
    '{"type": "film"}',
    "the function search(q) and its arguments",
    "<tool> is no tag",
    "[1, 2, 3]",
    "```json\n{}\n```",
  ];
  checkTrimmed(texts.map((text) => [text, text]));
});

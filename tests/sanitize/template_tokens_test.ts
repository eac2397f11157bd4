import { assertEquals } from "@std/assert";
import { breakTokens, skipTokens, templateToken } from "../../src/sanitize/template_tokens.ts";
import { test } from "../testing.ts";
import { checkTrimmed, trimmed } from "./trimmed.ts";

const TOKENS = [
  "<|im_end|>",
  "<|im_start|>",
  "<|eot_id|>",
  "<|start_header_id|>",
  "<|end|>",
  "<|endoftext|>",
  "<|user|>",
  "<|END_OF_TURN_TOKEN|>",
  "<|reserved_special_token_0|>",
  "<|python_tag|>",
  "<end_of_turn>",
  "<start_of_turn>",
  "<turn|>",
  "<eos>",
  "</s>",
  "[INST]",
  "[/INST]",
  "<<SYS>>",
  "<｜end▁of▁sentence｜>",
  "<｜User｜>",
  "[|endofturn|]",
];

test("ends a reply at the first template token after text", () => {
  for (const token of TOKENS) {
    assertEquals(trimmed(`Hello!${token}`), {
      text: "Hello!",
      ended: true,
      reason: "template token",
    });
    assertEquals(trimmed(`Hello! ${token}\nuser\nand you?`).text, "Hello!", token);
  }
});

test("removes template tokens and roles from the start", () => {
  for (const token of TOKENS) assertEquals(trimmed(`${token} Hello!`).text, "Hello!", token);
  checkTrimmed([
    ["<|im_start|>assistant\nHi", "Hi"],
    ["<|im_start|>assistant Hi", "Hi"],
    ["<|start_header_id|>assistant<|end_header_id|>\n\nHi<|eot_id|>", "Hi", "template token"],
    ["<start_of_turn>model\nHi<end_of_turn>", "Hi", "template token"],
    ["[/INST] Hi </s>", "Hi", "template token"],
    ["<|assistant|>\nHi", "Hi"],
    ["assistant\nHi", "Hi"],
    ["Assistant:\nHi", "Hi"],
    ["<|im_end|>\n<|im_start|>assistant\nRosey: Hi", "Hi"],
    ["[/INST] User guides are long", "User guides are long"],
    ["<s>Hi</s>", "Hi", "template token"],
    ["assistant", "assistant"],
    ["<|eot_id|>", ""],
  ]);
});

test("removes a token that a limit cut, and keeps what only looks like one", () => {
  checkTrimmed([
    ["Hello <|im_e", "Hello"],
    ["Hello <｜end▁of", "Hello"],
    ["Hello <end_of_tu", "Hello"],
    ["Hello [/INST", "Hello"],
    ["He is <s>old</s> new", "He is <s>old</s> new"],
    ["a <| b |> c", "a <| b |> c"],
    ["a || b |> c", "a || b |> c"],
    ["[INSTALL] it", "[INSTALL] it"],
  ]);
});

test("reads the start of a text only once", () => {
  assertEquals(skipTokens("<|im_end|>".repeat(400), 0), 4000);
  assertEquals(templateToken("no token, <|just this"), undefined);
});

test("breaks every token and keeps the rest of a text", () => {
  for (const token of [...TOKENS, "<s>", "<bos>", "[AVAILABLE_TOOLS]", "<|turn>"]) {
    const broken = `${token[0]} ${token.slice(1)}`;
    assertEquals(breakTokens(`a ${token}${token}b`), `a ${broken}${broken}b`);
    assertEquals(breakTokens(broken), broken);
    assertEquals(breakTokens(`<|${token}<<${token}|>`), `<|${broken}<<${broken}|>`);
  }
  const harmless = ["<3", "a <b> c", "x < y | z", "a <| b |> c", "[INSTALL] it", "<S>", ""];
  for (const text of harmless) assertEquals(breakTokens(text), text);
});

import { assertEquals, assertLess, assertThrows } from "@std/assert";
import { ProviderError } from "../../src/llm/errors.ts";
import { hidesBegin, readThoughts, withoutThoughts } from "../../src/llm/reasoning.ts";
import { type ReasoningFormat, ReplyReader } from "../../src/llm/reply_reader.ts";
import { test } from "../testing.ts";

/** Marks of models; the answer in each text is `Yes.` */
const PAIRS: readonly (readonly [model: string, begin: string, end: string])[] = [
  ["DeepSeek, Qwen", "<think>\n", "\n</think>\n\n"],
  ["Reflection", "<thinking>", "</thinking>"],
  ["EXAONE Deep", "<thought>\n", "\n</thought>\n\n"],
  ["tuned ones", "<reasoning>", "</reasoning>"],
  ["Seed-OSS", "<seed:think>", "</seed:think>"],
  ["one with blanks", "<think >", "</think\n>"],
  ["one with attributes", '<Think effort="high" lang=en>', "</THINK>"],
  ["Magistral", "[THINK]", "[/THINK]"],
  ["Kimi-VL", "◁think▷", "◁/think▷"],
  ["Command A", "<|START_THINKING|>", "<|END_THINKING|><|START_RESPONSE|>"],
  ["North", "<|START_THINKING|>", "<|END_THINKING|><|START_TEXT|>"],
  ["OpenThinker", "<|begin_of_thought|>\n\n", "<|end_of_thought|>\n\n<|begin_of_solution|>"],
  ["Apertus", "<|inner_prefix|>", "<|inner_suffix|>"],
  ["Gemma 4", "<|channel>thought\n", "<channel|>"],
  [
    "gpt-oss",
    "<|channel|>analysis<|message|>",
    "<|end|><|start|>assistant<|channel|>final<|message|>",
  ],
  ["gpt-oss that skips the end", "<|channel|>analysis<|message|>", "<|channel|>final<|message|>"],
];

const WHOLE: readonly (readonly [what: string, text: string])[] = [
  ...PAIRS.map(([model, begin, end]) => [model, `${begin}Hm.${end}Yes.`] as const),
  ["several blocks", "<think>a</think>Y<think>b</think>e[THINK]c[/THINK]s."],
  ["nested blocks", "<thinking>a<thinking>b</thinking>c</thinking>Yes."],
  ["blocks of another kind within", "<thinking>a<think>b</think>c[/THINK]</thinking>Yes."],
  [
    "Command A's frame",
    "<|START_THINKING|>a<|END_THINKING|><|START_RESPONSE|>Yes.<|END_RESPONSE|>",
  ],
  ["OpenThinker's frame", "<|begin_of_solution|>\nYes.\n<|end_of_solution|>"],
  [
    "gpt-oss that comments",
    "<|start|>assistant<|channel|>analysis<|message|>a<|end|>" +
    "<|start|>assistant<|channel|>commentary to=functions.x json<|message|>{}<|call|>" +
    "<|start|>assistant<|channel|>commentary<|message|>b<|end|>" +
    "<|start|>assistant<|channel|>final<|message|>Yes.<|return|>",
  ],
  ["gpt-oss that thinks no more", "<|start|>assistant<|channel|>final<|message|>Yes.<|end|>"],
  ["Solar Open", "<|think|>a<|end|><|begin|>assistant<|content|>Yes.<|end|>"],
  ["one that tags its answer", "<think>a</think><answer>Yes.</answer>"],
  ["gpt-oss without special tokens", "analysisThe user asks.assistantfinalYes."],
];

for (const [what, text] of WHOLE) {
  test(`removes reasoning: ${what}`, () => {
    for (let at = 0; at <= text.length; at++) {
      const reader = new ReplyReader({ thinking: "unknown" }, "");
      reader.add(text.slice(0, at));
      reader.add(text.slice(at));
      assertEquals(reader.end(true).text, "Yes.", `split at ${at}`);
    }
  });
}

test("a block without an end tag is reasoning to the end", () => {
  for (const [model, begin, end] of PAIRS) {
    assertEquals(withoutThoughts(`${begin}Hm. Or is it`), "", model);
    assertEquals(withoutThoughts(`Yes.${begin}Hm. Or is it`), "Yes.", model);
    assertEquals(readThoughts(`${begin}Hm.`).loneEnd, false, model);
    const other = end === "[/THINK]" ? "◁/think▷" : "[/THINK]";
    assertEquals(withoutThoughts(`${begin}Hm.${other}Or is it`), "", model);
  }
});

test("all text before an end tag without a begin tag is reasoning", () => {
  for (const [model, , end] of PAIRS) {
    assertEquals(withoutThoughts(`Hm.${end}Yes.`), "Yes.", model);
    assertEquals(withoutThoughts(`Hm.${end}Or is it?${end}Yes.`), "Yes.", model);
    assertEquals(readThoughts(`Hm.${end}Yes.`).loneEnd, true, model);
  }
  assertEquals(readThoughts("<think>Hm.</think>Yes.").loneEnd, false);
});

test("keeps text that only resembles marks", () => {
  for (
    const text of [
      "[THINK about it]",
      "[think] before you speak, [Think], [/think]",
      "I <3 you",
      "<think about it> is no tag, </think",
      "< think >, <thinker>, <rethink>, <seed>",
      "channel, message, final; |think|",
      "<|CHANNEL|> <|im_end|> <channel>",
      "an AssistantFinal payload",
      "◁ think ▷",
    ]
  ) {
    assertEquals(withoutThoughts(text), text);
    assertEquals(readThoughts(text).loneEnd, false, text);
  }
});

test("a begin tag within a sentence begins reasoning", () => {
  assertEquals(withoutThoughts("I <think> it is"), "I");
});

test("finds reasoning in linear time", () => {
  const marks = PAIRS.flatMap(([, begin, end]) => [begin, end, `${end}${begin}`]);
  const halves = ["<think ", "<think a=", "<think a=b ", "<think\n\n", "<|channel|", "[", "◁"];
  for (const part of [...marks, ...halves, "{{", "{{ if .Think }}", "{{ end }}"]) {
    for (const read of [withoutThoughts, hidesBegin]) {
      // The minimum of five runs excludes other load of the machine.
      const ratios = Array.from({ length: 5 }, () => once(read, part));
      assertLess(Math.min(...ratios), 8, `${read.name}: ${JSON.stringify(part)}: ${ratios}`);
    }
  }
});

/** Time for a whole text relative to its 16 pieces: 1 is linear, 16 quadratic. */
function once(read: (text: string) => unknown, part: string): number {
  const piece = part.repeat(4096 / part.length);
  const whole = piece.repeat(16);
  const begun = performance.now();
  for (let pieces = 0; pieces < 16; pieces++) read(piece);
  const between = performance.now();
  read(whole);
  return (performance.now() - between) / (between - begun);
}

/** Parts of templates of Ollama's library and others. */
const TEMPLATES: readonly (readonly [what: string, template: string, hides: boolean])[] = [
  ["ChatML", "{{ .Content }}<|im_end|>\n<|im_start|>assistant\n", false],
  ["nothing but the prompt", "{{ .Prompt }}", false],
  ["none", "", false],
  [
    "QwQ",
    `{{- if and (ne .Role "assistant") $last }}<|im_start|>assistant\n<think>\n{{ end }}{{ end }}`,
    true,
  ],
  [
    "a distill of DeepSeek's R1",
    "{{ if .System }}{{ .System }}{{ end }}<｜User｜>{{ .Prompt }}<｜Assistant｜><think>\n" +
    "{{ .Response }}<｜end▁of▁sentence｜>",
    true,
  ],
  ["one that has it in an action", `{{ .Prompt }}{{ "<think>" }}`, true],
  ["Seed-OSS", "<seed:bos>assistant\n<seed:think>", true],
  ["Command A", "<|START_OF_TURN_TOKEN|><|CHATBOT_TOKEN|><|START_THINKING|>", true],
  ["Command A, not thinking", "<|CHATBOT_TOKEN|><|START_THINKING|><|END_THINKING|>", false],
  ["an example of how to think", "Answer like <think>so</think>\n\n{{ .Prompt }}", false],
  [
    "Qwen3: closed where it shall not think",
    "<|im_start|>assistant\n{{ if and $.IsThinkSet (not $.Think) -}}\n<think>\n\n</think>\n\n{{ end -}}",
    false,
  ],
  [
    "DeepSeek 3.1: closed by another branch",
    "{{- if and $.IsThinkSet $.Think -}}\n<think>\n{{- else -}}\n</think>\n{{- end }}",
    false,
  ],
  [
    "the same the other way round",
    "{{- if and $.IsThinkSet (not $.Think) -}}<think></think>{{- else -}}<think>{{- end }}",
    false,
  ],
  [
    "one that asks further out",
    "{{ if .Messages }}{{ if $.Think }}{{ if $last }}<think>{{ end }}{{ end }}{{ end }}",
    false,
  ],
  [
    "Qwen3-Next: asks for the past alone",
    "{{ if and $.IsThinkSet .Thinking }}<think>{{ .Thinking }}</think>{{ else if .Think }}{{ end }}" +
    "{{/* if $.Think */}}{{ if $last }}<|im_start|>assistant\n<think>\n{{ end }}",
    true,
  ],
  [
    "Jinja, which llama.cpp reads",
    "{%- if add_generation_prompt %}{{- '<|im_start|>assistant\\n<think>\\n' }}{%- endif %}",
    false,
  ],
  [
    "gpt-oss",
    "<|start|>assistant<|channel|>analysis<|message|>{{ .Thinking }}<|end|>" +
    "<|start|>assistant<|channel|>final<|message|>{{ .Content }}<|end|>" +
    "<|start|>functions.x to=assistant<|channel|>commentary<|message|>{{ .Content }}<|end|>" +
    "<|start|>assistant",
    false,
  ],
  ["more ends than blocks", "{{ end }}{{ else }}{{ end }} }} {{ <think>", true],
];

for (const [what, template, hides] of TEMPLATES) {
  test(`a template ${hides ? "has" : "does not have"} the begin tag in the prompt: ${what}`, () => {
    assertEquals(hidesBegin(template), hides);
  });
}

const CUT = "The user greets me. I could";
const manners: [ReasoningFormat["thinking"], string, boolean, ReasoningFormat["thinking"]][] = [
  ["presumed", "<think>Hm.</think>Yes.", true, "marked"],
  ["presumed", "Hm.</think>Yes.", true, "unmarked"],
  ["presumed", "Yes.", true, "plain"],
  ["presumed", CUT, false, "presumed"],
  ["unmarked", "Yes.", true, "unmarked"],
  ["unknown", CUT, false, "unknown"],
];

for (const [before, text, complete, after] of manners) {
  test(`the format changes from ${before} to ${after} after the answer ${text}`, () => {
    const reasoningFormat: ReasoningFormat = { thinking: before };
    const reader = new ReplyReader(reasoningFormat, "");
    reader.add(text);
    if (before === "presumed" && !complete) {
      assertEquals(
        assertThrows(() => reader.end(complete), ProviderError, "whole length").kind,
        "empty",
      );
    } else reader.end(complete);
    assertEquals(reasoningFormat.thinking, after);
  });
}

test("discards reasoning without tags that ends before the answer", () => {
  assertEquals(withoutThoughts("analysisThe user asks for a film. I"), "");
  assertEquals(withoutThoughts("analysis of the film: dull"), "analysis of the film: dull");
});

import { assertEquals } from "@std/assert";
import { isCloudName, sameModel } from "../../src/llm/model_name.ts";
import { test } from "../testing.ts";

const SAME = [
  ["llama3.2", "llama3.2:latest"],
  ["llama3.2:3b", "Llama3.2:3B"],
  ["library/llama3.2:3b", "llama3.2:3b"],
  ["Library/Llama3.2", "llama3.2"],
  ["registry.ollama.ai/library/llama3.2:3b", "llama3.2:3b"],
  ["https://registry.ollama.ai/library/llama3.2:3b", "llama3.2:3b"],
  ["registry.ollama.ai/alice/pirate", "alice/pirate:latest"],
  ["http://registry.lan:5000/alice/pirate:q4", "registry.lan:5000/alice/pirate:q4"],
  ["registry.lan:5000/alice/pirate", "registry.lan:5000/alice/pirate:latest"],
  ["hf.co/bartowski/Llama-3.2-3B-GGUF:Q4_K_M", "HF.co/bartowski/llama-3.2-3b-gguf:q4_k_m"],
  ["hf.co/bartowski/Llama-3.2-3B-GGUF", "hf.co/bartowski/Llama-3.2-3B-GGUF:latest"],
  [" llama3.2 ", "llama3.2"],
  // The source of a model, as the server's lists have it.
  ["gpt-oss:20b:cloud", "gpt-oss:20b-cloud"],
  ["glm-5:cloud", "GLM-5:Cloud"],
  ["gpt-oss:20b:local", "gpt-oss:20b"],
  ["gpt-oss:local", "gpt-oss"],
] as const;

const DIFFERENT = [
  ["llama3.2", "llama3.2:3b"],
  ["llama3.2:3b", "llama3.2:1b"],
  ["alice/llama3.2", "llama3.2"],
  ["alice/llama3.2", "bob/llama3.2"],
  ["hf.co/bartowski/Llama-3.2-3B-GGUF:Q4_K_M", "hf.co/bartowski/Llama-3.2-3B-GGUF:Q8_0"],
  ["hf.co/bartowski/Llama-3.2-3B-GGUF", "huggingface.co/bartowski/Llama-3.2-3B-GGUF"],
  ["registry.lan:5000/library/llama3.2", "registry.lan:5001/library/llama3.2"],
  ["registry.lan:5000/library/llama3.2", "llama3.2"],
  ["gpt-oss:20b-cloud", "gpt-oss:20b"],
  ["gpt-oss:cloud", "gpt-oss"],
  // Ollama refuses an empty tag.
  ["llama3.2:", "llama3.2"],
  ["", "latest"],
] as const;

test("names of one model are the same, whatever Ollama's defaults they leave out", () => {
  for (const [one, other] of SAME) {
    assertEquals([sameModel(one, other), sameModel(other, one)], [true, true], `${one} ${other}`);
  }
});

test("names of two models are different", () => {
  for (const [one, other] of DIFFERENT) {
    assertEquals([sameModel(one, other), sameModel(other, one)], [false, false], `${one} ${other}`);
  }
});

test("a tag tells a model of Ollama's cloud, another part of the name does not", () => {
  const cloud = ["glm-5:cloud", "gpt-oss:120b-cloud", "gpt-oss:20b:Cloud", "alice/mine:Q4-CLOUD"];
  const local = ["glm-5", "test-cloud", "cloud", "cloud/mine:7b", "cloud:5000/a/b", "x:clouds"];
  assertEquals(cloud.filter((name) => !isCloudName(name)), []);
  assertEquals(local.filter(isCloudName), []);
});

import { assertEquals } from "@std/assert";
import { loadConfig } from "../../src/config/load.ts";
import { test } from "../testing.ts";

function warningsOf(llm: Readonly<Record<string, unknown>>, env: Record<string, string> = {}) {
  const text = JSON.stringify({ channel: "c", user: "u", llm });
  return loadConfig("c.json", { env: (name) => env[name], readFile: () => text }).warnings;
}

test("configuration warns of settings that the provider's servers ignore", () => {
  const openai = { provider: "OpenAI", openai_base_url: "http://gpu:8000/v1" };
  for (
    const [llm, warnings] of [
      [{ ...openai, ollama_host: "http://gpu" }, [
        "llm.ollama_host has no effect: llm.provider is openai",
      ]],
      [{ ...openai, keep_alive: -1 }, ["llm.keep_alive has no effect: llm.provider is openai"]],
      [{ ...openai, options: { num_ctx: 8192, temperature: 0.3 } }, [
        "llm.options.num_ctx may have no effect: most of these servers ignore it; set it where the server starts",
      ]],
      [{ ...openai, options: { stream: false } }, [
        "llm.options.stream has no effect: the bot sets it itself",
      ]],
      [{ ...openai, options: { num_predict: 200, max_tokens: 300 } }, [
        "llm.options.num_predict has no effect: max_tokens counts",
      ]],
      [{ ...openai, think: true, options: { reasoning_effort: "low" } }, [
        "llm.think has no effect: options.reasoning_effort counts",
      ]],
      [{ openai_base_url: "http://gpu:8000/v1" }, [
        "llm.openai_base_url has no effect: llm.provider is ollama",
      ]],
      [{ openai_api_key: "sk-1234" }, ["llm.openai_api_key has no effect: llm.provider is ollama"]],
      [{ options: { max_tokens: 200, reasoning_effort: "low" } }, [
        "llm.options.max_tokens has no effect: for Ollama it is num_predict in llm.options",
        "llm.options.reasoning_effort has no effect: for Ollama it is llm.think",
      ]],
    ] as const
  ) assertEquals(warningsOf(llm), [...warnings]);
});

test("configuration does not warn of defaults, nor of variables that other programs use", () => {
  const template = { keep_alive: "5m", ollama_host: "http://localhost:11434", openai_api_key: "" };
  const env = { OLLAMA_HOST: "http://gpu", OPENAI_API_KEY: "sk-1234" };
  for (const provider of ["ollama", "openai"]) {
    assertEquals(warningsOf({ ...template, provider }, env), []);
    assertEquals(warningsOf({ ...template, provider }), []);
  }
});

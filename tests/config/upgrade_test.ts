import { assertEquals } from "@std/assert";
import { loadConfig } from "../../src/config/load.ts";
import { test } from "../testing.ts";

/** Configurations for version 0.1.0. Do not change them. */
const FOLDER = new URL("../fixtures/config/", import.meta.url);
const VARIABLES: Record<string, string> = { BOT_PASSWORD: "hunter22", GPU_KEY: "gpu-key" };

function load(name: string) {
  const env = (variable: string) => VARIABLES[variable];
  return loadConfig(new URL(name, FOLDER).pathname, { env });
}

test("configuration of version 0.1.0 with every documented key loads, with a warning of what has no effect", () => {
  const { settings, warnings, secrets } = load("config-v0.1.0.json");
  assertEquals(warnings, [
    "llm.ollama_host has no effect: llm.provider is openai",
    "llm.keep_alive has no effect: llm.provider is openai",
    "llm.options.num_ctx may have no effect: most of these servers ignore it; set it where the server starts",
  ]);
  const { llm } = settings;
  assertEquals([settings.channel.password, settings.user.password], ["the-door", "hunter22"]);
  assertEquals(llm.ollamaHosts.map(({ apiKey }) => apiKey), [
    undefined,
    "gpu-key",
    "sk-of-a-file",
  ]);
  assertEquals([llm.persona.text, llm.personas.poet?.text], [
    "You are {bot}, a pirate in {channel}.\n",
    "You are a poet.\n",
  ]);
  assertEquals(new Set(secrets), new Set(["the-door", "hunter22", "gpu-key", "sk-of-a-file"]));
});

test("configuration made of version 0.1.0's template loads without a warning", () => {
  assertEquals(load("template-v0.1.0.json").warnings, []);
});

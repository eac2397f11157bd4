import { assertEquals } from "@std/assert";
import { serversOf } from "../src/config/servers.ts";
import type { LlmSettings } from "../src/config/settings.ts";
import { RuntimeSettings } from "../src/runtime_settings.ts";
import { settingsOf } from "./fakes/room_scene.ts";
import { test } from "./testing.ts";

test("a chosen model is used on every server but the fallbacks", () => {
  const hosts = ["http://a", { url: "http://b", model: "big" }];
  const fallbacks = [{ ollama_host: "http://c" }, { model: "gpt", openai_base_url: "http://d" }];
  const { llm } = settingsOf({ llm: { model: "small", ollama_host: hosts, fallbacks } });
  let applied: LlmSettings = llm;
  const settings = new RuntimeSettings(llm, (llm) => applied = llm);
  const models = () => serversOf(applied).map(({ model }) => model);
  settings.chooseModel("other");
  assertEquals(models(), ["other", "other", "small", "gpt"]);
  settings.chooseModel("small:latest");
  assertEquals(models(), ["small", "big", "small", "gpt"]);
});

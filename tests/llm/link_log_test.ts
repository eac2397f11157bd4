import assert from "node:assert/strict";
import { LinkLog } from "../../src/llm/link_log.ts";
import { setupLogging } from "../../src/log.ts";
import { ScriptedProvider } from "../fakes/scripted_provider.ts";
import { test } from "../testing.ts";

test("a server without the model is logged with what it has, and how the model gets there", async () => {
  const said: string[] = [];
  const write = (line: string) => said.push(line);
  await using _logging = await setupLogging({ level: "WARN", format: "journal", write });
  for (const models of [[], ["llama3.2:3b", "qwen3:4b"], ["m:latest"], undefined]) {
    new LinkLog(new ScriptedProvider()).found({ models });
  }
  const remedy = "run: rosey pull m (or on the server: ollama pull m)";
  assert.deepEqual(said, [
    `<4>Model "m" is not on http://gpu:11434: it has none; ${remedy}`,
    `<4>Model "m" is not on http://gpu:11434: it has llama3.2:3b, qwen3:4b; ${remedy}`,
  ]);
});

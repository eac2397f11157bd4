import { assertEquals } from "@std/assert";
import { DemoChannel } from "../../src/demo/channel/server.ts";
import { FakeOllama } from "../fakes/ollama/server.ts";
import { TraceClient } from "../demo/client.ts";
import { test } from "../testing.ts";
import { Rosey } from "./rosey.ts";

test("no level of the log quotes a private message or a command in one", async () => {
  await using ollama = FakeOllama.start({ reply: () => "Psst: whispered.", tokenDelayMs: 0 });
  const accounts = { moddy: { password: "pw", rank: 3 } };
  await using channel = await DemoChannel.start({ accounts });
  await using rosey = Rosey.start(channel.url, {
    llm: { ollama_host: ollama.url },
    config: { log_level: "DEBUG" },
  });
  await rosey.ready();
  await rosey.line("LLM enabled");
  await using client = await TraceClient.connect(channel.url);
  await client.login("moddy", "pw");
  await client.join(channel.name);
  client.emit("pm", { to: "Rosey", msg: "rosey, a confidential matter", meta: {} });
  await rosey.line("LLM response: user=moddy");
  client.emit("pm", { to: "Rosey", msg: "!persona confidential", meta: {} });
  await rosey.line("Command persona of moddy");
  await rosey.stop();
  const quoting = rosey.log.filter((line) => /confidential|whispered/.test(line));
  assertEquals(quoting, []);
});

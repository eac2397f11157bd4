import { assertEquals, assertGreater } from "@std/assert";
import { SCRIPTED_MODEL, serveScriptedModel } from "../../src/demo/model_server.ts";
import { scriptedReply } from "../../src/demo/scripted_model.ts";
import { test } from "../testing.ts";

const MESSAGES = [{ role: "user", content: "alice: hey rosey, tell a joke" }];

test("the demo's model server lists its model as pulled and loaded", async () => {
  await using server = serveScriptedModel();
  for (const path of ["tags", "ps"]) {
    const response = await fetch(`http://127.0.0.1:${server.addr.port}/api/${path}`);
    const { models } = await response.json();
    assertEquals(models.map(({ name }: { name: string }) => name), [SCRIPTED_MODEL]);
  }
});

test("the demo's model server loads, answers at once, and streams words", async () => {
  await using server = serveScriptedModel();
  const chat = (body: unknown) =>
    fetch(`http://127.0.0.1:${server.addr.port}/api/chat`, {
      method: "POST",
      body: JSON.stringify(body),
    });
  assertEquals((await (await chat({})).json()).done_reason, "load");
  const whole = await (await chat({ messages: MESSAGES, stream: false })).json();
  assertEquals([whole.message.content, whole.done], [scriptedReply(MESSAGES), true]);
  const text = await (await chat({ messages: MESSAGES })).text();
  const lines = text.trimEnd().split("\n").map((line) => JSON.parse(line));
  assertGreater(lines.length, 3);
  assertEquals(lines.map(({ message }) => message.content).join(""), scriptedReply(MESSAGES));
  assertEquals(lines.map(({ done }) => done), [...lines.slice(1).map(() => false), true]);
});

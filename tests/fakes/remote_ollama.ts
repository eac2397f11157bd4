/**
 * The model's host as a program: `remote_ollama.ts <address> <port> <load in ms>`. Prints `READY`,
 * each request, and `SPEAKING` when a reply has begun. A "long story" takes 20 s; any other reply
 * repeats the last word of the question.
 */
import { delay } from "../../src/clock.ts";
import { FakeOllama } from "./ollama/server.ts";
import type { ChatMessage } from "./ollama/server.ts";

async function* reply(messages: ChatMessage[]): AsyncGenerator<string> {
  const asked = messages.at(-1)?.content ?? "";
  if (!/long story/.test(asked)) {
    yield `I hear ${/(\w+)\W*$/.exec(asked)?.[1] ?? "nothing"}.`;
    return;
  }
  for (let words = 0; words < 200; words++) {
    yield "and then ";
    if (words === 2) console.log("SPEAKING");
    await delay(100);
  }
}

const [hostname, port, load] = Deno.args;
FakeOllama.start({
  hostname,
  port: Number(port),
  reply,
  loadDelayMs: Number(load),
  onRequest: ({ method, path }) => console.log(method, path),
});
console.log("READY");

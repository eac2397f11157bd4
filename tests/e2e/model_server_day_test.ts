import { assert, assertEquals } from "@std/assert";
import { DemoChannel } from "../../src/demo/channel/server.ts";
import { makeCerts } from "../fakes/certs.ts";
import { documented, Nginx } from "../fakes/nginx.ts";
import { FaultyOllama } from "../fakes/ollama/faulty.ts";
import { test } from "../testing.ts";
import { Rosey } from "./rosey.ts";

const NUM_CTX = 4096;
/** A load is longer than an answer may take. */
const LOAD_MS = 3000;
const RESPONSE_TIMEOUT_SECONDS = 2;
const FULL = "model requires more system memory (9.0 GiB) than is available (4.0 GiB)";

test(
  "after each change of the model server the next question but one is answered",
  async (t) => {
    const machine = { reply: () => "Here.", tokenDelayMs: 0, loadDelayMs: LOAD_MS };
    await using first = FaultyOllama.start(machine);
    await using second = FaultyOllama.start(machine);
    await using certs = await makeCerts();
    await using nginx = await Nginx.start({
      server: documented("Behind a TLS proxy"),
      certs,
      set: { proxy_pass: first.url },
      http2: true,
      reloads: true,
    });
    await using channel = await DemoChannel.start({});
    await using rosey = Rosey.start(channel.url, {
      llm: {
        ollama_host: nginx.url,
        ca_file: certs.caPath,
        options: { num_ctx: NUM_CTX },
        response_timeout: RESPONSE_TIMEOUT_SECONDS,
        first_token_timeout: RESPONSE_TIMEOUT_SECONDS,
      },
    });
    await rosey.ready();

    let asked = 0;
    /** Whether the next question is answered, before the bot gives up. */
    const isAnswered = async () => {
      const asker = `asker${++asked}`;
      const from = rosey.log.length;
      channel.say(asker, "rosey?");
      const result = new RegExp(
        `LLM (?:response: user=${asker},|error|timeout|connection error)|No answer for ${asker}:`,
      );
      return (await rosey.line(result, { from })).includes(`LLM response: user=${asker}`);
    };
    assert(await isAnswered());
    for (const [change, lost, happen] of changes(first, second, nginx, isAnswered)) {
      await t.step(`the server ${change}`, async () => {
        await happen();
        const from = rosey.log.length;
        const first = await isAnswered();
        // A question finds out that the server is back, at most once in two seconds.
        const isDown = rosey.log.slice(from).some((line) =>
          /(?:model|server) unavailable/.test(line)
        );
        if (isDown) await rosey.line("LLM enabled", { from, timeoutMs: 10_000 });
        const answered = [first, await isAnswered()];
        const message = `answered: ${answered}; the log:\n${rosey.log.join("\n")}`;
        assert(answered.indexOf(true) <= lost && answered[1], message);
      });
    }
  },
  { needs: ["nginx", "openssl"] },
);

/** What happens to the server, and how many questions may be lost afterwards, besides those meanwhile. */
function changes(
  first: FaultyOllama,
  second: FaultyOllama,
  nginx: Nginx,
  isAnswered: () => Promise<boolean>,
): [change: string, lost: 0 | 1, happen: () => Promise<void>][] {
  const body = JSON.stringify({ error: FULL });
  return [
    ["is switched off and on", 1, async () => {
      await first.stop();
      assertEquals(await isAnswered(), false);
      first.restart();
    }],
    ["moves to another machine behind an nginx that is reloaded", 1, async () => {
      await first.stop();
      await nginx.reload(second.url);
    }],
    ["is upgraded", 1, async () => {
      await second.stop();
      await unload(second);
      assertEquals(await isAnswered(), false);
      second.restart();
    }],
    ["has no memory left for a while", 1, async () => {
      await unload(second);
      second.fault = { kind: "status", status: 500, body, on: "chat" };
      assertEquals(await isAnswered(), false);
      second.fault = null;
    }],
    ["is behind an nginx that is reloaded", 1, () => nginx.reload(second.url)],
    ["loads the model for another client with another window", 0, () => loadOther(second)],
    ["loads it for the other client again", 0, () => loadOther(second)],
  ];
}

function unload({ backend }: FaultyOllama): Promise<void> {
  return generate(backend.url, { keep_alive: 0 });
}

function loadOther({ backend }: FaultyOllama): Promise<void> {
  return generate(backend.url, { options: { num_ctx: NUM_CTX / 2 } });
}

async function generate(url: string, asked: Record<string, unknown>): Promise<void> {
  const body = JSON.stringify({ model: "rosey-demo", ...asked });
  const response = await fetch(`${url}/api/generate`, { method: "POST", body });
  await response.text();
}

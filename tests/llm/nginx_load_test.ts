import { assertEquals, assertMatch } from "@std/assert";
import { type Clock, systemClock } from "../../src/clock.ts";
import { parseHost } from "../../src/config/ollama_host.ts";
import { FakeOllama } from "../fakes/ollama/server.ts";
import { OllamaProvider } from "../../src/llm/ollama.ts";
import { setupLogging } from "../../src/log.ts";
import { makeCerts } from "../fakes/certs.ts";
import { documented, Nginx } from "../fakes/nginx.ts";
import { poolOf } from "../fakes/scripted_provider.ts";
import { test } from "../testing.ts";

const never = new AbortController().signal;
const QUESTION = [{ role: "user", content: "alice: rosey?" }] as const;

/** Ten times as fast as the real time. */
const fast: Clock = {
  ...systemClock,
  now: () => 10 * systemClock.now(),
  setTimer: (fn, ms) => systemClock.setTimer(fn, ms / 10),
};

test(
  "loads a model that takes longer than nginx's timeout before the first request",
  async () => {
    await using certs = await makeCerts();
    // Each load is faster, as data stays in the server's memory.
    await using ollama = FakeOllama.start({
      loadDelayMs: [5000, 2500, 300],
      reply: () => "Fine.",
      tokenDelayMs: 0,
    });
    const set = { proxy_pass: ollama.url, proxy_read_timeout: "1s" };
    await using nginx = await Nginx.start({ server: documented("Behind a TLS proxy"), certs, set });
    const server = { ...parseHost(nginx.url), model: "rosey-demo" };
    const provider = new OllamaProvider({
      server,
      connect: () => nginx.client(),
      keepAlive: "5m",
      options: {},
      think: false,
      responseTimeoutMs: 10_000,
      loadTimeoutMs: 300_000,
    });
    const said: string[] = [];
    const write = (line: string) => said.push(line);
    await using _logging = await setupLogging({ level: "INFO", format: "journal", write });
    const pool = poolOf([provider], { clock: fast });
    assertEquals(await pool.ready(never), true);
    assertEquals((await pool.chat(QUESTION, never)).text, "Fine.");
    assertEquals([ollama.loads, ollama.loadsAborted], [3, 2]);
    assertEquals(said.filter((line) => !line.startsWith("<6>")).length, 1, said.join("\n"));
    assertMatch(said.join("\n"), /loading again: HTTP 504 .*proxy_read_timeout 300s/);
    await pool.close();
  },
  { needs: ["nginx", "openssl"] },
);

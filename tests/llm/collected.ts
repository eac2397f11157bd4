/**
 * Garbage collections during stalled answers: objects that only the platform's signals reference are
 * collected, and an abort would not reach the reader.
 *
 * Usage: deno run --allow-all --v8-flags=--expose-gc tests/llm/collected.ts
 */
import { OllamaProvider } from "../../src/llm/ollama.ts";
import { answer, RawHttp } from "../fakes/raw_http.ts";

/** Only optimized code drops references early. */
const WARM_UP = 3000;
const STALLED = 20;

const { gc } = globalThis as unknown as { gc: () => void };
const raw = new RawHttp({ bytes: answer('{"models":[]}') });
const server = { url: raw.url, model: "rosey-demo" };
const limits = { responseTimeoutMs: 5000, loadTimeoutMs: 5000 };
const provider = new OllamaProvider({
  server,
  connect: () => Deno.createHttpClient({}),
  keepAlive: "5m",
  options: {},
  think: false,
  ...limits,
});

const caller = new AbortController();
for (let time = 0; time < WARM_UP; time++) await provider.probe(caller.signal);

let sent = 0;
const allSent = Promise.withResolvers<void>();
raw.script = {
  bytes: answer('{"models":[]}').replace(/Content-Length: \d+/, "Content-Length: 9999"),
  hold: true,
  onSent: () => ++sent === STALLED && allSent.resolve(),
};
let ended = 0;
const asked = Array.from({ length: STALLED }, async () => {
  await provider.probe(caller.signal).catch(({ message }) => console.log(message));
  ended++;
});
await allSent.promise;
for (let time = 0; time < 10; time++) {
  await new Promise((resolve) => setTimeout(resolve, 50));
  gc();
}
caller.abort();
const late = new Promise((resolve) => setTimeout(resolve, 10_000));
await Promise.race([Promise.all(asked), late]);
console.log(`${ended} of ${STALLED} ended`);
Deno.exit();

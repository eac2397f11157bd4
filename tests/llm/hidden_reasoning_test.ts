import { assert, assertEquals, assertRejects } from "@std/assert";
import { ProviderError } from "../../src/llm/errors.ts";
import { parseHost } from "../../src/config/ollama_host.ts";
import { OllamaProvider } from "../../src/llm/ollama.ts";
import { type Fault, FaultyOllama, type FaultyOllamaOptions } from "../fakes/ollama/faulty.ts";
import { test } from "../testing.ts";

const never = new AbortController().signal;
const HIDDEN = "{{ .Prompt }}<|im_start|>assistant\n<think>\n";
/** Longer than the token limit of {@linkcode Model}. */
const THOUGHTS = "The user says hello. I could greet them back, or ask how the film is.";

/** A server with one model. */
class Model implements AsyncDisposable {
  readonly server: FaultyOllama;
  readonly provider: OllamaProvider;

  constructor(options: FaultyOllamaOptions, think: boolean | string = false) {
    this.server = FaultyOllama.start({ tokenDelayMs: 0, reply: () => THOUGHTS, ...options });
    this.provider = new OllamaProvider({
      server: { ...parseHost(this.server.url), model: "rosey-demo" },
      connect: () => Deno.createHttpClient({}),
      keepAlive: "5m",
      options: { num_predict: 5 },
      think,
      responseTimeoutMs: 5000,
      loadTimeoutMs: 5000,
    });
  }

  /** Number of requests for the template. */
  get shows(): number {
    return this.server.requests.filter(({ path }) => path === "/api/show").length;
  }

  ask(): Promise<{ text: string; complete: boolean }> {
    return this.provider.chat([{ role: "user", content: "hello" }], never);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.provider.close();
    await this.server[Symbol.asyncDispose]();
  }
}

test("discards a first answer that ends within unmarked reasoning", async () => {
  await using model = new Model({ template: HIDDEN });
  await model.provider.load(never);
  assertEquals(
    (await assertRejects(() => model.ask(), ProviderError, "spent its whole length")).kind,
    "empty",
  );
});

test("keeps an incomplete first answer if the template has no reasoning", async () => {
  await using model = new Model({});
  await model.provider.load(never);
  const { text, complete } = await model.ask();
  assert(THOUGHTS.startsWith(text) && text !== "", text);
  assertEquals(complete, false);
});

test("removes unmarked reasoning before an end tag", async () => {
  await using model = new Model({ template: HIDDEN, reply: () => "Hm.\n</think>\n\nHi!" });
  await model.provider.load(never);
  assertEquals((await model.ask()).text, "Hi!");
});

test("a complete answer without reasoning overrides the template", async () => {
  let said = "Hello there.";
  await using model = new Model({ template: HIDDEN, reply: () => said });
  await model.provider.load(never);
  assertEquals((await model.ask()).text, said);
  said = THOUGHTS;
  assertEquals((await model.ask()).complete, false);
});

test("requests the template once", async () => {
  await using model = new Model({});
  for (let loads = 0; loads < 3; loads++) await model.provider.load(never);
  assertEquals(model.shows, 1);
});

test("does not request the template after an answer showed the format, nor with llm.think", async () => {
  await using model = new Model({ reply: () => "Hi!" });
  await model.ask();
  await model.provider.load(never);
  assertEquals(model.shows, 0);
  await using thinking = new Model({}, "low");
  thinking.server.fault = { kind: "status", status: 200, body: `{"done":true}`, on: "/api/chat" };
  await thinking.provider.load(never);
  assertEquals(thinking.shows, 0);
});

const FAULTS: readonly (readonly [what: string, fault: Fault])[] = [
  ["refused", { kind: "status", status: 404, body: "404 page not found", on: "/api/show" }],
  ["cut off", { kind: "reset", on: "/api/show" }],
  ["answered with HTML", { kind: "html", status: 200, on: "/api/show" }],
  ["answered without a template", { kind: "status", status: 200, body: "[1]", on: "/api/show" }],
  [
    "answered with a number",
    { kind: "status", status: 200, body: `{"template":1}`, on: "/api/show" },
  ],
];

for (const [what, fault] of FAULTS) {
  test(`a load succeeds if the request for the template is ${what}`, async () => {
    await using model = new Model({ template: HIDDEN, fault });
    await model.provider.load(never);
    assertEquals(model.shows, 1);
    assertEquals((await model.ask()).complete, false);
  });
}

test("requests the template again with the next load after a failure", async () => {
  await using model = new Model({ template: HIDDEN, fault: { kind: "reset", on: "/api/show" } });
  await model.provider.load(never);
  model.server.fault = null;
  await model.provider.load(never);
  assertEquals(model.shows, 2);
  assertEquals((await assertRejects(() => model.ask(), ProviderError)).kind, "empty");
});

test("an aborted load does not wait for the template", async () => {
  await using model = new Model({ fault: { kind: "hang", on: "/api/show" } });
  const caller = new AbortController();
  const loaded = model.provider.load(caller.signal);
  while (model.shows === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  caller.abort();
  await loaded;
});

import { assert, assertEquals, assertRejects } from "@std/assert";
import { ProviderError } from "../../src/llm/errors.ts";
import { OllamaProvider } from "../../src/llm/ollama.ts";
import { parseHost } from "../../src/config/ollama_host.ts";
import { FakeOllama } from "../fakes/ollama/server.ts";
import { test } from "../testing.ts";

const never = new AbortController().signal;
const SENTENCE = "Popcorn is what we all came for. ";

/** A model that repeats the question; `essay` is endless. Reports when it was stopped. */
class Writer implements AsyncDisposable {
  readonly stopped = Promise.withResolvers<void>();
  readonly #ollama: FakeOllama;
  readonly #provider: OllamaProvider;

  constructor(numPredict?: number) {
    this.#ollama = FakeOllama.start({
      tokenDelayMs: 0,
      reply: (messages) => this.#write(messages.at(-1)!.content),
    });
    this.#provider = new OllamaProvider({
      server: { ...parseHost(this.#ollama.url), model: "rosey-demo" },
      connect: () => Deno.createHttpClient({}),
      keepAlive: "5m",
      options: numPredict ? { num_predict: numPredict } : {},
      think: false,
      responseTimeoutMs: 20_000,
      loadTimeoutMs: 5000,
    });
  }

  /** Asks, and stops after 1000 characters. */
  async ask(question: string): Promise<{ text: string; complete: boolean }> {
    const shouldStop = (answer: string) => answer.length > 1000 ? "enough" : undefined;
    return await this.#provider.chat([{ role: "user", content: question }], never, { shouldStop });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#provider.close();
    await this.#ollama[Symbol.asyncDispose]();
  }

  async *#write(question: string): AsyncGenerator<string> {
    try {
      yield* question.replace("essay", "").match(/.{1,40}/gs) ?? [];
      while (question.endsWith("essay")) {
        yield SENTENCE;
        await new Promise((resolve) => setTimeout(resolve));
      }
    } finally {
      if (question.endsWith("essay")) this.stopped.resolve();
    }
  }
}

test("stops the generation early if an answer before had no reasoning", async () => {
  await using writer = new Writer();
  assertEquals((await writer.ask("Short.")).text, "Short.");
  const { text, complete } = await writer.ask("essay");
  await writer.stopped.promise;
  assert(text.length > 1000 && text.length < 2000, `${text.length}`);
  assertEquals(complete, true);
});

for (
  const [what, first] of [
    ["of unknown format", undefined],
    ["with marked reasoning", "<think>Hm.</think>Short."],
    ["with unmarked reasoning", "Hm.</think>Short."],
  ] as const
) {
  test(`does not stop a model ${what} early`, async () => {
    await using writer = new Writer();
    if (first) assertEquals((await writer.ask(first)).text, "Short.");
    const thoughts = SENTENCE.repeat(100);
    assertEquals((await writer.ask(`${thoughts}</think>An answer.`)).text, "An answer.");
  });
}

test("reasoning that is cut off before its end is not an answer", async () => {
  await using writer = new Writer(40);
  assertEquals((await writer.ask("Hm.</think>Short.")).text, "Short.");
  assertEquals(
    (await assertRejects(() => writer.ask("essay"), ProviderError, "spent its whole length")).kind,
    "empty",
  );
});

test("does not stop a model early after it began to reason", async () => {
  await using writer = new Writer();
  assertEquals((await writer.ask("Short.")).text, "Short.");
  assertEquals((await writer.ask("<think>Hm.</think>Short.")).text, "Short.");
  const said = `${SENTENCE.repeat(100)}End.`;
  assertEquals((await writer.ask(said)).text, said);
});

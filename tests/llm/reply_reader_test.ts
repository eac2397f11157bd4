import { assert, assertEquals, assertRejects } from "@std/assert";
import { ProviderError } from "../../src/llm/errors.ts";
import { OllamaProvider } from "../../src/llm/ollama.ts";
import { parseHost } from "../../src/config/ollama_host.ts";
import { FakeOllama } from "../fakes/ollama/server.ts";
import { test } from "../testing.ts";

const never = new AbortController().signal;
const SENTENCE = "Popcorn is what we all came for. ";

/** A model that writes what the question says; `essay` has no end. Tells when it was stopped. */
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

  /** Asks, and has enough after 1000 characters. */
  async ask(question: string): Promise<{ text: string; complete: boolean }> {
    const shouldStop = (answer: string) => answer.length > 1000;
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

test("a model that has shown that it does not think aloud is stopped when there is enough", async () => {
  await using writer = new Writer();
  assertEquals((await writer.ask("Short.")).text, "Short.");
  const { text, complete } = await writer.ask("essay");
  await writer.stopped.promise;
  assert(text.length > 1000 && text.length < 2000, `${text.length}`);
  assertEquals(complete, true);
});

for (
  const [what, first] of [
    ["of which nothing is known", undefined],
    ["that thinks", "<think>Hm.</think>Short."],
    ["that thinks without saying where it begins", "Hm.</think>Short."],
  ] as const
) {
  test(`a model ${what} is not stopped early: it may be thinking`, async () => {
    await using writer = new Writer();
    if (first) assertEquals((await writer.ask(first)).text, "Short.");
    const thoughts = SENTENCE.repeat(100);
    assertEquals((await writer.ask(`${thoughts}</think>An answer.`)).text, "An answer.");
  });
}

test("thoughts that are cut before their end are not taken for an answer", async () => {
  await using writer = new Writer(40);
  assertEquals((await writer.ask("Hm.</think>Short.")).text, "Short.");
  assertEquals(
    (await assertRejects(() => writer.ask("essay"), ProviderError, "spent its whole length")).kind,
    "empty",
  );
});

test("a model that begins to think aloud is not stopped early any more", async () => {
  await using writer = new Writer();
  assertEquals((await writer.ask("Short.")).text, "Short.");
  assertEquals((await writer.ask("<think>Hm.</think>Short.")).text, "Short.");
  const said = `${SENTENCE.repeat(100)}End.`;
  assertEquals((await writer.ask(said)).text, said);
});

import { assertEquals } from "@std/assert";
import { OllamaProvider } from "../../src/llm/ollama.ts";
import { OpenAiProvider } from "../../src/llm/openai.ts";
import type { ChatOptions, Provider } from "../../src/llm/provider.ts";
import { serveHttp } from "../fakes/http_server.ts";
import { test } from "../testing.ts";

const never = new AbortController().signal;

type Answer = (body: Record<string, unknown>) => Response;

/** A server that notes what it is asked, in the form of one of the APIs. */
function serve(answer: Answer) {
  const bodies: Record<string, unknown>[] = [];
  const server = serveHttp(async (request) => {
    const body = await request.json();
    bodies.push(body);
    return answer(body);
  });
  const shared = { responseTimeoutMs: 5000, loadTimeoutMs: 5000 };
  const limits = {
    ...shared,
    server: { url: server.url, model: "m" },
    connect: () => Deno.createHttpClient({}),
  };
  return { bodies, limits, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

/** Each chunk is a line of Ollama's stream. */
function ollamaLines(...chunks: unknown[]): Response {
  return new Response(chunks.map((chunk) => `${JSON.stringify(chunk)}\n`).join(""));
}

function ollamaAnswer(content: string, done_reason = "stop"): Response {
  return ollamaLines({ message: { content } }, { message: {}, done: true, done_reason });
}

function openAiAnswer(content: string, finish_reason = "stop"): Response {
  const body = { choices: [{ message: { content }, finish_reason }] };
  return Response.json(body);
}

async function ask(provider: Provider, options: ChatOptions = {}): Promise<string> {
  return (await provider.chat([{ role: "user", content: "x" }], never, options)).text;
}

test("ollama gets a limit of tokens once an answer had no reasoning, unless one is set", async () => {
  await using server = serve(() => ollamaAnswer("Yes."));
  const { bodies, limits } = server;
  const made = (options: Record<string, unknown>, think = false) =>
    new OllamaProvider({ ...limits, keepAlive: "5m", options, think });
  const provider = made({ num_ctx: 4096 });
  await ask(provider);
  await ask(provider, { seed: 7 });
  await ask(provider, { maxTokens: 16 });
  assertEquals(bodies.map(({ options }) => options), [
    { num_ctx: 4096 },
    { num_ctx: 4096, num_predict: 256, seed: 7 },
    { num_ctx: 4096, num_predict: 16 },
  ]);
  provider.close();
  for (const other of [made({ num_predict: -1 }), made({}, true)]) {
    bodies.length = 0;
    for (let n = 0; n < 2; n++) await ask(other);
    assertEquals(bodies[1]!.options, bodies[0]!.options);
    other.close();
  }
});

test("openai gets no limit of tokens any more once the server refuses it", async () => {
  await using server = serve(({ max_tokens }) =>
    max_tokens === undefined ? openAiAnswer("Yes.") : Response.json({
      error: { message: "Unsupported parameter: 'max_tokens' is not supported with this model." },
    }, { status: 400 })
  );
  const provider = new OpenAiProvider(server.limits);
  for (let n = 0; n < 3; n++) assertEquals(await ask(provider, { seed: 7 }), "Yes.");
  const sent = server.bodies.map(({ max_tokens, seed }) => [max_tokens, seed]);
  assertEquals(sent, [[undefined, 7], [256, 7], [undefined, 7], [undefined, 7]]);
  provider.close();
});

test("openai gets no limit of tokens any more once hidden reasoning used all of them", async () => {
  let reasons = false;
  await using server = serve(({ max_tokens }) =>
    reasons && max_tokens !== undefined ? openAiAnswer("", "length") : openAiAnswer("Yes.")
  );
  const provider = new OpenAiProvider(server.limits);
  assertEquals(await ask(provider), "Yes.");
  reasons = true;
  for (let n = 0; n < 2; n++) assertEquals(await ask(provider), "Yes.");
  const sent = server.bodies.map(({ max_tokens }) => max_tokens);
  assertEquals(sent, [undefined, 256, undefined, undefined]);
  provider.close();
});

test("an answer that says nothing does not end the limit of tokens", async () => {
  let text = "Yes.";
  await using server = serve(() => openAiAnswer(text));
  const provider = new OpenAiProvider(server.limits);
  await ask(provider);
  text = "";
  assertEquals(await ask(provider).catch(({ kind }) => kind), "empty");
  text = "Yes.";
  await ask(provider);
  assertEquals(server.bodies.map(({ max_tokens }) => max_tokens), [undefined, 256, 256]);
  provider.close();
});

test("a stream that is cut off after empty pieces is no answer", async () => {
  await using server = serve(() =>
    ollamaLines(
      { message: { content: "The answer is that the ship" } },
      ...Array.from({ length: 30 }, () => ({ message: { content: "" } })),
    )
  );
  const options = { keepAlive: "5m", options: {}, think: false };
  const provider = new OllamaProvider({ ...server.limits, ...options });
  assertEquals(await ask(provider).catch(({ kind }) => kind), "truncated");
  provider.close();
});

test("a first answer is stopped when the model is lost, not when it is long", async () => {
  await using server = serve(() => ollamaAnswer("word ".repeat(100)));
  const options = { keepAlive: "5m", options: {}, think: false };
  const provider = new OllamaProvider({ ...server.limits, ...options });
  const whole = await ask(provider, { shouldStop: () => "enough" });
  assertEquals(whole.length, 499);
  provider.close();
  const other = new OllamaProvider({ ...server.limits, ...options });
  assertEquals((await ask(other, { shouldStop: () => "lost" })).length, 499);
  other.close();
});

test("a stream that ends without its last line is an answer if one token came again and again", async () => {
  let repeats = 30;
  await using server = serve(() =>
    ollamaLines(
      { message: { content: "No" } },
      ...Array.from({ length: repeats }, () => ({ message: { content: " no" } })),
    )
  );
  const options = { keepAlive: "5m", options: {}, think: false };
  const provider = new OllamaProvider({ ...server.limits, ...options });
  assertEquals(await ask(provider), `No${" no".repeat(30)}`);
  repeats = 5;
  const error = await ask(provider).catch(({ kind }) => kind);
  assertEquals(error, "truncated");
  provider.close();
});

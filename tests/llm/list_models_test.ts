import { assertEquals } from "@std/assert";
import { OllamaProvider } from "../../src/llm/ollama.ts";
import { OpenAiProvider } from "../../src/llm/openai.ts";
import { FakeOllama } from "../fakes/ollama/server.ts";
import { FakeOpenAi } from "../fakes/openai.ts";
import { serveHttp } from "../fakes/http_server.ts";
import { test } from "../testing.ts";

const never = new AbortController().signal;
const LIMITS = { responseTimeoutMs: 5000, loadTimeoutMs: 5000 };

async function ollamaModels(url: string) {
  const server = { url, model: "rosey-demo" };
  const options = { keepAlive: "5m", options: {}, think: false };
  const provider = new OllamaProvider({ server, ...options, ...LIMITS });
  const models = await provider.listModels(never);
  provider.close();
  return models;
}

test("Ollama lists its models, with what is loaded and what runs elsewhere", async () => {
  await using ollama = FakeOllama.start({ models: ["rosey-demo", "other:1b", "big:cloud"] });
  const body = JSON.stringify({ model: "rosey-demo", options: { num_ctx: 8192 }, keep_alive: -1 });
  await (await fetch(`${ollama.url}/api/chat`, { method: "POST", body })).text();
  const [loaded, other, cloud] = await ollamaModels(ollama.url);
  const { expiresAt, ...rest } = loaded!;
  assertEquals(rest, {
    name: "rosey-demo:latest",
    sizeBytes: 42_000_000,
    loaded: true,
    memoryBytes: 42_000_000,
    vramBytes: 42_000_000,
    contextTokens: 8192,
    trainedTokens: 131_072,
    capabilities: ["completion"],
    remoteHost: undefined,
  });
  assertEquals(typeof expiresAt, "string");
  assertEquals([other!.name, other!.loaded, other!.expiresAt], ["other:1b", false, undefined]);
  const { name, sizeBytes, remoteHost, loaded: isLoaded } = cloud!;
  assertEquals([name, sizeBytes, remoteHost, isLoaded], [
    "big:cloud",
    undefined,
    "ollama.com",
    undefined,
  ]);
});

test("a new Ollama tells all in its list; a proxy may hide what is loaded", async () => {
  const paths: string[] = [];
  await using server = serveHttp((request) => {
    const { pathname } = new URL(request.url);
    paths.push(pathname);
    if (pathname !== "/api/tags") return new Response("forbidden", { status: 403 });
    const details = { context_length: 40_960 };
    const told = { name: "a:1b", size: 1e9, details, capabilities: ["completion", "tools"] };
    return Response.json({ models: [told, { name: "old:1b" }] });
  });
  const models = await ollamaModels(server.url);
  // Only what the list leaves out is asked for.
  assertEquals(paths, ["/api/tags", "/api/ps", "/api/show"]);
  assertEquals(
    models.map(({ name, loaded, trainedTokens, capabilities }) => ({
      name,
      loaded,
      trainedTokens,
      capabilities,
    })),
    [
      {
        name: "a:1b",
        loaded: undefined,
        trainedTokens: 40_960,
        capabilities: ["completion", "tools"],
      },
      { name: "old:1b", loaded: undefined, trainedTokens: undefined, capabilities: undefined },
    ],
  );
});

test("an OpenAI-compatible server tells as much as its program does", async () => {
  await using openai = new FakeOpenAi();
  const server = { url: openai.url, model: "small-model" };
  const provider = new OpenAiProvider({ server, ...LIMITS });
  const bare = {
    name: "small-model",
    sizeBytes: undefined,
    loaded: undefined,
    contextTokens: undefined,
    trainedTokens: undefined,
    capabilities: undefined,
  };
  const told: [listed: Record<string, unknown>, found: Record<string, unknown>][] = [
    [{}, {}],
    // llama.cpp, and its server of several models.
    [{ meta: { n_ctx: 4096, n_ctx_train: 8192, size: 96_576_768 } }, {
      contextTokens: 4096,
      trainedTokens: 8192,
      sizeBytes: 96_576_768,
    }],
    [{ status: { value: "unloaded" } }, { loaded: false }],
    [{ status: { value: "loaded" } }, { loaded: true }],
    // vLLM.
    [{ max_model_len: 2048 }, { contextTokens: 2048 }],
  ];
  for (const [listed, found] of told) {
    openai.listed = { id: "small-model", ...listed };
    assertEquals(await provider.listModels(never), [{ ...bare, ...found }]);
  }
  provider.close();
});

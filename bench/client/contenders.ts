/** The same question, asked by several clients. */
import { Ollama } from "ollama";
import { parseHost } from "../../src/config/ollama_host.ts";
import { OllamaProvider } from "../../src/llm/ollama.ts";
import type { Message } from "../../src/llm/provider.ts";

/** Has the model answer once. Returns what it said. */
export type Ask = () => Promise<string>;

/** Chunks of an answer. */
export const TOKENS = 20;
const TIMEOUT_MS = 30_000;
const messages: Message[] = [
  { role: "system", content: "You are Rosey, a member of a channel, who answers in a sentence." },
  { role: "user", content: "alice: rosey, what is on tonight?" },
];
const options = { num_ctx: 4096, temperature: 0.7 };
const model = "bench";
const asked = { model, messages, options, keep_alive: "5m", think: false, stream: true } as const;

/** By name; the first reference is the measure. */
export const CONTENDERS: Readonly<Record<string, (url: string) => Ask>> = {
  Rosey(url) {
    // One for all, as the bot's own end is the end of each request.
    const { signal } = new AbortController();
    const limits = { responseTimeoutMs: TIMEOUT_MS, loadTimeoutMs: TIMEOUT_MS };
    const server = { ...parseHost(url), model };
    const connect = () => Deno.createHttpClient({});
    const how = { connect, keepAlive: "5m", options, think: false, ...limits };
    const provider = new OllamaProvider({ server, ...how });
    return async () => (await provider.chat(messages, signal)).text;
  },
  /** As little as there can be. */
  "bare fetch": (url) => () => streamed(url),
  /** The cost of limits, without which no wait has an end. */
  "with a limit": (url) => async () => {
    const controller = new AbortController();
    const timer = setTimeout(() => controller.abort(), TIMEOUT_MS);
    try {
      return await streamed(url, controller.signal);
    } finally {
      clearTimeout(timer);
    }
  },
  "npm:ollama"(url) {
    const ollama = new Ollama({ host: url });
    return async () => {
      let text = "";
      for await (const { message } of await ollama.chat(asked)) text += message.content;
      return text;
    };
  },
};

async function streamed(url: string, signal?: AbortSignal): Promise<string> {
  const response = await fetch(`${url}/api/chat`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(asked),
    ...(signal ? { signal } : {}),
  });
  if (!response.ok) throw new Error(`HTTP ${response.status}`);
  const reader = response.body!.getReader();
  const decoder = new TextDecoder();
  let text = "";
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text;
    const lines = (rest + decoder.decode(value, { stream: true })).split("\n");
    rest = lines.pop()!;
    for (const line of lines) text += JSON.parse(line).message.content;
  }
}

/** Asks again and again, several at a time. */
export async function askAll(ask: Ask, count: number, atOnce: number): Promise<void> {
  let left = count;
  const asker = async () => {
    while (left-- > 0) await ask();
  };
  await Promise.all(Array.from({ length: atOnce }, asker));
}

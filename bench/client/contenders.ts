/** The same two questions, asked by several clients. */
import { Ollama } from "ollama";
import { parseHost } from "../../src/config/ollama_host.ts";
import { OllamaProvider } from "../../src/llm/ollama.ts";
import type { Message } from "../../src/llm/provider.ts";

/** Has the model answer once. Returns what it said. */
export type Ask = () => Promise<string>;

/** A client. */
export interface Contender {
  readonly name: string;
  /** Takes an answer that comes in one piece. */
  readonly whole: Ask;
  /** Takes an answer that comes in 20. */
  readonly streamed: Ask;
}

const TIMEOUT_MS = 30_000;
const messages: Message[] = [
  { role: "system", content: "You are Rosey, a member of a channel, who answers in a sentence." },
  { role: "user", content: "alice: rosey, what is on tonight?" },
];
const options = { num_ctx: 4096, temperature: 0.7 };
const asked = { messages, options, keep_alive: "5m", think: false };

/** Calls `fetch` and parses: as little as there can be. */
export function bare(url: string): Contender {
  return {
    name: "bare fetch",
    async whole() {
      const response = await post(url, { ...asked, model: "whole", stream: false });
      return (await response.json()).message.content;
    },
    async streamed() {
      return await wordsOf(await post(url, { ...asked, model: "streamed", stream: true }));
    },
  };
}

/** The same with a signal and a timeout: the cost of limits. */
export function limited(url: string): Contender {
  async function within<T>(ask: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const controller = new AbortController();
    const timer = setTimeout(() => controller.abort(), TIMEOUT_MS);
    try {
      return await ask(controller.signal);
    } finally {
      clearTimeout(timer);
    }
  }
  return {
    name: "with a limit",
    whole: () =>
      within(async (signal) => {
        const response = await post(url, { ...asked, model: "whole", stream: false }, signal);
        return (await response.json()).message.content;
      }),
    streamed: () =>
      within(async (signal) => {
        const body = { ...asked, model: "streamed", stream: true };
        return await wordsOf(await post(url, body, signal));
      }),
  };
}

async function post(url: string, body: unknown, signal?: AbortSignal): Promise<Response> {
  const response = await fetch(`${url}/api/chat`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
    ...(signal ? { signal } : {}),
  });
  if (!response.ok) throw new Error(`HTTP ${response.status}`);
  return response;
}

async function wordsOf(response: Response): Promise<string> {
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

/** The client that Ollama's makers publish. */
export function official(url: string): Contender {
  const ollama = new Ollama({ host: url });
  return {
    name: "npm:ollama",
    async whole() {
      const { message } = await ollama.chat({ ...asked, model: "whole", stream: false });
      return message.content;
    },
    async streamed() {
      let text = "";
      const parts = await ollama.chat({ ...asked, model: "streamed", stream: true });
      for await (const { message } of parts) text += message.content;
      return text;
    },
  };
}

/** Rosey's own. It always asks for a stream; the whole answer is a stream of one line. */
export function rosey(url: string): Contender {
  // One for all, as the bot's own end is the end of each request.
  const { signal } = new AbortController();
  const limits = { responseTimeoutMs: TIMEOUT_MS, loadTimeoutMs: TIMEOUT_MS };
  function asker(model: string): Ask {
    const server = { ...parseHost(url), model };
    const connect = () => Deno.createHttpClient({});
    const how = { connect, keepAlive: "5m", options, think: false, ...limits };
    const provider = new OllamaProvider({ server, ...how });
    return async () => (await provider.chat(messages, signal)).text;
  }
  return { name: "Rosey", whole: asker("whole"), streamed: asker("streamed") };
}

/** Asks again and again, several at a time. */
export async function askAll(ask: Ask, count: number, atOnce: number): Promise<void> {
  let left = count;
  const asker = async () => {
    while (left-- > 0) await ask();
  };
  await Promise.all(Array.from({ length: atOnce }, asker));
}

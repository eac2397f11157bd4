/** The same two questions, asked by three clients. */
import { Ollama } from "ollama";
import { parseHost } from "../../src/config/ollama_host.ts";
import { OllamaProvider } from "../../src/llm/ollama.ts";
import type { Message } from "../../src/llm/provider.ts";

/** Has the model answer once; what it said. */
export type Ask = () => Promise<string>;

/** A client. */
export interface Contender {
  readonly name: string;
  /** Takes an answer that comes in one piece. */
  readonly whole: Ask;
  /** Takes one that comes in 20. */
  readonly streamed: Ask;
}

const messages: Message[] = [
  { role: "system", content: "You are Rosey, a member of a channel who answers in a sentence." },
  { role: "user", content: "alice: rosey, what is on tonight?" },
];
const options = { num_ctx: 4096, temperature: 0.7 };
const asked = { messages, options, keep_alive: "5m", think: false };

/** What any program does that has no client. */
export function bare(url: string): Contender {
  async function ask(body: unknown): Promise<Response> {
    const headers = { "content-type": "application/json" };
    const request = { method: "POST", headers, body: JSON.stringify(body) };
    const response = await fetch(`${url}/api/chat`, request);
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    return response;
  }
  return {
    name: "bare fetch",
    async whole() {
      const response = await ask({ ...asked, model: "whole", stream: false });
      return (await response.json()).message.content;
    },
    async streamed() {
      const response = await ask({ ...asked, model: "streamed", stream: true });
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
    },
  };
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

/** Rosey's own; it always asks for a stream. */
export function rosey(url: string): Contender {
  // One caller for all, as the bot's own end is the end of each request.
  const { signal } = new AbortController();
  function providerOf(model: string): OllamaProvider {
    const server = { ...parseHost(url), model, client: Deno.createHttpClient({}) };
    const limits = { responseTimeoutMs: 60_000, loadTimeoutMs: 60_000 };
    return new OllamaProvider({ server, keepAlive: "5m", options, think: false, ...limits });
  }
  const whole = providerOf("whole");
  const streamed = providerOf("streamed");
  return {
    name: "Rosey",
    whole: async () => (await whole.chat(messages, signal)).text,
    streamed: async () => (await streamed.chat(messages, signal)).text,
  };
}

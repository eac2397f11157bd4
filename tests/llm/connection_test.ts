import { assertEquals, assertLess } from "@std/assert";
import type { Clock } from "../../src/clock.ts";
import { parseHost } from "../../src/config/ollama_host.ts";
import { OllamaProvider } from "../../src/llm/ollama.ts";
import { OpenAiProvider } from "../../src/llm/openai.ts";
import type { Provider } from "../../src/llm/provider.ts";
import { FakeClock } from "../fakes/clock.ts";
import { type HttpServer, serveHttp } from "../fakes/http_server.ts";
import { test } from "../testing.ts";

const never = new AbortController().signal;
const LINES = {
  ollama: `{"message":{"content":"Hi."},"done":true,"done_reason":"stop"}\n`,
  openai: `data: {"choices":[{"delta":{"content":"Hi."}}]}\n\ndata: [DONE]\n\n`,
};

/** Sends all lines at once, and ends the response on {@linkcode end}. */
class SlowEnd implements AsyncDisposable {
  /** The clients' ports, one per request. */
  readonly ports: number[] = [];
  /** Resolves when a client cancels the response. */
  readonly cut = Promise.withResolvers<void>();
  readonly #server: HttpServer;
  #answer: ReadableStreamDefaultController<Uint8Array> | undefined;

  constructor(line: string) {
    this.#server = serveHttp(async (ask, info) => {
      await ask.body?.pipeTo(new WritableStream());
      this.ports.push((info.remoteAddr as Deno.NetAddr).port);
      return new Response(
        new ReadableStream({
          start: (controller) => {
            this.#answer = controller;
            controller.enqueue(new TextEncoder().encode(line));
          },
          cancel: () => this.cut.resolve(),
        }),
      );
    });
  }

  /** Ends the last answer. */
  end(): void {
    this.#answer?.close();
  }

  provider(name: keyof typeof LINES, clock?: Clock): Provider {
    const server = {
      ...parseHost(this.#server.url),
      model: "m",
      ...(clock && { clock }),
    };
    const connect = () => Deno.createHttpClient({});
    const limits = { connect, responseTimeoutMs: 5000, loadTimeoutMs: 5000 };
    return name === "openai"
      ? new OpenAiProvider({ server, ...limits })
      : new OllamaProvider({ server, keepAlive: "5m", options: {}, think: false, ...limits });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server[Symbol.asyncDispose]();
  }
}

for (const name of ["ollama", "openai"] as const) {
  test(`${name}: returns before a late end of the body, and reuses the connection`, async () => {
    await using server = new SlowEnd(LINES[name]);
    const provider = server.provider(name);
    for (let time = 0; time < 10; time++) {
      assertEquals((await provider.chat([], never)).text, "Hi.");
      server.end();
      await new Promise((resolve) => setTimeout(resolve));
    }
    provider.close();
    assertEquals(server.ports.length, 10);
    assertLess(new Set(server.ports).size, 10, `a connection for each: ${server.ports}`);
  });

  test(`${name}: cancels a body that does not end within 1 s of its last line`, async () => {
    await using server = new SlowEnd(LINES[name]);
    const clock = new FakeClock();
    const provider = server.provider(name, clock);
    assertEquals((await provider.chat([], never)).text, "Hi.");
    clock.advance(1000);
    await server.cut.promise;
    provider.close();
  });
}

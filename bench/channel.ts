/**
 * A channel that sends one bot lines as fast as that is asked: they are rendered before, and written to
 * the bot's socket past the channel server, which would be the bottleneck.
 */
import { Buffer } from "node:buffer";
import type { Socket as TcpSocket } from "node:net";
import { DemoChannel } from "../src/demo/channel/server.ts";
import { type Program, Rosey, type StartOptions } from "../tests/e2e/rosey.ts";
import { chatLines } from "./chat_lines.ts";

const TICK_MS = 1;
const RENDERED = 20_000;
const encoder = new TextEncoder();

/** A bot in the channel. */
export interface Listener {
  readonly bot: Rosey;
  readonly tcp: TcpSocket;
}

export class BenchChannel implements AsyncDisposable {
  readonly channel: DemoChannel;
  readonly #connected: TcpSocket[];
  /** Lines that call nobody, one frame each. */
  readonly #frames = chatLines(RENDERED, 1)
    .filter(({ text }) => !/rosey/i.test(text))
    .map(({ user, text, time }) => frameOf(user, text, time));

  private constructor(channel: DemoChannel, connected: TcpSocket[]) {
    this.channel = channel;
    this.#connected = connected;
  }

  static async open(): Promise<BenchChannel> {
    const connected: TcpSocket[] = [];
    const channel = await DemoChannel.start({
      throttle: false,
      gate: {
        isTooFast: () => false,
        admits: ({ conn }) => {
          // The WebSocket of `ws`, and its socket: no public name leads there.
          const { socket } = conn.transport as unknown as { socket: { _socket: TcpSocket } };
          return connected.push(socket._socket) > 0;
        },
      },
    });
    return new BenchChannel(channel, connected);
  }

  /** Starts a bot that answers to its name at once, however often and whoever asks. */
  async join(program: Program, ollamaHost: string): Promise<Listener> {
    const bot = this.start(program, ollamaHost);
    await bot.line("Joined demo");
    return { bot, tcp: this.#connected.at(-1)! };
  }

  start(program: Program, ollamaHost: string, options: StartOptions = {}): Rosey {
    return Rosey.start(this.channel.url, {
      ...options,
      program,
      config: { chat_log_file: undefined },
      llm: { ollama_host: ollamaHost, max_replies_per_minute: 0, room_context_lines: undefined },
    });
  }

  /** Writes lines at that rate until the signal aborts. Returns the rate that the bot took. */
  async flood({ tcp }: Listener, perSecond: number, signal: AbortSignal): Promise<number> {
    const begun = performance.now();
    let written = 0;
    while (!signal.aborted) {
      const due = Math.floor((performance.now() - begun) / 1000 * perSecond) - written;
      await this.write(tcp, Math.min(due, RENDERED / 2), written);
      written += Math.min(due, RENDERED / 2);
      await new Promise((resolve) => setTimeout(resolve, TICK_MS));
    }
    return written / (performance.now() - begun) * 1000;
  }

  /** Writes so many lines; returns when the bot can take more. */
  async write(tcp: TcpSocket, count: number, from = 0): Promise<void> {
    if (count <= 0) return;
    const frames = Array.from(
      { length: count },
      (_, at) => this.#frames[(from + at) % this.#frames.length]!,
    );
    if (!tcp.write(Buffer.concat(frames))) {
      await new Promise((resolve) => tcp.once("drain", resolve));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.channel.close();
  }
}

/** A line as the channel server sends it. */
export function frameOf(username: string, text: string, time = Date.now()): Uint8Array {
  const msg = text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  const event = JSON.stringify(["chatMsg", { username, msg, meta: {}, time }]);
  const payload = encoder.encode(`42${event}`);
  const { length } = payload;
  // Source: RFC 6455, 5.2; a server's frames are not masked.
  const header = length < 126 ? [0x81, length] : [0x81, 126, length >> 8, length & 255];
  return Buffer.concat([Uint8Array.from(header), payload]);
}

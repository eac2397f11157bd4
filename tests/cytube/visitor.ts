import { assert, assertEquals } from "@std/assert";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Server } from "socket.io";
import { type ClientOptions, CytubeClient } from "../../src/cytube/client.ts";
import type { ChannelEvent } from "../../src/cytube/events.ts";
import { FakeClock } from "../fakes/clock.ts";
import { type HttpServer, serveHttp } from "../fakes/http_server.ts";
import { until } from "../demo/client.ts";

/** The accounts of these tests' channels. */
export const ACCOUNTS = {
  Rosey: { password: "pw", rank: 1 },
  alice: { password: "alicepw", rank: 1 },
  Moddy: { password: "modpw", rank: 2 },
};

/** A client on real sockets and a fake clock: its pauses pass when a test advances the clock. */
export class Visitor implements AsyncDisposable {
  readonly clock = new FakeClock();
  readonly client: CytubeClient;
  /** Every event with whether it was live. */
  readonly events: (readonly [ChannelEvent, boolean])[] = [];
  /** The name of each join, and `null` for each time it left. */
  readonly path: (string | null)[] = [];
  /** The error that ended the run; null for the signal. */
  readonly ended: Promise<Error | null>;
  #losses = 0;
  readonly #stop = new AbortController();

  /** Joins the channel `demo` of a site, by default as the account `Rosey`. */
  constructor(domain: string, options: Partial<ClientOptions> = {}) {
    this.client = new CytubeClient({
      domain,
      channel: { name: "demo" },
      user: { name: "Rosey", password: ACCOUNTS.Rosey.password },
      clock: this.clock,
      random: () => 0,
      // No pings come while the clock is advanced.
      silenceTimeoutMs: Infinity,
      onJoined: (name) => void this.path.push(name),
      onLeft: () => void this.path.push(null),
      onEvent: (event, live) => void this.events.push([event, live]),
      ...options,
    });
    this.ended = this.client.run(this.#stop.signal).then(() => null, (error) => error);
  }

  async joined(): Promise<void> {
    const came = await until(() => this.client.report.state === "joined", 5000);
    assert(came, `not joined: ${JSON.stringify(this.client.report)}`);
  }

  /** Waits until the client is out; returns the reason and the pause in seconds. */
  async outside(): Promise<{ reason: string; seconds: number }> {
    const came = await until(() => this.client.report.losses > this.#losses, 5000);
    assert(came, `not outside: ${JSON.stringify(this.client.report)}`);
    this.#losses = this.client.report.losses;
    const { reason, nextTryInMs = NaN } = this.client.report;
    return { reason, seconds: nextTryInMs / 1000 };
  }

  /** Advances the clock by the pause, and checks that the client waits until its end. */
  waitOut(): void {
    const { nextTryInMs = NaN } = this.client.report;
    this.clock.advance(nextTryInMs - 1);
    assertEquals(this.client.report.state, "waiting");
    this.clock.advance(1);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.ended;
    // The WebSocket's resource is freed a moment after it is closed.
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** A site whose channels are all on one socket server. */
export function siteOf(url: string): HttpServer {
  return serveHttp(() => Response.json({ servers: [{ url, secure: false }] }));
}

/** A socket server that does nothing, or that refuses every connection. */
export async function socketServer(refusal?: Error) {
  const http = createServer();
  const server = new Server(http, { transports: ["websocket"], serveClient: false });
  server.use((_socket, next) => next(refusal));
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  const received: string[] = [];
  server.on("connection", (socket) => socket.onAny((event) => void received.push(event)));
  return {
    received,
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    sockets: () => server.of("/").sockets.size,
    [Symbol.asyncDispose]: () => server.close(),
  };
}

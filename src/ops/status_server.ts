import { getLogger } from "@logtape/logtape";
import { within } from "../clock.ts";
import type { BotReport } from "../report.ts";
import type { Build } from "../version.ts";
import { metricsText, type ProcessReport, PROMETHEUS_HEADERS } from "./metrics.ts";
import { statusPage } from "./page/page.ts";
import { statusLine } from "./status_line.ts";
import { SAMPLE_MS, TimeSeries } from "./time_series.ts";

const log = getLogger(["rosey", "status"]);

const HOSTNAME = "127.0.0.1";
const PUSH_INTERVAL_MS = 1000;
const CLOSE_TIMEOUT_MS = 1000;
/** Open pages that receive events. */
const MAX_LISTENERS = 16;

interface StatusOptions {
  /** 0: any free port. */
  readonly port: number;
  readonly report: () => BotReport;
  readonly build: Build;
}

/** Serves health checks, metrics and the status page on 127.0.0.1. */
export class StatusServer implements AsyncDisposable {
  readonly #options: StatusOptions;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #timeSeries = new TimeSeries();
  readonly #listeners = new Set<ReadableStreamDefaultController<Uint8Array>>();
  readonly #startedAt = Date.now();
  readonly #timers: ReturnType<typeof setInterval>[];
  readonly #closing = new AbortController();
  #lagMs = 0;
  #dueMs = performance.now() + PUSH_INTERVAL_MS;

  /** @throws {Deno.errors.AddrInUse} When the port is in use. */
  constructor(options: StatusOptions) {
    this.#options = options;
    const { signal } = this.#closing;
    const listen = { hostname: HOSTNAME, port: options.port, signal, onListen: () => {} };
    this.#server = Deno.serve({ ...listen, onError: failed }, (request) => this.#answer(request));
    this.#timers = [
      setInterval(logged(() => this.#timeSeries.addSample(options.report())), SAMPLE_MS),
      setInterval(logged(() => this.#push()), PUSH_INTERVAL_MS),
    ];
  }

  get url(): string {
    return `http://${HOSTNAME}:${this.#server.addr.port}`;
  }

  /**
   * Aborts all connections. Deno's graceful shutdown waits for clients that never finish their request
   * or never read the answer, and cannot be aborted once it has begun.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    this.#listeners.clear();
    this.#closing.abort();
    await within(this.#server.finished, CLOSE_TIMEOUT_MS);
  }

  #answer(request: Request): Response {
    const { pathname, hostname } = new URL(request.url);
    // Against DNS rebinding: no other site's page may read the answers.
    if (!["127.0.0.1", "localhost", "[::1]"].includes(hostname)) {
      return respond(`ask for ${this.url}: ${hostname} is not a name of this machine's own\n`, 403);
    }
    if (request.method !== "GET" && request.method !== "HEAD") {
      return respond("only GET\n", 405, { allow: "GET, HEAD" });
    }
    // Only where it is needed: a report that fails must not fail the health check.
    const { report } = this.#options;
    switch (pathname) {
      case "/":
        return page();
      case "/healthz":
        return respond("ok\n");
      case "/readyz":
        return readiness(report());
      case "/metrics":
        return respond(metricsText(report(), this.#process), 200, PROMETHEUS_HEADERS);
      case "/status.json":
        return respond(this.#status, 200, { "content-type": "application/json" });
      case "/events":
        return this.#events();
      default:
        return respond("there is only / /healthz /readyz /metrics /status.json /events\n", 404);
    }
  }

  get #process(): ProcessReport {
    const { rss: residentBytes } = Deno.memoryUsage();
    const { build } = this.#options;
    return { ...build, startedAt: this.#startedAt, residentBytes, lagMs: this.#lagMs };
  }

  /** The data of the page, as JSON. */
  get #status(): string {
    const bot = this.#options.report();
    const series = this.#timeSeries.series(bot);
    return JSON.stringify({ process: this.#process, bot, series, stepMs: SAMPLE_MS });
  }

  get #event(): Uint8Array {
    return new TextEncoder().encode(`data: ${this.#status}\n\n`);
  }

  #events(): Response {
    if (this.#listeners.size >= MAX_LISTENERS) {
      return respond("too many pages are open\n", 503, { "retry-after": "30" });
    }
    const event = this.#event;
    let own: ReadableStreamDefaultController<Uint8Array>;
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        own = controller;
        this.#listeners.add(own);
        own.enqueue(event);
      },
      cancel: () => void this.#listeners.delete(own),
    });
    return respond(body, 200, { "content-type": "text/event-stream" });
  }

  #push(): void {
    const now = performance.now();
    this.#lagMs = Math.max(0, now - this.#dueMs);
    this.#dueMs = now + PUSH_INTERVAL_MS;
    if (this.#listeners.size === 0) return;
    const event = this.#event;
    for (const listener of this.#listeners) {
      // Skip pages that do not read.
      if ((listener.desiredSize ?? 0) > 0) listener.enqueue(event);
    }
  }
}

/** A bug costs one sample. Thrown by a timer, the error would end the program. */
function logged(run: () => void): () => void {
  return () => {
    try {
      run();
    } catch (error) {
      log.error("Cannot make a status report: {error}", { error });
    }
  };
}

const HEADERS = {
  "cache-control": "no-store",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
};

function respond(body: BodyInit, status = 200, headers: Record<string, string> = {}): Response {
  return new Response(body, { status, headers: { ...HEADERS, ...headers } });
}

function readiness(report: BotReport): Response {
  return respond(`${statusLine(report)}\n`, report.connection.state === "joined" ? 200 : 503);
}

function page(): Response {
  const nonce = crypto.randomUUID();
  const policy =
    `default-src 'none'; style-src 'nonce-${nonce}'; script-src 'nonce-${nonce}'; img-src data:; ` +
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
  return respond(statusPage(nonce), 200, {
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": policy,
  });
}

function failed(error: unknown): Response {
  log.error("Cannot answer a status request: {error}", { error });
  return respond("internal error, see the log\n", 500);
}

import { getLogger } from "@logtape/logtape";
import { within } from "../clock.ts";
import type { BotReport } from "../report.ts";
import { PROMETHEUS_TYPE } from "./prometheus_text.ts";
import { metricsText, type ProcessReport } from "./metrics.ts";
import type { Build } from "../version.ts";
import { statusPage } from "./page/page.ts";
import { SAMPLE_MS, type Series, TimeSeries } from "./time_series.ts";
import { statusLine } from "./status_line.ts";

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

/** The data of the page. */
export interface Status {
  readonly process: ProcessReport;
  readonly bot: BotReport;
  readonly series: Series;
  /** Time between two samples of the series. */
  readonly stepMs: number;
}

/** Serves health checks, metrics and the status page on 127.0.0.1. */
export class StatusServer implements AsyncDisposable {
  readonly #options: StatusOptions;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #timeSeries = new TimeSeries();
  readonly #listeners = new Set<ReadableStreamDefaultController<Uint8Array>>();
  readonly #startedAt = Date.now();
  readonly #cancel: (() => void)[] = [];
  readonly #closing = new AbortController();
  #lagMs = 0;
  #dueMs = performance.now() + PUSH_INTERVAL_MS;

  /** @throws {Deno.errors.AddrInUse} When the port is in use. */
  constructor(options: StatusOptions) {
    this.#options = options;
    const { port } = options;
    this.#server = Deno.serve(
      {
        hostname: HOSTNAME,
        port,
        signal: this.#closing.signal,
        onListen: () => {},
        onError: failed,
      },
      (request) => this.#answer(request),
    );
    this.#every(SAMPLE_MS, () => this.#timeSeries.addSample(options.report()));
    this.#every(PUSH_INTERVAL_MS, () => this.#push());
  }

  get url(): string {
    return `http://${HOSTNAME}:${this.#server.addr.port}`;
  }

  /**
   * Aborts all connections. Deno's graceful shutdown waits for clients that never finish their request
   * or never read the answer, and cannot be aborted once it has begun.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const cancel of this.#cancel) cancel();
    this.#listeners.clear();
    this.#closing.abort();
    await within(this.#server.finished, CLOSE_TIMEOUT_MS);
  }

  #answer(request: Request): Response {
    const { pathname, hostname } = new URL(request.url);
    // Against DNS rebinding: no other site's page may read the answers.
    if (!["127.0.0.1", "localhost", "[::1]"].includes(hostname)) {
      return plain(`ask for ${this.url}: ${hostname} is not a name of this machine's own\n`, 403);
    }
    if (request.method !== "GET" && request.method !== "HEAD") {
      return plain("only GET\n", 405, { allow: "GET, HEAD" });
    }
    switch (pathname) {
      case "/":
        return page();
      case "/healthz":
        return plain("ok\n");
      case "/readyz":
        return this.#ready();
      case "/metrics":
        return plain(metricsText(this.#options.report(), this.#process), 200, {
          "content-type": PROMETHEUS_TYPE,
        });
      case "/status.json":
        return Response.json(this.#status, { headers: HEADERS });
      case "/events":
        return this.#events();
      default:
        return plain("there is only / /healthz /readyz /metrics /status.json /events\n", 404);
    }
  }

  get #process(): ProcessReport {
    return {
      ...this.#options.build,
      startedAt: this.#startedAt,
      residentBytes: Deno.memoryUsage().rss,
      lagMs: this.#lagMs,
    };
  }

  get #status(): Status {
    const bot = this.#options.report();
    return { process: this.#process, bot, series: this.#timeSeries.series(bot), stepMs: SAMPLE_MS };
  }

  #ready(): Response {
    const report = this.#options.report();
    const joined = report.connection.state === "joined";
    return plain(`${statusLine(report)}\n`, joined ? 200 : 503);
  }

  #events(): Response {
    if (this.#listeners.size >= MAX_LISTENERS) {
      return plain("too many pages are open\n", 503, { "retry-after": "30" });
    }
    let own: ReadableStreamDefaultController<Uint8Array>;
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        own = controller;
        this.#listeners.add(own);
        own.enqueue(eventOf(this.#status));
      },
      cancel: () => void this.#listeners.delete(own),
    });
    return new Response(body, { headers: { ...HEADERS, "content-type": "text/event-stream" } });
  }

  #push(): void {
    const now = performance.now();
    this.#lagMs = Math.max(0, now - this.#dueMs);
    this.#dueMs = now + PUSH_INTERVAL_MS;
    if (this.#listeners.size === 0) return;
    const event = eventOf(this.#status);
    for (const listener of this.#listeners) {
      // Skip pages that do not read.
      if ((listener.desiredSize ?? 0) > 0) listener.enqueue(event);
    }
  }

  #every(ms: number, fn: () => void): void {
    const timer = setInterval(fn, ms);
    this.#cancel.push(() => clearInterval(timer));
  }
}

const HEADERS = {
  "cache-control": "no-store",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
};

function plain(text: string, status = 200, headers: Record<string, string> = {}): Response {
  return new Response(text, { status, headers: { ...HEADERS, ...headers } });
}

function page(): Response {
  const nonce = crypto.randomUUID();
  const policy = [
    "default-src 'none'",
    `style-src 'nonce-${nonce}'`,
    `script-src 'nonce-${nonce}'`,
    "img-src data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
  return plain(statusPage(nonce), 200, {
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": policy,
  });
}

function eventOf(status: Status): Uint8Array {
  return new TextEncoder().encode(`data: ${JSON.stringify(status)}\n\n`);
}

function failed(error: unknown): Response {
  log.error("Cannot answer a look at the status: {error}", { error });
  return plain("a fault of the program, see the log\n", 500);
}

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { isChannelName } from "./facts.ts";

// The page is one file: nothing it shows may come from anywhere else.
const PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; " +
  "connect-src 'self' ws:; img-src data:; base-uri 'none'; form-action 'none'; " +
  "frame-ancestors 'none'";

const FAREWELL_MS = 250;

/** The HTTP side of the embedded channel: the page and the socket's address. */
export class HttpFront {
  /** The server to attach the socket server to. */
  readonly server: Server;
  readonly #hostname: string;
  readonly #page: string | (() => string);
  readonly #wires = new Set<Duplex>();
  #port = 0;
  /** Where clients are sent instead of here. */
  movedTo: string | undefined = undefined;

  /** Not listening yet. */
  constructor(hostname: string, page: string | (() => string)) {
    this.#hostname = hostname;
    this.#page = page;
    this.server = createServer((request, response) => this.#serve(request, response));
    this.server.on("upgrade", (_request, wire: Duplex) => {
      this.#wires.add(wire);
      wire.once("close", () => this.#wires.delete(wire));
    });
  }

  /** Where it listens, such as `http://127.0.0.1:8080`. */
  get url(): string {
    const host = this.#hostname.includes(":") ? `[${this.#hostname}]` : this.#hostname;
    return `http://${host}:${this.#port}`;
  }

  /** The port it listens on. */
  get port(): number {
    return this.#port;
  }

  /** Resolves once it listens; rejects when it cannot. */
  listen(port: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.server.once("error", reject);
      this.server.listen(port, this.#hostname, () => {
        this.server.off("error", reject);
        this.#port = (this.server.address() as AddressInfo).port;
        resolve();
      });
    });
  }

  /** Waits for the WebSockets to say farewell; whoever does not in time is cut off. */
  async close(): Promise<void> {
    this.server.closeAllConnections();
    await Promise.all([...this.#wires].map(closed));
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    const path = (request.url ?? "/").split("?", 1)[0] ?? "/";
    const channel = /^\/socketconfig\/(.+)\.json$/.exec(path)?.[1];
    if (request.method !== "GET") {
      respond(response, 405, "text/plain", "Method Not Allowed");
    } else if (path === "/") {
      const page = typeof this.#page === "string" ? this.#page : this.#page();
      response.setHeader("content-security-policy", PAGE_POLICY);
      respond(response, 200, "text/html", page);
    } else if (channel === undefined) {
      respond(response, 404, "text/plain", "Not Found");
    } else if (isChannelName(channel)) {
      respondJson(response, 200, { servers: [{ url: this.movedTo ?? this.url, secure: false }] });
    } else {
      const error = `Channel "${decoded(channel)}" does not exist.`;
      respondJson(response, 404, { error });
    }
  }
}

/** Tells whether a request comes from this server's own page, or from no page at all. */
export function isOwnOrigin(request: { readonly headers: OriginHeaders }): boolean {
  const { origin, host } = request.headers;
  // Programs such as the bot send no origin.
  if (origin === undefined) return true;
  return URL.canParse(origin) && new URL(origin).host === host;
}

/** The headers that tell a page from a program. */
export interface OriginHeaders {
  /** Sent by browsers only. */
  readonly origin?: string | undefined;
  /** The address the client asked for. */
  readonly host?: string | undefined;
}

function closed(wire: Duplex): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => wire.destroy(), FAREWELL_MS);
    wire.once("close", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function respond(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, {
    "content-type": `${type}; charset=utf-8`,
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    // A connection kept alive would keep the server from closing.
    "connection": "close",
  });
  response.end(body);
}

function respondJson(response: ServerResponse, status: number, body: unknown): void {
  respond(response, status, "application/json", JSON.stringify(body));
}

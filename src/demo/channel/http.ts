import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { isChannelName } from "./defaults.ts";

// The page is one file and loads nothing else.
const PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; " +
  "connect-src 'self' ws:; img-src data:; base-uri 'none'; form-action 'none'; " +
  "frame-ancestors 'none'";

const CLOSE_TIMEOUT_MS = 250;

/** Serves the page and the channel's `socketconfig`. */
export class HttpFront {
  readonly server: Server;
  readonly #page: string;
  readonly #channelPage: string;
  readonly #sockets = new Set<Duplex>();
  movedTo: string | undefined = undefined;

  constructor(page: string, maxMessageLength: number) {
    this.#page = page;
    this.#channelPage = channelPage(maxMessageLength);
    this.server = createServer((request, response) => this.#serve(request, response));
    this.server.on("upgrade", (_request, socket: Duplex) => {
      this.#sockets.add(socket);
      socket.once("close", () => this.#sockets.delete(socket));
    });
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  async listen(port: number): Promise<void> {
    this.server.listen(port, "127.0.0.1");
    await once(this.server, "listening");
  }

  /** Closes the WebSockets, by force after a timeout. */
  async close(): Promise<void> {
    this.server.closeAllConnections();
    await Promise.all([...this.#sockets].map(closed));
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    const path = (request.url ?? "/").split("?", 1)[0] ?? "/";
    const channel = /^\/socketconfig\/(.+)\.json$/.exec(path)?.[1];
    if (request.method !== "GET") {
      respond(response, 405, "text/plain", "Method Not Allowed");
    } else if (path === "/") {
      response.setHeader("content-security-policy", PAGE_POLICY);
      respond(response, 200, "text/html", this.#page);
    } else if (path.startsWith("/r/")) {
      respond(response, 200, "text/html", this.#channelPage);
    } else if (channel === undefined) {
      respond(response, 404, "text/plain", "Not Found");
    } else if (isChannelName(channel)) {
      const servers = [{ url: this.movedTo ?? this.url, secure: false }];
      respond(response, 200, "application/json", JSON.stringify({ servers }));
    } else {
      const error = `Channel "${channel}" does not exist.`;
      respond(response, 404, "application/json", JSON.stringify({ error }));
    }
  }
}

/** The part of CyTube's page of a channel that tells the limit of a line. */
function channelPage(maxMessageLength: number): string {
  return '<input class="form-control" id="chatline" type="text" ' +
    `maxlength="${maxMessageLength}" style="display: none">`;
}

/** Whether a request comes from this server's own page, or from a program, which sends no origin. */
export function isOwnOrigin({ headers: { origin, host } }: IncomingMessage): boolean {
  return origin === undefined || (URL.canParse(origin) && new URL(origin).host === host);
}

async function closed(socket: Duplex): Promise<void> {
  const timer = setTimeout(() => socket.destroy(), CLOSE_TIMEOUT_MS);
  await new Promise((resolve) => socket.once("close", resolve));
  clearTimeout(timer);
}

function respond(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, {
    "content-type": `${type}; charset=utf-8`,
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    // A kept-alive connection would keep the server from closing.
    "connection": "close",
  });
  response.end(body);
}

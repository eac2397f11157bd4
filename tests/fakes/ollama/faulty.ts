import { FakeOllama, type FakeOllamaOptions, type FakeRequest } from "./server.ts";
import { type Fault, play } from "./faults.ts";

export * from "./faults.ts";

export interface FaultyOllamaOptions extends FakeOllamaOptions {
  /** Default: none. */
  fault?: Fault | null;
}

interface RawRequest extends FakeRequest {
  readonly bytes: Uint8Array<ArrayBuffer>;
}

const MAX_REQUESTS = 1000;

/**
 * A raw TCP front of a {@linkcode FakeOllama} that forwards requests or plays a fault instead. The
 * fault can be changed at any time.
 *
 * @example
 * ```ts
 * await using ollama = FaultyOllama.start({ tokenDelayMs: 0 });
 * ollama.fault = { kind: "hang", on: "chat" };
 * ```
 */
export class FaultyOllama implements AsyncDisposable {
  fault: Fault | null;
  readonly url: string;
  /** The same after a restart. */
  readonly port: number;
  readonly backend: FakeOllama;
  /** The latest 1000 requests, oldest first. */
  readonly requests: (FakeRequest & { at: number })[] = [];

  readonly #hostname: string;
  readonly #tls: FakeOllamaOptions["tls"];
  readonly #connections = new Map<Deno.Conn, Promise<void>>();
  #listener: Deno.Listener | undefined;
  #accepting: Promise<void> = Promise.resolve();

  private constructor(options: FaultyOllamaOptions) {
    const { port = 0, hostname = "127.0.0.1", tls, fault = null, ...rest } = options;
    this.fault = fault;
    this.backend = FakeOllama.start(rest);
    this.#hostname = hostname;
    this.#tls = tls;
    this.port = this.#listen(port);
    this.url = `${tls ? "https" : "http"}://${hostname}:${this.port}`;
  }

  static start(options: FaultyOllamaOptions = {}): FaultyOllama {
    return new FaultyOllama(options);
  }

  /** The number of open connections. */
  get open(): number {
    return this.#connections.size;
  }

  /** Cuts open connections and refuses new ones. The models stay loaded. */
  async stop(): Promise<void> {
    this.#listener?.close();
    this.#listener = undefined;
    const served = [...this.#connections.values()];
    for (const connection of this.#connections.keys()) shut(connection);
    await Promise.all([this.#accepting, ...served]);
  }

  restart(): void {
    if (!this.#listener) this.#listen(this.port);
  }

  async close(): Promise<void> {
    await this.stop();
    await this.backend.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #listen(port: number): number {
    const address = { port, hostname: this.#hostname };
    const listener = this.#tls
      ? Deno.listenTls({ ...address, ...this.#tls })
      : Deno.listen(address);
    this.#listener = listener;
    this.#accepting = this.#accept(listener);
    return (listener.addr as Deno.NetAddr).port;
  }

  async #accept(listener: Deno.Listener): Promise<void> {
    for await (const connection of listener) {
      // An error of one connection, such as a disconnect, does not matter to others.
      const served = this.#serve(connection).catch(() => {}).finally(() => {
        shut(connection);
        this.#connections.delete(connection);
      });
      this.#connections.set(connection, served);
    }
  }

  async #serve(connection: Deno.Conn): Promise<void> {
    const request = await readRequest(connection);
    if (!request) return;
    const { bytes, ...seen } = request;
    this.requests.push({ ...seen, at: performance.now() });
    if (this.requests.length > MAX_REQUESTS) this.requests.shift();
    const { fault } = this;
    if (!fault || !strikes(fault, seen.path)) {
      return await forward(connection, bytes, this.backend.port);
    }
    if ("setNoDelay" in connection) (connection as Deno.TcpConn).setNoDelay(true);
    const body = seen.body as { model?: string; stream?: boolean } | undefined;
    const { path } = seen;
    const target = { path, model: body?.model ?? "", stream: body?.stream !== false };
    const ending = await play(fault, target, (data) => writeAll(connection, data));
    if (ending === "hold") await untilGone(connection);
  }
}

/**
 * Finds a port that refuses connections, for a server that starts later. It is below the ephemeral
 * range, so that no other test gets it meanwhile.
 */
export function holdPort(): number {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    try {
      using _listener = Deno.listen({ hostname: "127.0.0.1", port });
      return port;
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    }
  }
}

function strikes({ kind, on }: Fault, path: string): boolean {
  const plain = ["status", "hang", "reset", "html", "redirect"].includes(kind);
  const scope = on ?? (plain ? "all" : "chat");
  if (scope === "chat") return path === "/api/chat" || path === "/api/generate";
  return scope === "all" || scope === path;
}

async function readRequest(connection: Deno.Conn): Promise<RawRequest | undefined> {
  const buffer = new Uint8Array(65_536);
  let bytes = new Uint8Array();
  let needed = Infinity;
  while (bytes.length < needed) {
    const count = await connection.read(buffer);
    if (count === null) return undefined;
    const grown = new Uint8Array(bytes.length + count);
    grown.set(bytes);
    grown.set(buffer.subarray(0, count), bytes.length);
    bytes = grown;
    if (!/^[A-Z]/.test(String.fromCharCode(bytes[0] ?? 0))) {
      // Probably a TLS handshake: fails it at once.
      await writeAll(connection, "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
      return undefined;
    }
    const head = headOf(bytes);
    if (head !== undefined) needed = head.length + 4 + lengthOf(head);
  }
  return parseRequest(bytes);
}

function parseRequest(bytes: Uint8Array<ArrayBuffer>): RawRequest {
  const head = headOf(bytes) ?? "";
  const [first = "", ...rest] = head.split("\r\n");
  const [method = "", target = ""] = first.split(" ");
  const headers = Object.fromEntries(rest.map((line) => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
  }));
  const body = new TextDecoder().decode(bytes.subarray(head.length + 4));
  const path = target.split("?")[0] ?? "";
  return { method, path, headers, body: parsedOrText(body), bytes };
}

function headOf(bytes: Uint8Array): string | undefined {
  const head = new TextDecoder("latin1").decode(bytes);
  const end = head.indexOf("\r\n\r\n");
  return end < 0 ? undefined : head.slice(0, end);
}

function lengthOf(head: string): number {
  return Number(/\r\ncontent-length:\s*(\d+)/i.exec(head)?.[1] ?? 0);
}

function parsedOrText(body: string): unknown {
  if (body === "") return undefined;
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}

/** Sends a request to a server of this machine, and what comes back to its client, as it comes. */
export async function forward(
  client: Deno.Conn,
  request: Uint8Array<ArrayBuffer>,
  port: number,
): Promise<void> {
  using server = await Deno.connect({ hostname: "127.0.0.1", port });
  const text = new TextDecoder("latin1").decode(request);
  const end = text.indexOf("\r\n\r\n");
  // One request per connection: the response ends with the stream.
  const head = text.slice(0, end).replace(/\r\nconnection:[^\r]*/i, "") + "\r\nConnection: close";
  await writeAll(server, head + "\r\n\r\n");
  await writeAll(server, request.slice(end + 4));
  const gone = untilGone(client).then(() => shut(server));
  const buffer = new Uint8Array(65_536);
  for (;;) {
    const count = await server.read(buffer).catch(() => null);
    if (count === null) break;
    await writeAll(client, buffer.slice(0, count));
  }
  shut(client);
  await gone;
}

/** Reads until the client disconnects. */
export async function untilGone(connection: Deno.Conn): Promise<void> {
  const buffer = new Uint8Array(1024);
  for (;;) {
    const count = await connection.read(buffer).catch(() => null);
    if (count === null) return;
  }
}

export async function writeAll(
  connection: Deno.Conn,
  data: string | Uint8Array<ArrayBuffer>,
): Promise<void> {
  const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
  for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
}

/** Closes a connection that may be closed already. */
export function shut(connection: Deno.Conn): void {
  try {
    connection.close();
  } catch {
    // Already closed.
  }
}

/** A server that sends scripted bytes, which need not be valid HTTP. */

/** What the server read of a request. */
export interface RawRequest {
  /** Without the query. */
  readonly path: string;
  /** The whole head, its lines ended by CRLF. */
  readonly head: string;
}

/** What the server sends, and what becomes of the connection afterwards. */
export interface RawScript {
  /** Sent once the request is read; default nothing. */
  readonly bytes?: string | Uint8Array<ArrayBuffer> | ((request: RawRequest) => string);
  /** Sent again and again, until the client goes. */
  readonly repeat?: string;
  /** Keeps the connection open until the client goes, instead of closing it. */
  readonly hold?: boolean;
  /** Closes with the request unread: the client sees a reset rather than an end. */
  readonly unread?: boolean;
  /** Called when everything is sent. */
  readonly onSent?: () => void;
}

/** The server; it is good while its script is null. */
export class RawHttp implements AsyncDisposable {
  /** What it does with every request. */
  script: RawScript | null;
  readonly url: string;
  readonly port: number;
  readonly #listener: Deno.TcpListener;
  readonly #connections = new Map<Deno.Conn, Promise<void>>();
  readonly #accepting: Promise<void>;

  constructor(script: RawScript | null) {
    this.script = script;
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    this.port = this.#listener.addr.port;
    this.url = `http://127.0.0.1:${this.port}`;
    this.#accepting = this.#accept();
  }

  /** Cuts all connections. */
  async close(): Promise<void> {
    this.#listener.close();
    await this.#accepting;
    const served = [...this.#connections.values()];
    for (const connection of this.#connections.keys()) shut(connection);
    await Promise.all(served);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #accept(): Promise<void> {
    for await (const connection of this.#listener) {
      // A client that disconnects early does not matter to others.
      const served = this.#serve(connection).catch(() => {}).finally(() => {
        shut(connection);
        this.#connections.delete(connection);
      });
      this.#connections.set(connection, served);
    }
  }

  async #serve(connection: Deno.TcpConn): Promise<void> {
    if (this.script?.unread) return void await connection.read(new Uint8Array(1));
    const request = await readRequest(connection);
    if (request === undefined) return;
    const { bytes = "", repeat, hold, onSent } = this.script ?? { bytes: goodAnswer(request.path) };
    await writeAll(connection, typeof bytes === "function" ? bytes(request) : bytes);
    onSent?.();
    while (repeat !== undefined) await writeAll(connection, repeat);
    if (hold) await untilGone(connection);
  }
}

/** An answer with a proper head. */
export function answer(body: string, headers: readonly string[] = [], status = "200 OK"): string {
  const length = new TextEncoder().encode(body).length;
  return head([...headers, `Content-Length: ${length}`], status) + body;
}

/** The head of an answer after which the connection is closed. */
export function head(headers: readonly string[] = [], status = "200 OK"): string {
  return [`HTTP/1.1 ${status}`, ...headers, "Connection: close", "", ""].join("\r\n");
}

/** Server-sent events. */
export function sse(...events: readonly (string | Record<string, unknown>)[]): string {
  const data = events.map((event) => typeof event === "string" ? event : JSON.stringify(event));
  const body = data.map((text) => `data: ${text}\n\n`).join("");
  return answer(body, ["Content-Type: text/event-stream"]);
}

function goodAnswer(path: string): string {
  if (path.endsWith("/api/tags")) return answer(`{"models":[{"name":"rosey-demo:latest"}]}`);
  if (path.endsWith("/models")) return answer(`{"data":[{"id":"rosey-demo"}]}`);
  if (path.endsWith("/chat/completions")) {
    return sse({ choices: [{ delta: { content: "Fine." }, finish_reason: "stop" }] }, "[DONE]");
  }
  return answer(`{"message":{"role":"assistant","content":"Fine."},"done":true}\n`);
}

async function readRequest(connection: Deno.Conn): Promise<RawRequest | undefined> {
  const buffer = new Uint8Array(65_536);
  const decoder = new TextDecoder("latin1");
  let text = "";
  for (;;) {
    const count = await connection.read(buffer);
    if (count === null) return undefined;
    text += decoder.decode(buffer.subarray(0, count));
    // A TLS greeting has no end that this server knows.
    if (!/^[A-Z]/.test(text)) return { path: "", head: text };
    const end = text.indexOf("\r\n\r\n");
    if (end < 0) continue;
    const found = text.slice(0, end);
    const length = Number(/\r\ncontent-length:\s*(\d+)/i.exec(found)?.[1] ?? 0);
    if (text.length < end + 4 + length) continue;
    return { path: found.split(" ")[1]?.split("?")[0] ?? "", head: found };
  }
}

async function untilGone(connection: Deno.Conn): Promise<void> {
  const buffer = new Uint8Array(1024);
  while (await connection.read(buffer) !== null);
}

async function writeAll(
  connection: Deno.Conn,
  data: string | Uint8Array<ArrayBuffer>,
): Promise<void> {
  const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
  for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
}

function shut(connection: Deno.Conn): void {
  try {
    connection.close();
  } catch {
    // Already closed.
  }
}

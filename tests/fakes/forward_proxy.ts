/** A forward proxy on loopback: requests in absolute form, and tunnels by CONNECT. */

/** The end of a message's head. */
const HEAD_END = "\r\n\r\n";

export class ForwardProxy implements AsyncDisposable {
  /** First lines of the requests that came, e.g. `CONNECT localhost:443 HTTP/1.1`. */
  readonly requests: string[] = [];
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #connections = new Set<Deno.Conn>();
  readonly #work: Promise<void>;
  readonly #credentials: string | undefined;

  /** @param credentials `name:password` that it wants; none: everybody may use it. */
  constructor(credentials?: string) {
    this.#credentials = credentials;
    this.#work = this.#accept();
  }

  /** As the environment names it, with the credentials that it wants. */
  get url(): string {
    const { port } = this.#listener.addr as Deno.NetAddr;
    return `http://${this.#credentials ? `${this.#credentials}@` : ""}127.0.0.1:${port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const connection of this.#connections) close(connection);
    await this.#work;
  }

  async #accept(): Promise<void> {
    const serving: Promise<void>[] = [];
    for await (const client of this.#listener) serving.push(this.#serve(client).catch(() => {}));
    await Promise.all(serving);
  }

  async #serve(client: Deno.Conn): Promise<void> {
    this.#connections.add(client);
    const { head, rest } = await readHead(client);
    const [first = "", ...headers] = head.split("\r\n");
    this.requests.push(first);
    const sent = headers.find((header) => /^proxy-authorization: basic /i.test(header));
    if (this.#credentials && sent?.split(" ")[2] !== btoa(this.#credentials)) {
      const wants = 'Proxy-Authenticate: Basic realm="proxy"';
      await client.write(encode(
        `HTTP/1.1 407 Proxy Authentication Required\r\n${wants}\r\n` +
          `Content-Length: 0${HEAD_END}`,
      ));
      return close(client);
    }
    const [method, target = ""] = first.split(" ");
    const tunnel = method === "CONNECT";
    const url = new URL(tunnel ? `http://${target}` : target);
    const server = await Deno.connect({ hostname: url.hostname, port: Number(url.port || 80) });
    this.#connections.add(server);
    if (tunnel) {
      await client.write(encode(`HTTP/1.1 200 Connection established${HEAD_END}`));
    } else {
      const line = `${method} ${url.pathname}${url.search} HTTP/1.1`;
      const own = headers.filter((header) => !/^(?:proxy-|connection:)/i.test(header));
      await server.write(encode([line, ...own, "Connection: close"].join("\r\n") + HEAD_END));
    }
    if (rest.length > 0) await server.write(rest);
    await Promise.allSettled([pipe(client, server), pipe(server, client)]);
  }
}

async function readHead(from: Deno.Conn): Promise<{ head: string; rest: Uint8Array }> {
  const buffer = new Uint8Array(65_536);
  let length = 0;
  for (;;) {
    const count = await from.read(buffer.subarray(length));
    if (count === null) throw new Error("the connection ended within the head");
    length += count;
    const text = new TextDecoder("latin1").decode(buffer.subarray(0, length));
    const end = text.indexOf(HEAD_END);
    if (end < 0) continue;
    return { head: text.slice(0, end), rest: buffer.slice(end + HEAD_END.length, length) };
  }
}

/** What ends one side ends the other. */
async function pipe(from: Deno.Conn, to: Deno.Conn): Promise<void> {
  try {
    await from.readable.pipeTo(to.writable, { preventClose: true });
  } finally {
    close(from);
    close(to);
  }
}

function close(connection: Deno.Conn): void {
  try {
    connection.close();
  } catch {
    // Already closed.
  }
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

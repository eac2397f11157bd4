const HOSTNAME = "127.0.0.1";

/** Forwards TCP connections, and can stop forwarding as a broken network does. */
export class TcpProxy implements AsyncDisposable {
  readonly #listener = Deno.listen({ hostname: HOSTNAME, port: 0 });
  readonly #connections = new Set<Deno.Conn>();
  readonly #work: Promise<unknown>[] = [];
  readonly #port: number;
  readonly #silent = new Set<Deno.Conn>();
  #frozen = false;
  #delivered = Promise.resolve();
  #deliver = () => {};

  /** `port` is that of the server, on loopback. */
  constructor(port: number) {
    this.#port = port;
    this.#work.push(this.#accept());
  }

  /** Where clients connect. */
  get url(): string {
    return `http://${HOSTNAME}:${this.#listener.addr.port}`;
  }

  /** Stops forwarding without closing anything, as a pulled cable or a power cut does. */
  freeze(): void {
    this.#frozen = true;
  }

  /** Stops forwarding over the open connections without closing them; new ones work. */
  silence(): void {
    for (const connection of this.#connections) this.#silent.add(connection);
  }

  /** Holds what the server sends back until {@linkcode TcpProxy.release}. Nothing is lost. */
  hold(): void {
    const { promise, resolve } = Promise.withResolvers<void>();
    [this.#delivered, this.#deliver] = [promise, resolve];
  }

  release(): void {
    this.#deliver();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.release();
    this.#listener.close();
    for (const connection of this.#connections) connection.close();
    this.#connections.clear();
    await Promise.all(this.#work);
  }

  async #accept(): Promise<void> {
    for await (const client of this.#listener) {
      const server = await Deno.connect({ hostname: HOSTNAME, port: this.#port }).catch(() => null);
      if (server === null) {
        client.close();
        continue;
      }
      for (const connection of [client, server]) this.#connections.add(connection);
      const held = () => this.#delivered;
      this.#work.push(this.#carry(client, server), this.#carry(server, client, held));
    }
  }

  async #carry(from: Deno.Conn, to: Deno.Conn, ready = () => Promise.resolve()): Promise<void> {
    const buffer = new Uint8Array(16_384);
    const read = () => from.read(buffer).catch(() => null);
    for (let count = await read(); count !== null; count = await read()) {
      await ready();
      if (!this.#isDead(from)) await to.write(buffer.subarray(0, count)).catch(() => {});
    }
    if (this.#isDead(from)) return;
    for (const connection of [from, to]) {
      if (this.#connections.delete(connection)) connection.close();
    }
  }

  #isDead(connection: Deno.Conn): boolean {
    return this.#frozen || this.#silent.has(connection);
  }
}

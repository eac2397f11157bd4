/** Where a service manager listens: what a service tells it, message by message. */

/** Whether this Deno can use names that have no place among the files; older ones cannot. */
export function hasAbstractNames(): boolean {
  try {
    const path = `\0rosey-need-${Deno.pid}-${crypto.randomUUID()}`;
    Deno.listenDatagram({ transport: "unixpacket", path }).close();
    return true;
  } catch {
    return false;
  }
}

export class ServiceManager implements AsyncDisposable {
  /** Everything that was told, e.g. `READY=1\nSTATUS=in demo as Rosey`. */
  readonly messages: string[] = [];
  readonly #folder = Deno.makeTempDirSync({ prefix: "rosey-service-" });
  readonly #socket: Deno.DatagramConn;
  readonly #address: string;
  readonly #reading: Promise<void>;
  #news = Promise.withResolvers<void>();

  /** @param abstract Whether its name has no place among the files. */
  constructor(abstract = false) {
    const path = `${this.#folder}/notify`;
    this.#address = abstract ? `@${path}` : path;
    const own = this.#address.replace("@", "\0");
    this.#socket = Deno.listenDatagram({ transport: "unixpacket", path: own });
    this.#reading = this.#read();
  }

  /** What a service finds in its environment. */
  env(watchdogMs?: number): Record<string, string> {
    const env = { NOTIFY_SOCKET: this.#address, RUNTIME_DIRECTORY: this.#folder };
    return watchdogMs ? { ...env, WATCHDOG_USEC: String(watchdogMs * 1000) } : env;
  }

  /** Waits for a message, from a certain one on. */
  async message(pattern: RegExp, from = 0): Promise<string> {
    const limit = AbortSignal.timeout(20_000);
    for (let at = from;;) {
      for (; at < this.messages.length; at++) {
        if (pattern.test(this.messages[at]!)) return this.messages[at]!;
      }
      if (limit.aborted) throw new Error(`No message has ${pattern}: ${this.messages.join(" | ")}`);
      const over = Promise.withResolvers<void>();
      limit.addEventListener("abort", () => over.resolve(), { once: true });
      await Promise.race([this.#news.promise, over.promise]);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.close();
    await this.#reading;
    Deno.removeSync(this.#folder, { recursive: true });
  }

  async #read(): Promise<void> {
    try {
      for await (const [bytes] of this.#socket) {
        this.messages.push(new TextDecoder().decode(bytes));
        this.#news.resolve();
        this.#news = Promise.withResolvers();
      }
    } catch (error) {
      if (!(error instanceof Deno.errors.BadResource)) throw error;
    }
  }
}

import { io, type Socket, WebSocket as NativeWebSocket } from "socket.io-client";
import type { Received } from "./trace.ts";

const INVALID_LOGIN = "Invalid login frame";

/** A client that records everything it receives. */
export class TraceClient implements AsyncDisposable {
  readonly received: Received[] = [];
  readonly #socket: Socket;
  readonly #gone: Promise<string>;
  #barriers: (() => void)[] = [];
  #recording = true;

  private constructor(url: string) {
    this.#socket = io(url, {
      transports: [NativeWebSocket],
      reconnection: false,
      forceNew: true,
    });
    this.#gone = new Promise((resolve) => {
      this.#socket.on("disconnect", (reason) => {
        this.#write("disconnect", reason);
        resolve(reason);
      });
    });
    this.#socket.onAny((ev: string, ...args: unknown[]) => {
      const first = args[0] as { msg?: unknown } | undefined;
      if (ev === "errorMsg" && first?.msg === INVALID_LOGIN && this.#barriers.length > 0) {
        this.#barriers.shift()?.();
      } else {
        this.#write(ev, args.length === 1 ? first : args);
      }
    });
  }

  static async connect(url: string): Promise<TraceClient> {
    const client = new TraceClient(url);
    await new Promise<void>((resolve, reject) => {
      client.#socket.once("connect", resolve);
      client.#socket.once("connect_error", reject);
    });
    return client;
  }

  emit(event: string, ...args: unknown[]): void {
    this.#socket.emit(event, ...args);
  }

  /** Resolves when the server has handled everything sent before, or the socket is closed. */
  async barrier(): Promise<void> {
    if (!this.#socket.connected) return;
    // An invalid login is answered at once, in any state, and changes nothing.
    const answered = new Promise<void>((resolve) => this.#barriers.push(resolve));
    this.#socket.emit("login", "barrier");
    await Promise.race([answered, this.#gone]);
  }

  async login(name: string, pw?: string): Promise<Record<string, unknown>> {
    const answer = this.next("login");
    this.#socket.emit("login", pw === undefined ? { name } : { name, pw });
    return (await answer) as Record<string, unknown>;
  }

  /** Joins a channel and resolves with the first user list. */
  async join(name: string): Promise<unknown> {
    const list = this.next("userlist");
    this.#socket.emit("joinChannel", { name });
    return await list;
  }

  say(msg: string): void {
    this.#socket.emit("chatMsg", { msg, meta: {} });
  }

  /** The next event of that name that fits; default: any. */
  next<T = unknown>(event: string, fits: (payload: T) => boolean = () => true): Promise<T> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#socket.off(event, onEvent);
        const events = this.received.map(({ ev }) => ev).join(" ");
        reject(new Error(`Cannot await ${event}: received only ${events}`));
      }, 2000);
      const onEvent = (payload: T) => {
        if (!fits(payload)) return;
        clearTimeout(timer);
        this.#socket.off(event, onEvent);
        resolve(payload);
      };
      this.#socket.on(event, onEvent);
    });
  }

  all(event: string): unknown[] {
    return this.received.filter(({ ev }) => ev === event).map(({ args }) => args);
  }

  /** Resolves with the reason of the disconnect. */
  get gone(): Promise<string> {
    return this.#gone;
  }

  get connected(): boolean {
    return this.#socket.connected;
  }

  deafen(): void {
    this.#recording = false;
  }

  async close(): Promise<void> {
    this.deafen();
    this.#socket.close();
    await this.#gone;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #write(ev: string, args: unknown): void {
    if (this.#recording) this.received.push({ ev, args });
  }
}

/** Polls until `holds` returns true; false after `timeoutMs`. */
export async function until(holds: () => boolean, timeoutMs = 2000): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  while (!holds()) {
    if (Date.now() > deadline) return false;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return true;
}

/**
 * One connection to a channel, from its begin to its end.
 *
 * Connect, log in, join, and listen. Everything between `joinChannel` and the first `userlist` is
 * history. Emits before that are lost, so that nothing is said before it.
 *
 * @module
 */
import { getLogger } from "@logtape/logtape";
import { io, type Socket, WebSocket as NativeWebSocket } from "socket.io-client";
import type { Clock } from "../clock.ts";
import type { Credentials } from "../config/settings.ts";
import { ChannelUnavailableError } from "../errors.ts";
import { type ChannelEvent, parseEvent } from "./events.ts";
import { assertReadableFrame } from "./frame.ts";
import { type Redact, redactor } from "../redact.ts";
import { watchHeartbeat } from "./heartbeat.ts";
import {
  connectRefused,
  joinRefused,
  kicked,
  loginRefused,
  passwordRefused,
} from "./disconnect_reason.ts";

const log = getLogger(["rosey", "cytube"]);

/** Options of {@linkcode Session}. */
export interface SessionOptions {
  /** The socket server. */
  readonly url: string;
  /** The channel to join, with its password if it has one. */
  readonly channel: Credentials;
  /** Without a password: a guest. */
  readonly user: Credentials;
  /** Joins without a name first, and leaves again where somebody of that name is inside. */
  readonly look: boolean;
  /** Measures all waits but that for the connection. */
  readonly clock: Clock;
  /** How long nothing may come, in milliseconds. */
  readonly silentMs: number;
  /** The session is in the channel, under the name the server gave it. */
  readonly onJoined: (name: string) => void;
  /** Anything the channel sends; `live` is false for lines of before the session joined. */
  readonly onEvent: (event: ChannelEvent, live: boolean) => void;
}

const CONNECT_TIMEOUT_MS = 20_000;
const JOIN_TIMEOUT_MS = 30_000;
/** A moderator needs no password, but the server may ask before it knows who is one. */
const RANK_TIMEOUT_MS = 3000;

/** The runtime's own. Without this a frame that the library cannot read would end the program. */
class SafeWebSocket extends NativeWebSocket {
  override createSocket(
    ...args: Parameters<NativeWebSocket["createSocket"]>
  ): ReturnType<NativeWebSocket["createSocket"]> {
    const socket = super.createSocket(...args);
    // The library then asks for "nodebuffer", which the runtime does not know and leaves alone.
    socket.binaryType = "arraybuffer";
    return socket;
  }

  override onData(...args: Parameters<NativeWebSocket["onData"]>): void {
    try {
      assertReadableFrame(args[0]);
      super.onData(...args);
    } catch (error) {
      this.onError("malformed frame", error as Error);
    }
  }
}

/** One connection. It ends with an error that says why; it is never used again. */
export class Session {
  readonly #options: SessionOptions;
  /** Removes the passwords from the server's words. */
  readonly #quote: { readonly redact: Redact };
  readonly #end = Promise.withResolvers<never>();
  #socket: Socket | null = null;
  #name: string | null = null;
  /** Whether the first list of who is here came, which says that the session is inside. */
  #inside = false;
  #live = false;
  #kick: string | null = null;
  #timers: (() => void)[] = [];

  /**
   * Not connected yet.
   *
   * @param options Where it goes, and who is told.
   */
  constructor(options: SessionOptions) {
    this.#options = options;
    const { user, channel } = options;
    this.#quote = { redact: redactor([user.password ?? "", channel.password ?? ""]) };
  }

  /** Whether it is in the channel, under its name. */
  get live(): boolean {
    return this.#live;
  }

  /**
   * Sends something; outside the channel nothing happens.
   *
   * @param event Its name.
   * @param payload As the server wants it.
   */
  send(event: string, payload: unknown): void {
    if (this.#live) this.#socket?.emit(event, payload);
  }

  /**
   * Runs until the connection ends.
   *
   * @param signal Ends it.
   * @returns Never.
   * @throws {ChannelRefusedError} When trying again would not help.
   * @throws {ChannelUnavailableError} When another try may succeed; also when the channel was lost.
   */
  async run(signal: AbortSignal): Promise<never> {
    signal.throwIfAborted();
    const { url, channel, clock, silentMs } = this.#options;
    const socket = io(url, {
      transports: [SafeWebSocket],
      reconnection: false,
      forceNew: true,
      timeout: CONNECT_TIMEOUT_MS,
    });
    this.#socket = socket;
    const fail = (error: Error) => this.#end.reject(error);
    const unavailable = (what: string) => fail(new ChannelUnavailableError(what));
    const stopWatching = watchHeartbeat(socket.io.engine, {
      clock,
      silentMs,
      onSilent: (ms) => {
        const silence = `nothing came for ${(ms / 1000).toFixed(0)} s, not even a ping`;
        unavailable(`Lost the channel ${channel.name}: ${silence}`);
      },
    });
    const late = `Cannot join ${channel.name} on ${url}: no answer within 30 s`;
    this.#unlessLive(JOIN_TIMEOUT_MS, new ChannelUnavailableError(late));
    socket.on("connect", () => this.#options.look ? this.#join() : this.#login());
    socket.on("connect_error", (error) => fail(connectRefused(url, error.message, this.#quote)));
    socket.on("disconnect", (reason) => {
      if (this.#kick === null) unavailable(`Lost the channel ${channel.name}: ${reason}`);
      else fail(kicked(channel.name, this.#kick, this.#quote));
    });
    socket.onAny((name: string, payload: unknown) => {
      try {
        const event = parseEvent(name, payload);
        if (event) this.#take(event);
      } catch (error) {
        // A fault of the program costs one event. The library would let it end the program.
        log.error("Cannot handle the event {event}: {error}", { event: name, error });
      }
    });
    const onAbort = () => this.#end.reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      return await this.#end.promise;
    } finally {
      signal.removeEventListener("abort", onAbort);
      for (const cancel of this.#timers) cancel();
      stopWatching();
      this.#socket = null;
      socket.off();
      socket.offAny();
      socket.close();
    }
  }

  #take(event: ChannelEvent): void {
    const { channel, user, onEvent } = this.#options;
    const fail = (error: Error) => this.#end.reject(error);
    switch (event.type) {
      case "login":
        if (!event.ok) return fail(loginRefused(user.name, event.error, this.#quote));
        this.#name = event.name || user.name;
        if (this.#inside) return this.#enter(event);
        if (!this.#options.look) this.#join();
        break;
      case "needPassword":
        if (!this.#live) this.#givePassword(event.wrong);
        break;
      case "userlist":
        if (this.#inside) break;
        this.#inside = true;
        if (this.#name !== null) return this.#enter(event);
        if (event.users.some(({ name }) => name.toLowerCase() === user.name.toLowerCase())) {
          const what = `Stays out of ${channel.name}: another session is there as ${user.name}`;
          return fail(new ChannelUnavailableError(what, { absence: "elsewhere" }));
        }
        this.#login();
        break;
      case "errorMsg": {
        if (this.#live) break;
        const refusal = joinRefused(channel.name, event.message, this.#quote);
        if (refusal) return fail(refusal);
        // Where nobody may look without a name, she has to risk it.
        if (/blocked anonymous users/.test(event.message)) this.#login();
        break;
      }
      case "kick":
        this.#kick = event.reason;
        break;
      case "partitionChange":
        return fail(new ChannelUnavailableError(`${channel.name} moves to another server`));
    }
    onEvent(event, this.#live);
  }

  #enter(event: ChannelEvent): void {
    this.#live = true;
    this.#options.onEvent(event, true);
    this.#options.onJoined(this.#name ?? this.#options.user.name);
  }

  #login(): void {
    const { name, password } = this.#options.user;
    this.#socket?.emit("login", password === undefined ? { name } : { name, pw: password });
  }

  #join(): void {
    this.#socket?.emit("joinChannel", { name: this.#options.channel.name });
  }

  #givePassword(wrong: boolean): void {
    const { channel } = this.#options;
    if (channel.password !== undefined && !wrong) {
      this.#socket?.emit("channelPassword", channel.password);
      return;
    }
    if (this.#name === null) this.#login();
    this.#unlessLive(RANK_TIMEOUT_MS, passwordRefused(channel));
  }

  #unlessLive(waitMs: number, error: Error): void {
    const cancel = this.#options.clock.setTimer(() => {
      if (!this.#live) this.#end.reject(error);
    }, waitMs);
    this.#timers.push(cancel);
  }
}

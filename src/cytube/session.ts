import { getLogger } from "@logtape/logtape";
import { io, type Socket } from "socket.io-client";
import type { Clock } from "../clock.ts";
import type { Credentials } from "../config/settings.ts";
import { ChannelUnavailableError } from "../errors.ts";
import { type ChannelEvent, parseEvent } from "./events.ts";
import { type Redact, redactor } from "../redact.ts";
import { watchHeartbeat } from "./heartbeat.ts";
import { SafeWebSocket } from "./safe_websocket.ts";
import * as errors from "./login_and_kick_errors.ts";

const log = getLogger(["rosey", "cytube"]);

export interface SessionOptions {
  readonly url: string;
  /** The channel, with its password if it has one. */
  readonly channel: Credentials;
  /** Without a password the bot is a guest. */
  readonly user: Credentials;
  /** Joins anonymously first, and ends if another session uses the name or that cannot be seen. */
  readonly checkName: boolean;
  /** Measures all waits except that for the connection. */
  readonly clock: Clock;
  readonly silenceTimeoutMs: number;
  /** Called with the name that the server gave the bot. */
  readonly onJoined: (name: string) => void;
  /** Called once after the join: the channel rank is known, or did not come in time. */
  readonly onRankKnown?: () => void;
  /** `live` is false for the channel's history. */
  readonly onEvent: (event: ChannelEvent, live: boolean) => void;
}

const CONNECT_TIMEOUT_MS = 20_000;
const JOIN_TIMEOUT_MS = 30_000;
/** Moderators need no channel password, but the server may ask for it before it knows their rank. */
const RANK_TIMEOUT_MS = 3000;
/** The channel rank of an account may come after the `userlist`. */
const LATE_RANK_MS = 1500;

/**
 * One connection to a channel: connects, logs in, joins, and passes events on. Everything between
 * `joinChannel` and the first `userlist` is history. The server drops what is sent before that, so
 * nothing is sent before.
 */
export class Session {
  readonly #options: SessionOptions;
  /** Removes the passwords from the server's texts. */
  readonly #redact: Redact;
  readonly #end = Promise.withResolvers<never>();
  readonly #cancelTimers: (() => void)[] = [];
  #socket: Socket | null = null;
  #name: string | null = null;
  /** Whether the first `userlist` came: the session is in the channel, perhaps anonymously. */
  #inside = false;
  #live = false;
  /** Whether a `rank` came after the login: the first ones are those of the site. */
  #rankKnown = false;
  #tellRank = () => {};
  #kickReason: string | null = null;

  constructor(options: SessionOptions) {
    this.#options = options;
    const { user, channel } = options;
    this.#redact = redactor([user.password ?? "", channel.password ?? ""]);
  }

  get live(): boolean {
    return this.#live;
  }

  /** Sends an event; does nothing unless the session is in the channel. */
  send(event: string, payload: unknown): void {
    if (this.#live) this.#socket?.emit(event, payload);
  }

  /** Runs until the connection ends, and always throws, as {@linkcode CytubeClient.runSession}. */
  async run(signal: AbortSignal): Promise<never> {
    signal.throwIfAborted();
    const { url, channel: { name }, clock, silenceTimeoutMs } = this.#options;
    const socket = io(url, {
      transports: [SafeWebSocket],
      reconnection: false,
      forceNew: true,
      timeout: CONNECT_TIMEOUT_MS,
    });
    this.#socket = socket;
    const lost = (why: string) =>
      this.#fail(new ChannelUnavailableError(`Lost the channel ${name}: ${why}`));
    const stopWatching = watchHeartbeat(socket.io.engine, {
      clock,
      silenceTimeoutMs,
      onSilent: (ms) => lost(`nothing came for ${(ms / 1000).toFixed(0)} s, not even a ping`),
    });
    const late = `Cannot join ${name} on ${url}: no answer within 30 s`;
    this.#unlessLive(JOIN_TIMEOUT_MS, new ChannelUnavailableError(late));
    socket.on("connect", () => this.#options.checkName ? this.#join() : this.#login());
    socket.on("connect_error", (error) => {
      const { message, description } = error as Error & { description?: unknown };
      this.#fail(
        description instanceof ErrorEvent
          ? errors.notConnected(url, description.error)
          : errors.connectRefused(url, message, this.#redact),
      );
    });
    socket.on("disconnect", (reason) => {
      if (this.#kickReason === null) return lost(reason);
      const options = { redact: this.#redact, joined: this.#live };
      this.#fail(errors.kicked(name, this.#kickReason, options));
    });
    socket.onAny((type: string, payload: unknown) => {
      try {
        const event = parseEvent(type, payload);
        if (event) this.#handle(event);
      } catch (error) {
        // A bug costs one event. Thrown into the library, the error would end the program.
        log.error("Cannot handle the event {event}: {error}", { event: type, error });
      }
    });
    const onAbort = () => this.#fail(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      return await this.#end.promise;
    } finally {
      signal.removeEventListener("abort", onAbort);
      for (const cancel of this.#cancelTimers) cancel();
      stopWatching();
      this.#socket = null;
      socket.off();
      socket.offAny();
      socket.close();
    }
  }

  #handle(event: ChannelEvent): void {
    const { channel, user, onEvent } = this.#options;
    switch (event.type) {
      case "login":
        if (!event.ok) return this.#fail(errors.loginRefused(user.name, event.error, this.#redact));
        this.#name = event.name || user.name;
        if (this.#inside) return this.#enter(event);
        if (!this.#options.checkName) this.#join();
        break;
      case "needPassword":
        if (!this.#live) this.#givePassword(event.wrong);
        break;
      case "userlist":
        if (this.#inside) break;
        this.#inside = true;
        if (this.#name !== null) return this.#enter(event);
        if (event.users.some(({ name }) => name.toLowerCase() === user.name.toLowerCase())) {
          return this.#fail(errors.nameInUse(channel.name, user.name));
        }
        this.#login();
        break;
      case "errorMsg": {
        if (this.#live) break;
        const refusal = errors.joinRefused(channel.name, event.message, this.#redact);
        if (refusal) return this.#fail(refusal);
        if (!/blocked anonymous users/.test(event.message)) break;
        return this.#fail(errors.nameHidden(channel.name, "it refuses anonymous users"));
      }
      case "rank":
        this.#rankKnown = this.#name !== null;
        break;
      case "kick":
        this.#kickReason = event.reason;
        break;
      case "partitionChange":
        return this.#fail(new ChannelUnavailableError(`${channel.name} moves to another server`));
    }
    onEvent(event, this.#live);
    if (event.type === "rank" && this.#live) this.#tellRank();
  }

  #enter(event: ChannelEvent): void {
    const { user, onEvent, onJoined } = this.#options;
    this.#live = true;
    onEvent(event, true);
    onJoined(this.#name ?? user.name);
    this.#tellRank = () => {
      this.#tellRank = () => {};
      this.#options.onRankKnown?.();
    };
    if (this.#rankKnown || user.password === undefined) return this.#tellRank();
    this.#cancelTimers.push(this.#options.clock.setTimer(() => this.#tellRank(), LATE_RANK_MS));
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
      return void this.#socket?.emit("channelPassword", channel.password);
    }
    if (this.#name === null) {
      const why = `it asks for ${wrong ? "another" : "a"} password`;
      return this.#fail(errors.nameHidden(channel.name, why));
    }
    this.#unlessLive(RANK_TIMEOUT_MS, errors.passwordRefused(channel));
  }

  #fail(error: Error): void {
    this.#end.reject(error);
  }

  #unlessLive(waitMs: number, error: Error): void {
    const check = () => {
      if (!this.#live) this.#fail(error);
    };
    this.#cancelTimers.push(this.#options.clock.setTimer(check, waitMs));
  }
}

/**
 * The way into a channel and back: find the server, connect, log in, join, and the same again after
 * every loss, never faster than the server's limits.
 *
 * @module
 */
import { getLogger } from "@logtape/logtape";
import { io, type Socket, WebSocket as NativeWebSocket } from "socket.io-client";
import { backoff, type Clock, delay, systemClock } from "../clock.ts";
import type { Credentials } from "../config/settings.ts";
import { ChannelRefusedError, ChannelUnavailableError } from "../errors.ts";
import { discover } from "./discover.ts";
import { type ChannelEvent, parseEvent } from "./events.ts";
import { kicked, loginRefused } from "./refusal.ts";

const log = getLogger(["rosey", "cytube"]);

/** What the rest of the bot is told. */
export interface ClientHandlers {
  /** The bot is in the channel, under the name the server gave it. */
  readonly onJoined: (name: string) => void;
  /** The channel is lost. */
  readonly onLeft: () => void;
  /** Anything the channel sends; `live` is false for lines of before the bot joined. */
  readonly onEvent: (event: ChannelEvent, live: boolean) => void;
}

/** How the way into the channel stands. */
export interface ClientReport {
  /** Whether the bot is in the channel, on the way, or waits before the next try. */
  readonly state: "connecting" | "joined" | "waiting";
  /** How long it has been so, in milliseconds. */
  readonly stateForMs: number;
  /** Why it is not in the channel, or why it was not before. */
  readonly reason: string;
  /** Until the next try, in milliseconds, while it waits. */
  readonly nextTryInMs?: number;
  /** How often it joined. */
  readonly joins: number;
  /** How often a try failed or the channel was lost. */
  readonly losses: number;
}

/** Options of {@linkcode CytubeClient}. */
export interface ClientOptions extends ClientHandlers {
  /** The site, e.g. `https://cytu.be`. */
  readonly domain: string;
  /** The channel to join, with its password if it has one. */
  readonly channel: Credentials;
  /** Without a password: a guest. */
  readonly user: Credentials;
  /** Default: the real time. */
  readonly clock?: Clock;
  /** A number in [0, 1); default `Math.random`. */
  readonly random?: () => number;
}

const CONNECT_TIMEOUT_MS = 20_000;
const JOIN_TIMEOUT_MS = 30_000;
/** A session that held this long was a good one: the next pause is short again. */
const GOOD_SESSION_MS = 60_000;
const PAUSE = { minMs: 2000, maxMs: 60_000 };
/** The server admits one connection in ten seconds once its burst is spent. */
const RATE_LIMIT_PAUSE_MS = 15_000;

/** One bot in one channel. */
export class CytubeClient {
  readonly #options: ClientOptions;
  readonly #clock: Clock;
  #socket: Socket | null = null;
  #state: ClientReport["state"] = "connecting";
  #sinceMs: number;
  #nextTryMs: number | undefined;
  #reason = "";
  #joins = 0;
  #losses = 0;

  /**
   * Is outside until it runs.
   *
   * @param options Where to go, and who is told.
   */
  constructor(options: ClientOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#sinceMs = this.#clock.now();
  }

  /** How it stands by now. */
  get report(): ClientReport {
    const now = this.#clock.now();
    const nextTryMs = this.#nextTryMs;
    return {
      state: this.#state,
      stateForMs: now - this.#sinceMs,
      reason: this.#reason,
      joins: this.#joins,
      losses: this.#losses,
      ...(nextTryMs === undefined ? {} : { nextTryInMs: Math.max(0, nextTryMs - now) }),
    };
  }

  /**
   * Says a line; nothing happens outside the channel.
   *
   * @param text Within the server's limit: it cuts in silence.
   */
  chat(text: string): void {
    this.#socket?.emit("chatMsg", { msg: text, meta: {} });
  }

  /**
   * Says a line to one person; nothing happens outside the channel.
   *
   * @param to Who; whoever is not here is answered for by an `errorMsg`.
   * @param text Within the server's limit: it cuts in silence.
   */
  pm(to: string, text: string): void {
    this.#socket?.emit("pm", { to, msg: text, meta: {} });
  }

  /**
   * Stays in the channel until the signal ends it.
   *
   * @param signal Leaves the channel.
   * @throws {ChannelRefusedError} When trying again would not help.
   */
  async run(signal: AbortSignal): Promise<void> {
    const { random } = this.#options;
    for (let failures = 0; !signal.aborted;) {
      const begun = this.#clock.now();
      this.#become("connecting");
      try {
        await this.visit(signal);
      } catch (error) {
        if (signal.aborted) return;
        if (!(error instanceof ChannelUnavailableError)) throw error;
        if (this.#clock.now() - begun > GOOD_SESSION_MS) failures = 0;
        const pause = Math.max(error.waitMs, backoff(failures++, { ...PAUSE, random }));
        this.#losses++;
        this.#reason = error.message;
        this.#nextTryMs = this.#clock.now() + pause;
        this.#become("waiting");
        log.warning("{reason}; next try in {seconds} s", {
          reason: error.message,
          seconds: (pause / 1000).toFixed(1),
        });
        await delay(pause, { signal, clock: this.#clock }).catch(() => {});
        this.#nextTryMs = undefined;
      }
    }
  }

  /**
   * Joins the channel once.
   *
   * @param signal Leaves it.
   * @returns Never.
   * @throws {ChannelRefusedError} When trying again would not help.
   * @throws {ChannelUnavailableError} When another try may succeed; also when the channel was lost.
   */
  async visit(signal: AbortSignal): Promise<never> {
    const { domain, channel } = this.#options;
    return await this.#session(await discover(domain, channel.name, { signal }), signal);
  }

  #become(state: ClientReport["state"]): void {
    this.#state = state;
    this.#sinceMs = this.#clock.now();
  }

  /** One connection, from its begin to its end, which is always an error or the signal's abort. */
  async #session(url: string, signal: AbortSignal): Promise<never> {
    signal.throwIfAborted();
    const { channel, user, onJoined, onLeft, onEvent } = this.#options;
    const end = Promise.withResolvers<never>();
    const socket = io(url, {
      transports: [NativeWebSocket],
      reconnection: false,
      forceNew: true,
      timeout: CONNECT_TIMEOUT_MS,
    });
    let kickReason: string | undefined;
    let name: string | undefined;
    let live = false;
    const unavailable = (what: string, waitMs?: number) =>
      end.reject(new ChannelUnavailableError(what, { waitMs }));

    const onProtocol = (event: ChannelEvent) => {
      switch (event.type) {
        case "login":
          if (!event.ok) return end.reject(loginRefused(user.name, event.error));
          name = event.name || user.name;
          socket.emit("joinChannel", { name: channel.name });
          break;
        case "needPassword":
          if (channel.password === undefined || event.wrong) {
            return end.reject(passwordRefused(channel));
          }
          socket.emit("channelPassword", channel.password);
          break;
        case "userlist":
          if (live || name === undefined) break;
          live = true;
          cancelJoinTimer();
          this.#socket = socket;
          this.#joins++;
          this.#become("joined");
          onEvent(event, true);
          return onJoined(name);
        case "kick":
          kickReason = event.reason;
          break;
      }
      onEvent(event, live);
    };

    socket.on("connect", () => {
      const { name, password } = user;
      socket.emit("login", password === undefined ? { name } : { name, pw: password });
    });
    socket.onAny((name: string, payload: unknown) => {
      const event = parseEvent(name, payload);
      if (event) onProtocol(event);
    });
    socket.on("connect_error", (error) => {
      const waitMs = /rate limit/i.test(error.message) ? RATE_LIMIT_PAUSE_MS : 0;
      unavailable(`Cannot connect to ${url}: ${error.message}`, waitMs);
    });
    socket.on("disconnect", (reason) => {
      if (kickReason === undefined) unavailable(`Lost the channel ${channel.name}: ${reason}`);
      else end.reject(kicked(channel.name, kickReason));
    });
    const cancelJoinTimer = this.#clock.setTimer(
      () => unavailable(`Cannot join ${channel.name} on ${url}: no answer within 30 s`),
      JOIN_TIMEOUT_MS,
    );
    const onAbort = () => end.reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      return await end.promise;
    } finally {
      signal.removeEventListener("abort", onAbort);
      cancelJoinTimer();
      socket.off();
      socket.offAny();
      socket.close();
      this.#socket = null;
      if (live) onLeft();
    }
  }
}

function passwordRefused(channel: Credentials): ChannelRefusedError {
  const what = channel.password === undefined
    ? 'it needs a password: set "channel" to ["name", "password"]'
    : "its password is another one: correct it in the configuration";
  return new ChannelRefusedError(`Cannot join ${channel.name}: ${what}`);
}

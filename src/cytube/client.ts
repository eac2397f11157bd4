/**
 * The way into a channel and back: find the server, connect, log in, join, and the same again after
 * every loss, never faster than the server's limits.
 *
 * @module
 */
import { getLogger } from "@logtape/logtape";
import { type Clock, delay, systemClock } from "../clock.ts";
import type { Credentials } from "../config/settings.ts";
import { ChannelUnavailableError } from "../errors.ts";
import { ReconnectPolicy } from "./reconnect.ts";
import { discover } from "./discover.ts";
import type { ChannelEvent } from "./events.ts";
import { Session } from "./session.ts";

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
  /** The first pause after a kick, in milliseconds; default 5 minutes. */
  readonly kickPauseMs?: number;
  /** How long nothing may come from the server, not even a ping, in milliseconds; default 60 s. */
  readonly silentMs?: number;
}

/** Whoever was sent away stays away: coming straight back is what gets bots banned. */
const KICK_PAUSE_MS = 300_000;
/** Nothing came for so long: nothing will. */
const SILENT_MS = 60_000;

/** One bot in one channel. */
export class CytubeClient {
  readonly #options: ClientOptions;
  readonly #clock: Clock;
  readonly #reconnect: ReconnectPolicy;
  #session: Session | null = null;
  /** Another session used the name when the last one ended. */
  #look = false;
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
    this.#reconnect = new ReconnectPolicy({
      kickPauseMs: options.kickPauseMs ?? KICK_PAUSE_MS,
      guest: options.user.password === undefined,
      random: options.random,
    });
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
    this.#session?.send("chatMsg", { msg: text, meta: {} });
  }

  /**
   * Says a line to one person; nothing happens outside the channel.
   *
   * @param to Who; whoever is not here is answered for by an `errorMsg`.
   * @param text Within the server's limit: it cuts in silence.
   */
  pm(to: string, text: string): void {
    this.#session?.send("pm", { to, msg: text, meta: {} });
  }

  /**
   * Stays in the channel until the signal ends it.
   *
   * @param signal Leaves the channel.
   * @throws {ChannelRefusedError} When trying again would not help.
   */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.#become("connecting");
      try {
        await this.visit(signal);
      } catch (error) {
        if (signal.aborted) return;
        if (!(error instanceof ChannelUnavailableError)) throw error;
        await this.#stayOut(error, signal);
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
    const { domain, channel, user, onEvent, onJoined, onLeft } = this.#options;
    const url = await discover(domain, channel.name, { signal });
    const session = new Session({
      url,
      channel,
      user,
      look: this.#look,
      clock: this.#clock,
      silentMs: this.#options.silentMs ?? SILENT_MS,
      onEvent: (event, live) => {
        if (event.type === "login" && event.ok) this.#reconnect.loggedIn(this.#clock.now());
        onEvent(event, live);
      },
      onJoined: (name) => {
        this.#joins++;
        this.#look = false;
        this.#become("joined");
        onJoined(name);
      },
    });
    this.#session = session;
    this.#reconnect.connecting(this.#clock.now());
    try {
      return await session.run(signal);
    } finally {
      this.#session = null;
      if (session.live) onLeft();
    }
  }

  async #stayOut(error: ChannelUnavailableError, signal: AbortSignal): Promise<void> {
    const now = this.#clock.now();
    const stayedMs = this.#state === "joined" ? now - this.#sinceMs : 0;
    const pause = this.#reconnect.pauseMs({ error, now, stayedMs });
    if (error.absence === "elsewhere") this.#look = true;
    this.#losses++;
    this.#reason = error.message;
    this.#nextTryMs = now + pause;
    this.#become("waiting");
    log.warning("{reason}; next try in {seconds} s", {
      reason: error.message,
      seconds: (pause / 1000).toFixed(1),
    });
    await delay(pause, { signal, clock: this.#clock }).catch(() => {});
    this.#nextTryMs = undefined;
  }

  #become(state: ClientReport["state"]): void {
    this.#state = state;
    this.#sinceMs = this.#clock.now();
  }
}

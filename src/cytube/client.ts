import { getLogger } from "@logtape/logtape";
import { type Clock, delay, systemClock } from "../clock.ts";
import { ChannelUnavailableError } from "../errors.ts";
import { discover } from "./discover.ts";
import { fetchLineLimit } from "./line_limit.ts";
import { ReconnectPolicy } from "./reconnect.ts";
import { Session, type SessionOptions } from "./session.ts";

const log = getLogger(["rosey", "cytube"]);

export interface ClientReport {
  /** `waiting`: a pause before the next attempt. */
  readonly state: "connecting" | "joined" | "waiting";
  readonly stateForMs: number;
  /** Why the last session ended; empty before that. */
  readonly reason: string;
  readonly nextTryInMs?: number;
  readonly joins: number;
  /** Failed attempts and lost sessions. */
  readonly losses: number;
}

type SharedOptions = "channel" | "user" | "onJoined" | "onRankKnown" | "onEvent";

export interface ClientOptions extends Pick<SessionOptions, SharedOptions> {
  /** The site, e.g. `https://cytu.be`. */
  readonly domain: string;
  readonly clock?: Clock;
  readonly random?: () => number;
  /** The first pause after a kick; default 5 minutes. */
  readonly kickPauseMs?: number;
  /** How long the server may be silent, pings included; default 60 s. */
  readonly silenceTimeoutMs?: number;
  /** See {@linkcode SessionOptions.checkName}: the first session does; default false. */
  readonly checkName?: boolean;
  /** Called before a join, if the channel's page tells how many UTF-16 units a line may have. */
  readonly onLineLimit?: (units: number) => void;
  readonly onLeft: () => void;
}

const KICK_PAUSE_MS = 300_000;
const SILENCE_TIMEOUT_MS = 60_000;

/** Keeps the bot in a channel: joins, and reconnects after every loss within the server's limits. */
export class CytubeClient {
  readonly #options: ClientOptions;
  readonly #clock: Clock;
  readonly #reconnect: ReconnectPolicy;
  #session: Session | null = null;
  /** See {@linkcode SessionOptions.checkName}: the next session does. */
  #checkName: boolean;
  #state: ClientReport["state"] = "connecting";
  #sinceMs: number;
  #nextTryMs: number | undefined;
  #reason = "";
  readonly #counts = { joins: 0, losses: 0 };

  constructor(options: ClientOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#sinceMs = this.#clock.now();
    this.#checkName = options.checkName ?? false;
    this.#reconnect = new ReconnectPolicy({
      kickPauseMs: options.kickPauseMs ?? KICK_PAUSE_MS,
      guest: options.user.password === undefined,
      random: options.random,
    });
  }

  get report(): ClientReport {
    const now = this.#clock.now();
    const state = { state: this.#state, stateForMs: now - this.#sinceMs, reason: this.#reason };
    const report = { ...state, ...this.#counts };
    if (this.#nextTryMs === undefined) return report;
    return { ...report, nextTryInMs: Math.max(0, this.#nextTryMs - now) };
  }

  /** Sends a line to the room; does nothing outside the channel. The server cuts long lines. */
  chat(text: string): void {
    this.#session?.send("chatMsg", { msg: text, meta: {} });
  }

  /** Sends a private message; if the user is not in the channel, an `errorMsg` follows. */
  pm(to: string, text: string): void {
    this.#session?.send("pm", { to, msg: text, meta: {} });
  }

  /** Names the leader of the playlist; an empty name for none. Kicks a bot that may not. */
  assignLeader(name: string): void {
    this.#session?.send("assignLeader", { name });
  }

  /**
   * Stays in the channel until the signal is aborted.
   *
   * @throws {ChannelRefusedError} When another try would fail, too.
   */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.#setState("connecting");
      try {
        await this.runSession(signal);
      } catch (error) {
        if (signal.aborted) return;
        if (!(error instanceof ChannelUnavailableError)) throw error;
        await this.#waitBeforeRetry(error, signal);
      }
    }
  }

  /**
   * Joins the channel once, and always throws when the session ends.
   *
   * @throws {ChannelRefusedError} When another try would fail, too.
   * @throws {ChannelUnavailableError} When another try may succeed; also when the channel was lost.
   */
  async runSession(signal: AbortSignal): Promise<never> {
    const { domain, channel, user, silenceTimeoutMs, onEvent, onJoined, onLeft } = this.#options;
    const [url, units] = await Promise.all([
      discover(domain, channel.name, { signal }),
      fetchLineLimit(domain, channel.name, { signal }),
    ]);
    if (units !== undefined) this.#options.onLineLimit?.(units);
    const session = new Session({
      url,
      channel,
      user,
      checkName: this.#checkName,
      clock: this.#clock,
      silenceTimeoutMs: silenceTimeoutMs ?? SILENCE_TIMEOUT_MS,
      onEvent: (event, live) => {
        if (event.type === "login" && event.ok) this.#reconnect.loggedIn(this.#clock.now());
        onEvent(event, live);
      },
      onJoined: (name) => {
        this.#counts.joins++;
        this.#checkName = false;
        this.#setState("joined");
        onJoined(name);
      },
      onRankKnown: this.#options.onRankKnown,
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

  async #waitBeforeRetry(error: ChannelUnavailableError, signal: AbortSignal): Promise<void> {
    const now = this.#clock.now();
    const stayedMs = this.#state === "joined" ? now - this.#sinceMs : 0;
    const pause = this.#reconnect.pauseMs({ error, now, stayedMs });
    if (error.kind === "name_in_use") this.#checkName = true;
    if (error.kind === "name_hidden") this.#checkName = false;
    this.#counts.losses++;
    this.#reason = error.message;
    this.#nextTryMs = now + pause;
    this.#setState("waiting");
    log.warning("{reason}; next try in {seconds} s", {
      reason: error.message,
      seconds: (pause / 1000).toFixed(1),
    });
    await delay(pause, { signal, clock: this.#clock }).catch(() => {});
    this.#nextTryMs = undefined;
  }

  #setState(state: ClientReport["state"]): void {
    this.#state = state;
    this.#sinceMs = this.#clock.now();
  }
}

/**
 * Whether anything still comes.
 *
 * A server whose host lost power closes no connection. Its own time for that is 120 s after a missed
 * ping, so that a client without an eye of its own would wait for about 145 s.
 *
 * @module
 */
import type { Clock } from "../clock.ts";

/** More than two pings, whatever pause the server makes between them. CyTube's is 25 s. */
const PINGS = 2.4;

/** What is listened to: the engine under a socket. */
export interface Engine {
  /** Every packet that comes, pings included. */
  on(event: "packet", listener: () => void): unknown;
  /** The server's greeting, which tells how many milliseconds are between two pings. */
  on(event: "handshake", listener: (greeting: { pingInterval: number }) => void): unknown;
}

/** Options of {@linkcode watchHeartbeat}. */
export interface HeartbeatOptions {
  /** Measures the silence. */
  readonly clock: Clock;
  /** How long nothing may come, in milliseconds; more where the server pings seldom. */
  readonly silentMs: number;
  /** Told once, how long nothing came, in milliseconds. */
  readonly onSilent: (silentMs: number) => void;
}

/**
 * Watches a connection from now on.
 *
 * @param engine The engine under the socket, before it is connected.
 * @returns Ends the watch.
 */
export function watchHeartbeat(engine: Engine, options: HeartbeatOptions): () => void {
  const { clock, onSilent } = options;
  let limitMs = options.silentMs;
  let lastMs = clock.now();
  let cancel = clock.setTimer(look, limitMs);
  engine.on("packet", () => lastMs = clock.now());
  engine.on("handshake", ({ pingInterval }) => {
    if (pingInterval > 0) limitMs = Math.max(limitMs, PINGS * pingInterval);
  });

  function look(): void {
    const silentMs = clock.now() - lastMs;
    if (silentMs >= limitMs) return onSilent(silentMs);
    cancel = clock.setTimer(look, limitMs - silentMs);
  }
  return () => cancel();
}

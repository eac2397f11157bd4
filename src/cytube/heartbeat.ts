import type { Clock } from "../clock.ts";

/** The limit is more than two ping intervals. CyTube's interval is 25 s. */
const PING_INTERVALS = 2.4;

/** The part of the engine under a socket.io socket that is used here. */
export interface Engine {
  /** Every packet, pings included. */
  on(event: "packet", listener: () => void): unknown;
  /** The server's handshake, with its ping interval in milliseconds. */
  on(event: "handshake", listener: (handshake: { pingInterval: number }) => void): unknown;
}

export interface HeartbeatOptions {
  readonly clock: Clock;
  /** How long the server may be silent; longer if its pings are rarer. */
  readonly silenceTimeoutMs: number;
  /** Called once with the length of the silence. */
  readonly onSilent: (silentMs: number) => void;
}

/**
 * Detects a server that is gone without closing the connection, such as a host that lost power.
 * CyTube's own ping timeout of 120 s would take about 145 s. Call it before the engine connects.
 *
 * @returns A function that stops the watch.
 */
export function watchHeartbeat(engine: Engine, options: HeartbeatOptions): () => void {
  const { clock, onSilent } = options;
  let limitMs = options.silenceTimeoutMs;
  let lastMs = clock.now();
  let cancel = clock.setTimer(check, limitMs);
  engine.on("packet", () => lastMs = clock.now());
  engine.on("handshake", ({ pingInterval }) => {
    if (pingInterval > 0) limitMs = Math.max(limitMs, PING_INTERVALS * pingInterval);
  });

  function check(): void {
    const silentMs = clock.now() - lastMs;
    if (silentMs >= limitMs) return onSilent(silentMs);
    cancel = clock.setTimer(check, limitMs - silentMs);
  }
  return () => cancel();
}

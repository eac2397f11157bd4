/**
 * How many connections one address may make, and how fast.
 *
 * @module
 */
import type { ConnectionLimits } from "./types.ts";

interface Bucket {
  count: number;
  refilledAt: number;
}

/** A connection that wants in. */
export interface Arrival {
  /** Where it comes from. */
  readonly handshake: { readonly address: string };
  /** What is under the socket. */
  readonly conn: { close(): unknown };
  /** Sends one event. */
  emit(event: string, payload: unknown): unknown;
  /** Calls back when it is gone. */
  once(event: "disconnect", listener: () => void): unknown;
}

/** Counts the connections of each address, as a CyTube server does. */
export class Gate {
  readonly #limits: ConnectionLimits;
  readonly #now: () => number;
  readonly #buckets = new Map<string, Bucket>();
  readonly #open = new Map<string, number>();

  /** Everybody is outside. `now` counts milliseconds. */
  constructor(limits: ConnectionLimits, now: () => number) {
    this.#limits = limits;
    this.#now = now;
  }

  /** Whether an address connects too fast. A refused connection costs nothing. */
  isTooFast(address: string): boolean {
    const { burst, perSecond } = this.#limits;
    const now = this.#now();
    const bucket = this.#buckets.get(address) ?? { count: burst, refilledAt: now };
    this.#buckets.set(address, bucket);
    // Only whole connections are given back, and the rest of the time is lost.
    const refill = Math.floor((now - bucket.refilledAt) / 1000 * perSecond);
    if (refill > 0) {
      bucket.count = Math.min(burst, bucket.count + refill);
      bucket.refilledAt = now;
    }
    if (bucket.count === 0) return true;
    bucket.count--;
    return false;
  }

  /** Lets a connection in, or sends it away where its address has as many as it may have. */
  admits(socket: Arrival): boolean {
    const { address } = socket.handshake;
    const open = this.#open.get(address) ?? 0;
    if (open >= this.#limits.most) {
      socket.emit("kick", { reason: "Too many connections from your IP address" });
      // The connection ends, not the socket on it: clients see another reason.
      socket.conn.close();
      return false;
    }
    this.#open.set(address, open + 1);
    socket.once("disconnect", () => this.#left(address));
    return true;
  }

  #left(address: string): void {
    const open = (this.#open.get(address) ?? 1) - 1;
    if (open > 0) this.#open.set(address, open);
    else this.#open.delete(address);
  }
}

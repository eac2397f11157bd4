import type { Socket } from "socket.io";
import type { ConnectionGate } from "../../src/demo/channel/server.ts";

/** Limits of the connections of one address. CyTube's are 5, 0.1 and 10. */
export interface ConnectionLimits {
  readonly burst: number;
  /** Connections per second after the burst. */
  readonly perSecond: number;
  readonly maxOpen: number;
}

interface Bucket {
  count: number;
  refilledAt: number;
}

/** Limits the connections of each address, as a CyTube server does. */
export function connectionGate(
  { burst, perSecond, maxOpen }: ConnectionLimits,
  now: () => number = Date.now,
): ConnectionGate {
  const buckets = new Map<string, Bucket>();
  const open = new Map<string, number>();
  return {
    // A refused connection does not count.
    isTooFast(address: string): boolean {
      const bucket = buckets.get(address) ?? { count: burst, refilledAt: now() };
      buckets.set(address, bucket);
      // Only whole connections are given back, and the rest of the time is lost.
      const refill = Math.floor((now() - bucket.refilledAt) / 1000 * perSecond);
      if (refill > 0) {
        bucket.count = Math.min(burst, bucket.count + refill);
        bucket.refilledAt = now();
      }
      if (bucket.count === 0) return true;
      bucket.count--;
      return false;
    },
    admits(socket: Socket): boolean {
      const { address } = socket.handshake;
      const count = open.get(address) ?? 0;
      if (count >= maxOpen) {
        socket.emit("kick", { reason: "Too many connections from your IP address" });
        // Closes the connection instead of the socket: clients see another reason.
        socket.conn.close();
        return false;
      }
      open.set(address, count + 1);
      socket.once("disconnect", () => open.set(address, open.get(address)! - 1));
      return true;
    },
  };
}

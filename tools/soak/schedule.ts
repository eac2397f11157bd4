/** Schedule of a soak test: message rates, disconnects and flood limits. */

/** Size of a soak test. */
export interface SoakSize {
  /** Number of lines that users send. */
  readonly lines: number;
  /** Lines between two restarts of the server. */
  readonly restartEvery: number;
  /** Seconds that these lines take with every other server, the slow half. */
  readonly slowSeconds: number;
  /** Seconds that they take with the other servers. */
  readonly fastSeconds: number;
}

/** Full size. A slow stretch is longer than a minute, so the reconnect delays are short again. */
export const FULL: SoakSize = {
  lines: 1_000_000,
  restartEvery: 50_000,
  slowSeconds: 62,
  fastSeconds: 22,
};

/** Size for a test: two restarts and a drop. */
export const SHORT: SoakSize = {
  lines: 24_000,
  restartEvery: 8000,
  slowSeconds: 3,
  fastSeconds: 3,
};

/** Lines between two disconnects. */
export interface Stretch {
  readonly lines: number;
  readonly seconds: number;
  /** Whether the channel's own flood limits apply, in addition to the server's. */
  readonly antiflood: boolean;
  /** What ends it. */
  readonly end: "restart" | "drop" | "end";
}

/** One in this many servers has the channel's flood limits enabled. */
const ANTIFLOOD_EVERY = 5;

/** Divides a soak test into stretches: slow ones, and fast ones with a drop in the middle. */
export function schedule({ lines, restartEvery, slowSeconds, fastSeconds }: SoakSize): Stretch[] {
  const stretches: Stretch[] = [];
  for (let [server, done] = [0, 0]; done < lines; server++) {
    const count = Math.min(restartEvery, lines - done);
    done += count;
    const last = {
      antiflood: server % ANTIFLOOD_EVERY === 1 && done < lines,
      end: done < lines ? "restart" as const : "end" as const,
    };
    const isFast = server % 2 === 1;
    const seconds = (isFast ? fastSeconds : slowSeconds) * count / restartEvery;
    if (!isFast) {
      stretches.push({ ...last, lines: count, seconds });
      continue;
    }
    const half = { ...last, seconds: seconds / 2 };
    const before = Math.floor(count / 2);
    stretches.push({ ...half, lines: before, end: "drop" });
    stretches.push({ ...half, lines: count - before });
  }
  return stretches;
}

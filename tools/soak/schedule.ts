export interface SoakSize {
  /** Users' lines. */
  readonly lines: number;
  /** Lines between two restarts of the server. */
  readonly restartEvery: number;
  /** Seconds for these lines in a slow stretch. */
  readonly slowSeconds: number;
  /** Seconds for these lines in a fast stretch. */
  readonly fastSeconds: number;
}

/** The full size. A slow stretch takes over a minute, which resets the reconnect pauses. */
export const FULL: SoakSize = {
  lines: 1_000_000,
  restartEvery: 50_000,
  slowSeconds: 62,
  fastSeconds: 22,
};

/** For a test: two restarts and a drop. */
export const SHORT: SoakSize = {
  lines: 24_000,
  restartEvery: 8000,
  slowSeconds: 3,
  fastSeconds: 3,
};

/** Lines between two losses. */
export interface Stretch {
  readonly lines: number;
  readonly seconds: number;
  /** Whether the channel's own flood limits hold beside the server's. */
  readonly antiflood: boolean;
  /** What ends it. */
  readonly end: "restart" | "drop" | "end";
}

/** One of this many servers has a channel flood limit. */
const ANTIFLOOD_EVERY = 5;

/** Divides a soak into slow stretches with a server each, and fast ones with a drop in the middle. */
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

/** When the room is loud, when it is cut off, and under which limits. */

/** How large a soak is. */
export interface SoakSize {
  /** Lines that people say. */
  readonly lines: number;
  /** Lines between two restarts of the server. */
  readonly restartEvery: number;
  /** Seconds that these lines take in one half of the run. */
  readonly slowSeconds: number;
  /** Seconds that they take in the other half. */
  readonly fastSeconds: number;
}

/** The size that the issue asks for. After a stay of a minute her pauses are short again. */
export const FULL: SoakSize = {
  lines: 1_000_000,
  restartEvery: 50_000,
  slowSeconds: 62,
  fastSeconds: 22,
};

/** One that a test can wait for: two restarts and a drop. */
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

/** Of so many servers one has the channel's limits switched on. */
const ANTIFLOOD_EVERY = 5;

/**
 * Cuts a soak into stretches: slow ones with a server each, and fast ones with a drop in the middle.
 *
 * @param size How large it is.
 * @returns One after another.
 */
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

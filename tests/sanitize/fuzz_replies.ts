import { SpoilerIndex } from "../../src/sanitize/spoilers.ts";
import { split } from "../../src/sanitize/split.ts";
import { HERE } from "./attacks/attack.ts";
import { sanitized } from "./attacks/attempt.ts";
import { faultsOf } from "./attacks/oracle.ts";
import { mulberry32 } from "./attacks/random.ts";
import { smallModelReply } from "./random_replies.ts";
import { streamed, trimmed } from "./trimmed.ts";

const SPOILERS = new SpoilerIndex(["it was on and he said", "the film", "I love it"]);
const LIMITS = { maxUnits: 320, maxLines: 2 };

/** Options of {@linkcode fuzzReplies}. */
export interface ReplyFuzzOptions {
  readonly replies: number;
  readonly seed: number;
}

/** Trims random replies, whole and streamed, and says them. Returns what went wrong. */
export function fuzzReplies({ replies, seed }: ReplyFuzzOptions): string[] {
  const random = mulberry32(seed);
  const faults: string[] = [];
  for (let count = 0; count < replies; count++) {
    const text = smallModelReply(random);
    const cut = random() < 0.3;
    const whole = trimmed(text, cut);
    const stopped = streamed(text, { random, cut });
    const shown = JSON.stringify(text);
    if (stopped.text !== whole.text || stopped.reason !== whole.reason) {
      faults.push(`Ended early as ${JSON.stringify(stopped)}: ${shown}`);
    }
    const safe = sanitized(SPOILERS.hide(whole.text));
    for (const fault of faultsOf(safe, split(safe, LIMITS), { ...LIMITS, here: HERE })) {
      faults.push(`${fault}: ${shown}`);
    }
  }
  return faults;
}

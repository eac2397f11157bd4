/** Collects a streamed answer until it ends or is long enough. */
import { ProviderError } from "./errors.ts";
import type { Reply, ShouldStop } from "./provider.ts";
import { readThoughts, withoutThoughts } from "./reasoning.ts";

/** Ends endless answers; reasoning is rarely that long. */
const MAX_CHARS = 32_768;
/** Characters between two checks. Each reads the whole text, so checks get rarer as it grows. */
const CHECK_CHARS = 40;
const CHECK_GROWTH = 1.05;
/** Source: Ollama ends a stream after 30 equal tokens. */
const REPEATED_PIECES = 20;

/**
 * What is known of a model's reasoning from its answers. Some templates put the tag that begins the
 * reasoning into the prompt; then only the end tag tells that the text before it was reasoning, and an
 * answer must not be stopped early.
 *
 * - `plain`: a whole answer had no reasoning.
 * - `marked`: an answer had marked reasoning.
 * - `unmarked`: an answer had reasoning without a begin tag.
 * - `presumed`: no answer so far; the template suggests `unmarked`.
 */
export interface ReasoningFormat {
  thinking: "unknown" | "presumed" | "plain" | "marked" | "unmarked";
}

export class ReplyReader {
  readonly #format: ReasoningFormat;
  readonly #lengthHint: string;
  readonly #shouldStop: ShouldStop | undefined;
  #text = "";
  #nextCheck = CHECK_CHARS;
  #lastPiece = "";
  /** How many equal pieces came last. */
  #equalPieces = 0;

  /** The answer updates `format`. `lengthHint` is for an answer that is nothing but reasoning. */
  constructor(format: ReasoningFormat, lengthHint: string, shouldStop?: ShouldStop) {
    this.#format = format;
    this.#lengthHint = lengthHint;
    this.#shouldStop = shouldStop;
  }

  /** Adds a piece. Returns the reply if it is long enough or endless. */
  add(piece: string): Reply | undefined {
    this.#text += piece;
    const trimmed = piece.trim();
    if (piece !== "") {
      this.#equalPieces = trimmed === this.#lastPiece ? this.#equalPieces + 1 : 1;
      this.#lastPiece = trimmed;
    }
    const { length } = this.#text;
    if (length > MAX_CHARS) return this.end(false);
    const { thinking } = this.#format;
    const isPlain = thinking === "plain";
    if (!this.#shouldStop || length < this.#nextCheck || !isPlain && thinking !== "unknown") return;
    this.#nextCheck = Math.max(length + CHECK_CHARS, CHECK_GROWTH * length);
    const answer = withoutThoughts(this.#text);
    const why = this.#shouldStop(answer);
    // It may still be reasoning, which may be long, but goes wrong as answers do.
    return why === "lost" || (why && isPlain) ? { text: answer, complete: true } : undefined;
  }

  /** The stream ended without its last line: an answer if it ended in one repeated token. */
  endRepeated(): Reply | undefined {
    return this.#equalPieces >= REPEATED_PIECES ? this.end(true) : undefined;
  }

  /**
   * `complete` is false if a limit ended the answer; `measured` is what the server tells of it. Throws if
   * there was only reasoning.
   */
  end(complete: boolean, measured: Pick<Reply, "promptTokens" | "timing"> = {}): Reply {
    const { thinking } = this.#format;
    const { answer, loneEnd } = readThoughts(this.#text);
    const isPlain = answer === this.#text.trim();
    if (loneEnd) this.#format.thinking = "unmarked";
    else if (!isPlain && thinking !== "unmarked") this.#format.thinking = "marked";
    else if (complete && answer !== "" && ["unknown", "presumed"].includes(thinking)) {
      this.#format.thinking = "plain";
    }
    const isReasoning = isPlain && !complete && ["presumed", "unmarked"].includes(thinking);
    if (answer !== "" && !isReasoning) {
      return { text: answer, complete, ...measured };
    }
    if (complete) throw new ProviderError("empty", "the model said nothing");
    throw new ProviderError("empty", "the model spent its whole length on thinking", {
      hint: this.#lengthHint,
      atLimit: true,
    });
  }
}

/** For a stream that ends before its last line. */
export function cutOff(): ProviderError {
  const reason = "the answer ended in the middle: the model may have crashed";
  return new ProviderError("truncated", reason);
}

/**
 * What a model writes of one answer: until it ends, or until there is enough of it.
 *
 * @module
 */
import { ProviderError, type Reply, type ShouldStop } from "./provider.ts";
import { beginsWithThoughts, withoutThoughts } from "./reasoning.ts";

/** A model that goes on and on is not waited for; few think for so long. */
const MAX_CHARS = 32_768;
const FIRST_LOOK_CHARS = 512;
/** Each look reads all of it: so they get rarer as it gets longer. */
const NEXT_LOOK = 1.25;

/**
 * How a model's answers were so far. One that is stopped early could be in its thoughts still, as some
 * templates put the tag that begins them into the prompt: then nothing but their end tells what they were.
 */
export interface ReasoningFormat {
  /**
   * `plain` once a whole answer had no thoughts; `aloud` once one had some; `unmarked` once some of them
   * had no begin. `presumed` while no answer has told, and the model's template makes them unmarked.
   */
  thinking: "unknown" | "presumed" | "plain" | "aloud" | "unmarked";
}

/** One answer, as it is written. */
export class ReplyReader {
  readonly #reasoningFormat: ReasoningFormat;
  readonly #shouldStop: ShouldStop | undefined;
  #text = "";
  #lookAt = FIRST_LOOK_CHARS;

  /**
   * Begins with nothing.
   *
   * @param manner Of the model's other answers; learns from this one.
   * @param enough Whether it needs no more.
   */
  constructor(reasoningFormat: ReasoningFormat, shouldStop?: ShouldStop) {
    this.#reasoningFormat = reasoningFormat;
    this.#shouldStop = shouldStop;
  }

  /**
   * Takes the next piece.
   *
   * @param piece What the model wrote.
   * @returns The reply, when it needs no more or is endless.
   * @throws {ProviderError} As {@linkcode ReplyReader.end}.
   */
  add(piece: string): Reply | undefined {
    this.#text += piece;
    const { length } = this.#text;
    if (length > MAX_CHARS) return this.end(false);
    if (!this.#shouldStop || length < this.#lookAt || this.#reasoningFormat.thinking !== "plain") {
      return;
    }
    this.#lookAt = NEXT_LOOK * length;
    const answer = withoutThoughts(this.#text);
    return this.#shouldStop(answer) ? { text: answer, complete: true } : undefined;
  }

  /**
   * Takes the end.
   *
   * @param complete Whether the model ended by itself.
   * @param promptTokens Tokens that the server counted in the prompt.
   * @returns The answer without thoughts.
   * @throws {ProviderError} `empty` when nothing remains.
   */
  end(complete: boolean, promptTokens?: number): Reply {
    const answer = withoutThoughts(this.#text);
    const isPlain = answer === this.#text.trim();
    const beginless = ["presumed", "unmarked"].includes(this.#reasoningFormat.thinking);
    const allThoughts = isPlain && !complete && beginless;
    this.#fetchStatus(isPlain, complete);
    if (answer !== "" && !allThoughts) {
      return { text: answer, complete, ...(promptTokens ? { promptTokens } : {}) };
    }
    const why = complete
      ? "the model said nothing"
      : "the model spent its whole length on thinking";
    throw new ProviderError("empty", why);
  }

  #fetchStatus(isPlain: boolean, complete: boolean): void {
    const { thinking } = this.#reasoningFormat;
    if (beginsWithThoughts(this.#text)) this.#reasoningFormat.thinking = "unmarked";
    else if (!isPlain && thinking !== "unmarked") this.#reasoningFormat.thinking = "aloud";
    else if (complete && this.#text.trim() !== "" && ["unknown", "presumed"].includes(thinking)) {
      this.#reasoningFormat.thinking = "plain";
    }
  }
}

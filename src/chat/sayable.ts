/** What may be said of a model's text, in the order of the rules: end, spoilers, safety. */
import { prepareRules, type ReplyContext, type ReplyRules, trimReply } from "../sanitize/reply.ts";
import { sanitize, type SanitizeOptions } from "../sanitize/sanitize.ts";
import { fillsAll } from "../sanitize/split.ts";
import { SpoilerIndex, spoilersOf } from "../sanitize/spoilers.ts";

export interface SayableOptions extends ReplyContext, SanitizeOptions {
  /** Lines that the model was shown and that may hide spoilers. */
  readonly shown: readonly string[];
  readonly maxLines: number;
  /** UTF-16 units of a line. */
  readonly maxUnits: number;
}

export type Answer = Pick<SayableText, "text" | "reason">;

export interface SayableText {
  /** Empty for nothing. */
  readonly text: string;
  /** Why more text of the model would change nothing: it may stop. */
  readonly ended: "enough" | "lost" | undefined;
  /** Why the text ends or is empty. */
  readonly reason: string;
}

/** Prepared once for a question, asked again and again while its answer is streamed. */
export class Sayable {
  readonly #options: SayableOptions;
  readonly #rules: ReplyRules;
  readonly #spoilers: SpoilerIndex;

  constructor(options: SayableOptions) {
    this.#options = options;
    this.#rules = prepareRules(options);
    this.#spoilers = new SpoilerIndex(options.shown.flatMap(spoilersOf));
  }

  /** @param options.cut Whether a limit ended the model's text. */
  of(raw: string, options: { readonly cut?: boolean } = {}): SayableText {
    const { text: trimmed, ended, reason = "the sanitizer removed everything" } = trimReply(
      raw,
      this.#rules,
      options,
    );
    const text = sanitize(this.#spoilers.hide(trimmed), this.#options);
    const isEnough = fillsAll(text, this.#options) || (ended && reason === "sentences");
    return { text, reason, ended: isEnough ? "enough" : ended ? "lost" : undefined };
  }
}

/** Questions on a terminal, or with the answers on standard input. */
import { abortable } from "../clock.ts";
import { oneLine } from "../one_line.ts";
import { UsageError } from "./arguments.ts";

export interface QuestionOptions {
  /** The answer of somebody who only presses Enter; undefined: an answer is required. */
  readonly fallback?: string;
  /** The answer is not echoed, nor is the fallback shown. */
  readonly secret?: boolean;
  /** What answers without being asked, such as `--channel`. */
  readonly flag?: string;
}

const MAX_CHARS = 64 * 1024;
const BACKSPACE = /[\b\u007f]/;
/** Ctrl-C and Ctrl-D, where the terminal hands them over as characters. */
// deno-lint-ignore no-control-regex
const END = /[\u0003\u0004]/;
// deno-lint-ignore no-control-regex
const SECRET_END = /[\r\n\u0003\u0004]/;
/** Ctrl-U. */
const CLEAR = "\u0015";

export class Questions {
  /** Nobody is asked: each question is answered by its fallback. */
  readonly unattended: boolean;
  readonly #signal: AbortSignal;
  readonly #decoder = new TextDecoder();
  #pending = "";

  constructor({ unattended, signal }: { unattended: boolean; signal: AbortSignal }) {
    this.unattended = unattended;
    this.#signal = signal;
  }

  /** @throws {UsageError} When there is no answer. */
  async ask(question: string, options: QuestionOptions = {}): Promise<string> {
    const { fallback, secret = false, flag } = options;
    const instead = flag === undefined ? "" : `; give it with ${flag}`;
    if (this.unattended) {
      if (fallback !== undefined) return fallback;
      throw new UsageError(`no answer to "${question}"${instead}`);
    }
    const suggested = fallback && !secret ? ` [${visible(fallback)}]` : "";
    for (;;) {
      const line = await this.#line(`${question}${suggested}: `, secret);
      if (line === undefined) {
        throw new UsageError(`the input ended before the answer to "${question}"${instead}`);
      }
      const answer = secret ? line : line.trim();
      if (answer !== "") return answer;
      if (fallback !== undefined) return fallback;
    }
  }

  /** Whether somebody is there to correct a wrong answer. */
  get canRepeat(): boolean {
    return !this.unattended && Deno.stdin.isTerminal();
  }

  /** An empty answer means no. */
  async confirm(question: string): Promise<boolean> {
    for (;;) {
      const answer = await this.ask(`${question} [y/N]`, { fallback: "" });
      if (/^(?:no?)?$/i.test(answer)) return false;
      if (/^y(?:es)?$/i.test(answer)) return true;
      const wrong = `"${oneLine(answer)}" is neither y nor n`;
      if (!this.canRepeat) throw new UsageError(`${wrong}, the answers to "${question}"`);
      console.log(`  ✗ ${wrong}`);
    }
  }

  /**
   * Hides a secret on a terminal. `promptSecret` of @std/cli blocks the program, so that Ctrl-C would
   * wait for Enter.
   *
   * @returns Undefined at the end of the input.
   */
  async #line(prompt: string, secret: boolean): Promise<string | undefined> {
    const isTerminal = Deno.stdin.isTerminal();
    const isHidden = secret && isTerminal;
    // Before the prompt, so that nothing is echoed. Windows has no cbreak mode: there Ctrl-C is a character.
    if (isHidden) Deno.stdin.setRaw(true, { cbreak: Deno.build.os !== "windows" });
    try {
      print(prompt);
      const line = await this.#until(isHidden ? SECRET_END : /\n/);
      // A terminal has echoed what was typed.
      if (!isTerminal && !secret) print(visible(line ?? ""));
      return isHidden ? line && edited(line) : line?.replace(/\r$/, "");
    } finally {
      if (isHidden) Deno.stdin.setRaw(false);
      if (isHidden || !isTerminal) print("\n");
    }
  }

  async #until(end: RegExp): Promise<string | undefined> {
    const chunk = new Uint8Array(4096);
    for (;;) {
      const at = this.#pending.search(end);
      if (at >= 0) {
        const line = this.#pending.slice(0, at);
        const isEnd = END.test(this.#pending[at]!);
        this.#pending = this.#pending.slice(at + 1);
        return isEnd ? undefined : line;
      }
      const size = await abortable(Deno.stdin.read(chunk), this.#signal);
      if (size === null || this.#pending.length > MAX_CHARS) {
        const rest = this.#pending;
        this.#pending = "";
        return rest || undefined;
      }
      this.#pending += this.#decoder.decode(chunk.subarray(0, size), { stream: true });
    }
  }
}

/** For a terminal: an address may have a password. */
export function visible(answer: string): string {
  return oneLine(answer.replace(/(?<=(?:^|:\/\/)[^\s/@:]*:)[^\s/@]+(?=@)/g, "…"));
}

/** Applies the keys that a terminal in its usual mode applies. */
function edited(typed: string): string {
  const chars: string[] = [];
  for (const char of typed) {
    if (char === CLEAR) chars.length = 0;
    else if (BACKSPACE.test(char)) chars.pop();
    else chars.push(char);
  }
  return chars.join("");
}

function print(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(text));
}

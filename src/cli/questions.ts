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

const MAX_BYTES = 64 * 1024;
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
  #pending = new Uint8Array();

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
    // An address may have a password.
    const visible = fallback?.replace(/(?<=:\/\/[^\s/@]*:)[^\s/@]+(?=@)/g, "…");
    const shown = visible && !secret ? ` [${oneLine(visible)}]` : "";
    for (;;) {
      const prompt = `${question}${shown}: `;
      const line = secret ? await this.#secretLine(prompt) : await this.#line(prompt);
      if (line === undefined) {
        throw new UsageError(`the input ended before the answer to "${question}"${instead}`);
      }
      const answer = secret ? line : line.trim();
      if (answer !== "") return answer;
      if (fallback !== undefined) return fallback;
    }
  }

  /** @returns False unless the answer is yes. */
  async confirm(question: string): Promise<boolean> {
    return /^y(?:es)?$/i.test(await this.ask(`${question} [y/N]`, { fallback: "" }));
  }

  /** @returns Undefined at the end of the input. */
  async #line(prompt: string): Promise<string | undefined> {
    print(prompt);
    const line = (await this.#until(/\n/))?.replace(/\r$/, "");
    // A terminal has echoed what was typed.
    if (!Deno.stdin.isTerminal()) print(`${oneLine(line ?? "")}\n`);
    return line;
  }

  /** @std/cli's `promptSecret` blocks the program, so that Ctrl-C would wait for Enter. */
  async #secretLine(prompt: string): Promise<string | undefined> {
    if (!Deno.stdin.isTerminal()) {
      print(`${prompt}\n`);
      return (await this.#until(/\n/))?.replace(/\r$/, "");
    }
    // Before the prompt, so that nothing is echoed. Windows has no cbreak mode: there Ctrl-C is a character.
    Deno.stdin.setRaw(true, { cbreak: Deno.build.os !== "windows" });
    try {
      print(prompt);
      const typed = await this.#until(SECRET_END);
      return typed && edited(typed);
    } finally {
      Deno.stdin.setRaw(false);
      print("\n");
    }
  }

  async #until(end: RegExp): Promise<string | undefined> {
    const chunk = new Uint8Array(4096);
    for (;;) {
      // Bytes beyond ASCII are never line ends.
      const at = this.#pending.findIndex((byte) => end.test(String.fromCharCode(byte)));
      if (at >= 0) {
        const line = this.#pending.slice(0, at);
        const found = String.fromCharCode(this.#pending[at]!);
        this.#pending = this.#pending.slice(at + 1);
        return END.test(found) ? undefined : new TextDecoder().decode(line);
      }
      const size = await abortable(Deno.stdin.read(chunk), this.#signal);
      if (size === null || this.#pending.length > MAX_BYTES) {
        const rest = new TextDecoder().decode(this.#pending);
        this.#pending = new Uint8Array();
        return rest === "" ? undefined : rest;
      }
      this.#pending = new Uint8Array([...this.#pending, ...chunk.subarray(0, size)]);
    }
  }
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

import process from "node:process";
import { createInterface, type Interface } from "node:readline";
import { oneLine } from "../one_line.ts";
import { styled } from "../output.ts";

const ERASE_LINE = "\r\x1b[K";

/**
 * A conversation in a terminal, with a line that is typed below what was said; or in a pipe, with answers
 * on standard output and notes on standard error.
 */
export class ChatTerminal implements Disposable {
  readonly isInteractive = Deno.stdin.isTerminal() && Deno.stdout.isTerminal() &&
    Deno.env.get("TERM") !== "dumb";
  /** The lines that are typed or piped. */
  readonly lines: AsyncIterable<string>;
  readonly #readline: Interface;

  /** @param onInterrupt Called at Ctrl-C, which sends no signal while a line is edited. */
  constructor(onInterrupt: () => void) {
    const { stdin: input, stdout: output } = process;
    this.#readline = this.isInteractive
      ? createInterface({ input, output, terminal: true, prompt: "" })
      : createInterface({ input });
    this.#readline.on("SIGINT", onInterrupt);
    // The shell's prompt begins a line.
    this.#readline.on("close", () => this.isInteractive && this.#write("\n"));
    const lines = this.#readline[Symbol.asyncIterator]();
    this.lines = { [Symbol.asyncIterator]: () => lines };
  }

  /** Asks for a line of this user. */
  prompt(name: string): void {
    if (!this.isInteractive) return;
    this.#readline.setPrompt(`${name}: `);
    this.#readline.prompt(true);
  }

  /** Shows what somebody says; in a pipe without the name. */
  say(name: string, text: string): void {
    if (this.isInteractive) this.#print(`${styled("bold", `${name}:`)} ${oneLine(text)}`);
    else console.log(oneLine(text));
  }

  /** Shows what is no part of the conversation. */
  note(text: string): void {
    if (this.isInteractive) this.#print(styled("dim", oneLine(text)));
    else console.error(oneLine(text));
  }

  /** Shows, until something else is shown, the end of what is being said. */
  progress(name: string, text: string): void {
    if (!this.isInteractive) return;
    const width = (Deno.consoleSize().columns || 80) - name.length - 5;
    const shown = oneLine(text);
    const end = shown.length > width ? `…${shown.slice(1 - width)}` : shown;
    this.#write(`${ERASE_LINE}${styled("dim", `${name}: ${end} …`)}`);
  }

  /** Ends the lines. */
  [Symbol.dispose](): void {
    this.#readline.close();
  }

  /** Above the line that is typed. */
  #print(text: string): void {
    this.#write(`${ERASE_LINE}${text}\n`);
    this.#readline.prompt(true);
  }

  #write(text: string): void {
    Deno.stdout.writeSync(new TextEncoder().encode(text));
  }
}

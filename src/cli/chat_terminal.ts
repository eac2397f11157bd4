import process from "node:process";
import { createInterface, type Interface } from "node:readline";
import { oneLine } from "../one_line.ts";
import { styled } from "../output.ts";

/** Characters that may take two columns. */
const WIDE = /[\u1100-\uffff]/;

/**
 * A conversation in a terminal: what was said, then what is being said, then the line that is typed. Or in
 * a pipe, with answers on standard output and notes on standard error.
 */
export class ChatTerminal implements Disposable {
  readonly isInteractive = Deno.stdin.isTerminal() && Deno.stdout.isTerminal() &&
    Deno.env.get("TERM") !== "dumb";
  /** The lines that are typed or piped. */
  readonly lines: AsyncIterable<string>;
  readonly #readline: Interface;
  #hasProgress = false;
  #isClosed = false;

  /** @param onInterrupt Called at Ctrl-C, which sends no signal while a line is edited. */
  constructor(onInterrupt: () => void) {
    const { stdin: input, stdout: output } = process;
    this.#readline = this.isInteractive
      ? createInterface({ input, output, terminal: true, prompt: "" })
      : createInterface({ input });
    this.#readline.on("SIGINT", onInterrupt);
    // Before the line that is typed becomes one that was said.
    if (this.isInteractive) input.prependListener("keypress", (_, key) => this.#keyPressed(key));
    this.#readline.on("close", () => {
      this.#isClosed = true;
      if (!this.isInteractive) return;
      // The shell's prompt begins a line.
      if (this.#hasProgress) this.#print();
      else this.#write("\n");
    });
    const lines = this.#readline[Symbol.asyncIterator]();
    this.lines = { [Symbol.asyncIterator]: () => lines };
  }

  /** Asks for a line of this user. */
  prompt(name: string): void {
    if (!this.isInteractive || this.#isClosed) return;
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
    if (!this.isInteractive || this.#isClosed) return;
    const shown = oneLine(text);
    const columns = (Deno.consoleSize().columns || 80) - name.length - 5;
    const width = WIDE.test(shown) ? Math.floor(columns / 2) : columns;
    const end = shown.length > width ? `…${shown.slice(1 - width)}` : shown;
    this.#print(styled("dim", `${name}: ${end} …`));
    this.#hasProgress = true;
  }

  /** @returns False if no text is typed. */
  clearTyped(): boolean {
    if (this.#readline.line === "") return false;
    for (const name of ["e", "u"]) this.#readline.write(null, { ctrl: true, name });
    return true;
  }

  /** Ends the lines. */
  [Symbol.dispose](): void {
    this.#readline.close();
  }

  #keyPressed(key: { readonly name?: string } | undefined): void {
    if (this.#hasProgress && (key?.name === "return" || key?.name === "enter")) this.#print();
  }

  /** Shows a line above the one that is typed, in the place of what is being said. */
  #print(...lines: string[]): void {
    const { rows } = this.#readline.getCursorPos();
    const up = rows + Number(this.#hasProgress);
    const shown = lines.map((line) => `${line}\n`).join("");
    // To show the line that is typed, readline goes back to its first row.
    this.#write(`${up > 0 ? `\x1b[${up}A` : ""}\r\x1b[J${shown}${"\n".repeat(rows)}`);
    this.#hasProgress = false;
    if (!this.#isClosed) this.#readline.prompt(true);
  }

  #write(text: string): void {
    Deno.stdout.writeSync(new TextEncoder().encode(text));
  }
}

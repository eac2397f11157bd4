/** A script of the fakes in a process of its own, read line by line. */
import { TextLineStream } from "../e2e/text_lines.ts";

const ROOT = new URL("../../", import.meta.url);
const LINE_TIMEOUT_MS = 20_000;

export class Child implements AsyncDisposable {
  /** What it has printed. */
  readonly lines: string[] = [];
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #reading: Promise<void>;
  #ended = false;
  #news = Promise.withResolvers<void>();

  constructor(command: { prefix: readonly string[]; script: string; args?: readonly string[] }) {
    const { prefix, script, args = [] } = command;
    const flags = ["run", "--quiet", "--no-prompt", "--cached-only", "--allow-all"];
    const deno = [Deno.execPath(), ...flags, `tests/fakes/${script}`, ...args];
    const [program, ...rest] = [...prefix, ...deno];
    this.#child = new Deno.Command(program!, {
      args: rest,
      cwd: ROOT,
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    this.#input = this.#child.stdin.getWriter();
    this.#reading = this.#read();
  }

  /** Waits for a line. */
  async line(
    pattern: RegExp,
    options: { from?: number; timeoutMs?: number } = {},
  ): Promise<string> {
    const { from = 0, timeoutMs = LINE_TIMEOUT_MS } = options;
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      this.#tell();
    }, timeoutMs);
    try {
      for (let at = from;;) {
        for (; at < this.lines.length; at++) {
          if (pattern.test(this.lines[at]!)) return this.lines[at]!;
        }
        if (late || this.#ended) {
          const why = late ? `none in ${timeoutMs} ms` : "it ended";
          throw new Error(`No line has ${pattern}: ${why}; so far:\n${this.lines.join("\n")}`);
        }
        await this.#news.promise;
      }
    } finally {
      clearTimeout(timer);
    }
  }

  /** Gives it a line to read. */
  async write(line: string): Promise<void> {
    await this.#input.write(new TextEncoder().encode(`${line}\n`));
  }

  /** Ends it at once. */
  async kill(): Promise<void> {
    if (!this.#ended) this.#child.kill("SIGKILL");
    await this.#reading;
    await this.#input.abort().catch(() => {});
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kill();
  }

  async #read(): Promise<void> {
    for await (const line of this.#child.stdout.pipeThrough(new TextLineStream())) {
      this.lines.push(line);
      this.#tell();
    }
    await this.#child.status;
    this.#ended = true;
    this.#tell();
  }

  #tell(): void {
    this.#news.resolve();
    this.#news = Promise.withResolvers();
  }
}

import {
  assert,
  assertEquals,
  assertGreater,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { until } from "../demo/client.ts";
import { FakeOllama, type FakeOllamaOptions } from "../fakes/ollama/server.ts";
import { test } from "../testing.ts";
import { CLEAN_ENV, program } from "./rosey.ts";

const words = (from: number) =>
  Array.from({ length: 40 }, (_, at) => `w${from + at * 7}`).join(" ");
/** Goes up over the progress of an answer, and erases it. */
const ABOVE = "\u001b[1A\r\u001b[J";
const ANSWERS = ["Popcorn, of course.", "I have no idea yet."];

/** `rosey chat` with a fake Ollama, and the folder with its configuration. */
class ChatProgram implements AsyncDisposable {
  readonly ollama: FakeOllama;
  readonly folder = Deno.makeTempDirSync({ prefix: "rosey-chat-" });

  constructor(options: FakeOllamaOptions = {}) {
    this.ollama = FakeOllama.start({ tokenDelayMs: 0, ...options });
  }

  configure(llm: Readonly<Record<string, unknown>> = {}, user = "Rosey"): void {
    const all = { model: "rosey-demo", ollama_host: this.ollama.url, ...llm };
    const config = { channel: "demo", user, llm: all };
    Deno.writeTextFileSync(`${this.folder}/config.json`, JSON.stringify(config));
  }

  start({ onTerminal = false } = {}): Deno.ChildProcess {
    const { command, args } = program();
    const words = [command, ...args, "chat", "--config", `${this.folder}/config.json`];
    const quoted = words.map((word) => `'${word}'`).join(" ");
    const [first, ...rest] = onTerminal ? ["script", "-qec", quoted, "/dev/null"] : words;
    return new Deno.Command(first!, {
      args: rest,
      cwd: new URL("../../", import.meta.url),
      env: { ...CLEAN_ENV, TERM: "xterm" },
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  }

  /** Pipes lines into it. */
  async pipe(...lines: string[]) {
    const child = this.start();
    const input = child.stdin.getWriter();
    await input.write(new TextEncoder().encode(lines.join("\n")));
    await input.close();
    const { code, stdout, stderr } = await child.output();
    const [answers, notes] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
    return { code, answers: answers!.split("\n").slice(0, -1), notes: notes! };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.ollama[Symbol.asyncDispose]();
    Deno.removeSync(this.folder, { recursive: true });
  }
}

/** Types on a terminal, and reads what it shows. */
class Typist {
  #text = "";
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #output: ReadableStreamDefaultReader<string>;

  constructor({ stdin, stdout }: Deno.ChildProcess) {
    this.#input = stdin.getWriter();
    this.#output = stdout.pipeThrough(new TextDecoderStream()).getReader();
  }

  async type(text: string): Promise<void> {
    await this.#input.write(new TextEncoder().encode(text));
  }

  /** Waits for a text; returns what is shown up to it. */
  async until(wanted: string): Promise<string> {
    while (!this.#text.includes(wanted)) {
      const { done, value } = await this.#output.read();
      if (done) throw new Error(`It ended without "${wanted}": ${JSON.stringify(this.#text)}`);
      this.#text += value;
    }
    const end = this.#text.indexOf(wanted) + wanted.length;
    const shown = this.#text.slice(0, end);
    this.#text = this.#text.slice(end);
    return shown;
  }

  /** Waits for the end; returns what is shown up to it. */
  async end(): Promise<string> {
    for (;;) {
      const { done, value } = await this.#output.read();
      if (done) break;
      this.#text += value;
    }
    await this.#input.close().catch(() => {});
    return this.#text;
  }
}

test("chat answers the lines of a pipe one after another, without being called", async () => {
  const asked: string[] = [];
  await using chat = new ChatProgram({
    reply: (messages) => {
      asked.push(messages.at(-1)!.content);
      return `**${ANSWERS[asked.length - 1]}**`;
    },
  });
  chat.configure();
  const { code, answers, notes } = await chat.pipe("hello", "", "and then?", "/prompt", "/why");
  assertEquals({ code, answers }, { code: 0, answers: ANSWERS });
  assertEquals(asked, ["visitor: hello", "visitor: and then?"]);
  assertMatch(notes, /^\[system, about \d+ tokens\]\n {2}You are Rosey, a friendly/);
  assertStringIncludes(notes, "[assistant, about 6 tokens]\n  Popcorn, of course.\n");
  assertMatch(notes, /Together about \d+ tokens(?:; the server counted \d+)?\n/);
  assertMatch(notes, /visitor "hello": answered \(\d\.\d\d s\)\nvisitor "and then\?": answered/);
  assertStringIncludes(notes, "The model wrote: **I have no idea yet.**\n");
});

test("chat is a room for several people, and says why a line has no answer", async () => {
  const asked: string[] = [];
  await using chat = new ChatProgram({
    reply: (messages) => {
      asked.push(messages.slice(1).map(({ content }) => content).join("|"));
      return ANSWERS[asked.length - 1]!;
    },
  });
  chat.configure({ ignore_users: ["carol"] });
  const { code, answers, notes } = await chat.pipe(
    ...["/as bob", "I like old films", "/me waves", "!help", "/as Rosey", "/as alice"],
    ...["rosey, what does bob like?", "/reset", "rosey, and now?", "/as carol", "rosey?", "/nope"],
  );
  assertEquals(answers, ANSWERS);
  assertEquals(asked, [
    "bob: I like old films\nbob: waves\nalice: rosey, what does bob like?",
    "alice: rosey, and now?",
  ]);
  assertEquals(notes.split("\n").map((line) => line.replace(/[:;,].*/, "")), [
    "(not called",
    "(not called",
    "(a command of the channel",
    "/as takes the name of a person",
    "The conversation is forgotten",
    "(ignored)",
    "/nope is unknown",
    "",
  ]);
  assertEquals(code, 1);
});

test("chat reads the configuration again at /reset, and fails without a model", async () => {
  await using chat = new ChatProgram({
    reply: ([system]) =>
      /^A pirate called Robo\./.test(system!.content) ? "Aye, at sea." : ANSWERS[0]!,
  });
  chat.configure({ system_prompt_file: "persona.md" });
  const persona = `${chat.folder}/persona.md`;
  Deno.writeTextFileSync(persona, "A person.");
  const child = chat.start();
  const notes = child.stderr.pipeTo(new WritableStream());
  const typist = new Typist(child);
  await typist.type("hello\n");
  await typist.until(`${ANSWERS[0]}\n`);
  Deno.writeTextFileSync(persona, "A pirate called {bot}.");
  chat.configure({ system_prompt_file: "persona.md" }, "Robo");
  await typist.type("/reset\n/as bob\nrobo, hello?\n/bye\n");
  await typist.until("Aye, at sea.\n");
  await typist.end();
  await notes;
  assertEquals((await child.status).code, 0);
  const uncalled = await chat.pipe("/as bob", "hello", "/why");
  assertEquals(
    uncalled.notes,
    "(not called: a line for the bot has Robo in it)\nbob: not called\n",
  );
  chat.configure({ model: "no-such-model" });
  const missing = await chat.pipe("hello");
  assertEquals([missing.code, missing.answers], [1, []]);
  assertMatch(missing.notes, /\(model unavailable: model "no-such-model" is not on http:/);
  chat.configure({ model: "" });
  const none = await chat.pipe("hello");
  assertEquals(none.code, 78);
  assertMatch(none.notes, /✗ LLM error: no model: set llm\.model.*\n {4}→ correct llm\.model in /);
});

test("a signal ends chat while it waits for an answer", async () => {
  const asked = Promise.withResolvers<void>();
  await using chat = new ChatProgram({
    reply: () => {
      asked.resolve();
      return "one two three four five six seven";
    },
    tokenDelayMs: 10_000,
  });
  chat.configure();
  const child = chat.start();
  const input = child.stdin.getWriter();
  await input.write(new TextEncoder().encode("hello\nand then?\n"));
  await asked.promise;
  child.kill("SIGINT");
  const { code, stderr } = await child.output();
  await input.close().catch(() => {});
  assertEquals([code, new TextDecoder().decode(stderr)], [1, "rosey: stopped\n"]);
});

test(
  "on a terminal, what is typed during an answer stays below it, and Ctrl-C clears it or ends",
  async () => {
    await using chat = new ChatProgram({
      reply: () => words(1000),
      tokenDelayMs: 40,
    });
    chat.configure();
    await using child = chat.start({ onTerminal: true });
    const typist = new Typist(child);
    await typist.until("visitor: ");
    await typist.type("hello\r");
    await typist.until("Rosey: w1000");
    await typist.type("/why");
    await typist.until(" …\r\n\u001b[1G\u001b[0Jvisitor: /why");
    await typist.until(" …\r\n\u001b[1G\u001b[0Jvisitor: /why");
    await typist.type("\r");
    // The line is said in the place of the answer so far.
    await typist.until(`${ABOVE}\u001b[1G\u001b[0Jvisitor: /why`);
    await typist.until('visitor "hello": waiting');
    await typist.until("w1273\r\n");
    await typist.type("half a line");
    await typist.until("half a line");
    await typist.type("\u0003\u0003");
    await typist.until("(Ctrl-C again, Ctrl-D or /bye ends)");
    await typist.type("\u0003");
    await typist.end();
    await child.stderr.cancel();
    assertEquals([(await child.status).code, chat.ollama.cancelled], [0, 0]);
  },
  { needs: "script" },
);

test(
  "on a terminal, chat shows an answer while it comes; Ctrl-C ends it, Ctrl-D the program",
  async () => {
    let replies = 0;
    await using chat = new ChatProgram({
      reply: () => words(++replies * 1000),
      tokenDelayMs: 40,
    });
    chat.configure();
    await using child = chat.start({ onTerminal: true });
    const typist = new Typist(child);
    await typist.until("Rosey answers with rosey-demo at http://");
    await typist.type("hello\r");
    const shown = await typist.until("w1273\r\n");
    assertGreater(shown.split(`${ABOVE}Rosey: `).length, 3, JSON.stringify(shown));
    await typist.until("visitor: ");
    await typist.type("\u001b[2J and again\r");
    await typist.until("Rosey: w2000");
    await typist.type("\u0003");
    await typist.until("(cancelled)");
    await typist.until("visitor: ");
    await typist.type("/as bob\r");
    await typist.until("bob: ");
    await typist.type("rosey, go on\r");
    await typist.until("Rosey: w3000");
    await typist.type("\u0004");
    // What came of the answer is taken away: the shell's prompt begins the line.
    assertMatch(await typist.end(), new RegExp(`${RegExp.escape(ABOVE)}$`));
    await child.stderr.cancel();
    assertEquals((await child.status).code, 0);
    assert(await until(() => chat.ollama.cancelled === 2));
  },
  { needs: "script" },
);

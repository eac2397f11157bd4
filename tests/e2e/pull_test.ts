import { assert, assertEquals, assertMatch } from "@std/assert";
import { FaultyOllama, type FaultyOllamaOptions, holdPort } from "../fakes/ollama/faulty.ts";
import { test } from "../testing.ts";
import { CLEAN_ENV, program } from "./rosey.ts";

const ROOT = new URL("../../", import.meta.url);

/** A folder with a configuration, and what runs `rosey pull` on it. */
class Operator implements Disposable {
  readonly #folder = Deno.makeTempDirSync({ prefix: "rosey-pull-" });
  readonly path = `${this.#folder}/config.json`;

  constructor(llm: Record<string, unknown>) {
    const config = { channel: "demo", user: "Rosey", llm };
    Deno.writeTextFileSync(this.path, JSON.stringify(config));
  }

  start(args: string[], options: { prefix?: (command: string[]) => string[] } = {}): Running {
    const { command, args: before } = program();
    const words = [command, ...before, "pull", "-c", this.path, ...args];
    const [first, ...rest] = (options.prefix ?? ((all) => all))(words);
    const child = new Deno.Command(first!, {
      args: rest,
      cwd: ROOT,
      env: CLEAN_ENV,
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    return new Running(child);
  }

  async pull(...args: string[]): Promise<readonly [number, string, string]> {
    return await this.start(args).end();
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.#folder, { recursive: true });
  }
}

/** A child whose standard output can be waited for. */
class Running {
  readonly child: Deno.ChildProcess;
  #output = "";
  readonly #errors: Promise<string>;
  readonly #reading: Promise<void>;
  #news = Promise.withResolvers<void>();

  constructor(child: Deno.ChildProcess) {
    this.child = child;
    this.#errors = new Response(child.stderr).text();
    this.#reading = this.#read();
  }

  /** Waits until the output holds a text. */
  async said(text: string): Promise<void> {
    const ended = this.#reading.then(() => true);
    while (!this.#output.includes(text)) {
      const over = await Promise.race([this.#news.promise, ended]);
      if (over && !this.#output.includes(text)) throw new Error(`no ${text} in ${this.#output}`);
    }
  }

  async type(text: string): Promise<void> {
    const writer = this.child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(text));
    writer.releaseLock();
  }

  /** @returns Its exit code, standard output and standard error. */
  async end(): Promise<readonly [number, string, string]> {
    await this.#reading;
    const [{ code }, errors] = [await this.child.status, await this.#errors];
    await this.child.stdin.close().catch(() => {});
    return [code, this.#output, errors];
  }

  async #read(): Promise<void> {
    for await (const text of this.child.stdout.pipeThrough(new TextDecoderStream())) {
      this.#output += text;
      this.#news.resolve();
      this.#news = Promise.withResolvers();
    }
  }
}

function start(options: FaultyOllamaOptions = {}): FaultyOllama {
  return FaultyOllama.start({ models: [], tokenDelayMs: 0, ...options });
}

function names(ollama: FaultyOllama): Promise<string[]> {
  return fetch(`${ollama.backend.url}/api/tags`).then((response) => response.json())
    .then(({ models }) => models.map(({ name }: { name: string }) => name));
}

test("pull brings the configured model to the server, once more if it is there", async () => {
  await using ollama = start();
  using operator = new Operator({ model: "llama3.2:3b", ollama_host: ollama.url });
  for (let time = 0; time < 2; time++) {
    assertEquals(await operator.pull(), [
      0,
      `Pulling llama3.2:3b on ${ollama.url}\n  pulling manifest\n` +
      `✓ llama3.2:3b is on ${ollama.url} (42 MB)\n`,
      "",
    ]);
  }
  assertEquals(await names(ollama), ["llama3.2:3b"]);
});

test("pull brings another model to another server, with the credentials of its address", async () => {
  await using ollama = start();
  const elsewhere = `http://127.0.0.1:${holdPort()}`;
  using operator = new Operator({ ollama_host: elsewhere });
  const host = ollama.url.replace("://", "://bot:pw-planted@");
  const [code, output, errors] = await operator.pull("qwen3:4b", "--ollama-host", host);
  assertEquals([code, errors], [0, ""]);
  assert(output.endsWith(`✓ qwen3:4b is on ${ollama.url} (42 MB)\n`), output);
  const sent = new Set(ollama.requests.map(({ headers }) => headers.authorization));
  assertEquals([...sent], [`Basic ${btoa("bot:pw-planted")}`]);
  assert(!output.includes("pw-planted"));
});

test("pull goes from server to server, each with its own model, and reports those that fail", async () => {
  await using one = start();
  await using other = start();
  const away = `http://127.0.0.1:${holdPort()}`;
  const hosts = [{ url: one.url, model: "a:1b" }, away, other.url];
  using operator = new Operator({ model: "b:2b", ollama_host: hosts });
  assertEquals(await operator.pull(), [
    1,
    `Pulling a:1b on ${one.url}\n  pulling manifest\n✓ a:1b is on ${one.url} (42 MB)\n` +
    `Pulling b:2b on ${away}\n` +
    `Pulling b:2b on ${other.url}\n  pulling manifest\n✓ b:2b is on ${other.url} (42 MB)\n`,
    `✗ Cannot pull b:2b on ${away}: connection refused\n` +
    "    → on this machine: systemctl status ollama, or the SSH tunnel's; " +
    "for one elsewhere set its address\n",
  ]);
  assertEquals([await names(one), await names(other)], [["a:1b"], ["b:2b"]]);

  const [code] = await operator.pull("c:3b");
  assertEquals(code, 1);
  assertEquals([await names(one), await names(other)], [["a:1b", "c:3b"], ["b:2b", "c:3b"]]);
});

test("pull goes to the Ollama servers among the fallbacks, and to no other", async () => {
  await using one = start();
  await using other = start();
  const openai = { openai_base_url: `http://127.0.0.1:${holdPort()}/v1`, model: "gpt" };
  const fallbacks = [openai, { ollama_host: other.url }];
  using operator = new Operator({ model: "a:1b", ollama_host: one.url, fallbacks });
  const [code, , errors] = await operator.pull();
  assertEquals([code, errors], [0, ""]);
  assertEquals([await names(one), await names(other)], [["a:1b"], ["a:1b"]]);

  const main = { provider: "openai", ...openai, fallbacks: [{ ...fallbacks[1], model: "b:2b" }] };
  using second = new Operator(main);
  assertEquals((await second.pull())[0], 0);
  assertEquals(await names(other), ["a:1b", "b:2b"]);
});

test("pull says what went wrong, and what to do", async () => {
  await using ollama = start();
  using operator = new Operator({ model: "llama3.2:3b", ollama_host: ollama.url });
  const again = "run it again: the server keeps what has arrived, and goes on from there";
  const failed = (said: string, advice: string, model = "llama3.2:3b") =>
    `✗ Cannot pull ${model} on ${ollama.url}: ${said}\n    → ${advice}\n`;

  const [code, , errors] = await operator.pull("x:missing");
  assertEquals([code, errors], [
    1,
    failed(
      "the server cannot pull it: pull model manifest: file does not exist",
      "correct the name x:missing: https://ollama.com/library has them",
      "x:missing",
    ),
  ]);

  ollama.fault = { kind: "cut", chunks: 4, on: "/api/pull" };
  assertEquals(await operator.pull(), [
    1,
    `Pulling llama3.2:3b on ${ollama.url}\n  pulling manifest\n`,
    failed("the connection was closed before the answer was complete", again),
  ]);

  ollama.fault = { kind: "status", status: 401, body: `{"error":"unauthorized"}`, on: "all" };
  const [, , unauthorized] = await operator.pull();
  assertEquals(
    unauthorized,
    failed(
      "HTTP 401: credentials are required: unauthorized",
      "set OLLAMA_API_KEY, or name:password@ in the address",
    ),
  );
});

test("pull that is stopped ends at once, and says that nothing is lost", async () => {
  await using one = start({ fault: { kind: "hang_after", chunks: 4, on: "/api/pull" } });
  await using other = start();
  using operator = new Operator({ model: "a:1b", ollama_host: [one.url, other.url] });
  const running = operator.start([]);
  await running.said("pulling manifest\n");
  running.child.kill("SIGINT");
  assertEquals(await running.end(), [
    1,
    `Pulling a:1b on ${one.url}\n  pulling manifest\n`,
    `rosey pull: stopped; ${one.url} keeps what it has, the same command goes on from there\n`,
  ]);
  assertEquals(other.requests, []);
  while (one.open > 0) await new Promise((resolve) => setTimeout(resolve, 5));
});

test("on a terminal pull rewrites one line until Ctrl-C or the end", async () => {
  await using ollama = start();
  using operator = new Operator({ model: "a:1b", ollama_host: ollama.url });
  const quoted = (command: string[]) => command.map((word) => `'${word}'`).join(" ");
  // Without exec the shell itself may die of the Ctrl-C: dash does, bash does not.
  const prefix = (command: string[]) => [
    "script",
    "-qec",
    `stty cols 80; TERM=xterm exec ${quoted(command)}`,
    "/dev/null",
  ];
  const good = operator.start([], { prefix });
  const [code, output] = await good.end();
  assertEquals(code, 0);
  const begin = `Pulling a:1b on ${ollama.url}\r\n\r  pulling manifest\x1b[K\r`;
  assert(output.startsWith(begin), JSON.stringify(output));
  const done = `\r\x1b[K✓ a:1b is on ${ollama.url} (42 MB)\r\n`;
  assert(output.endsWith(done), JSON.stringify(output));

  ollama.fault = { kind: "hang_after", chunks: 5, on: "/api/pull" };
  const stopped = operator.start([], { prefix });
  await stopped.said("\r  29 % (600 of 2020 MB) pulling dde5aa3fc5ff\x1b[K");
  await stopped.type("\x03");
  const [failed, said] = await stopped.end();
  assertEquals(failed, 1);
  const end = `\r\x1b[Krosey pull: stopped; ${ollama.url} keeps what it has, ` +
    "the same command goes on from there\r\n";
  assert(said.endsWith(end), JSON.stringify(said));
}, { needs: "script" });

test("pull of a configuration that cannot be used ends with 78", async () => {
  using operator = new Operator({ model: "a:1b", ollama_host: "gpu:11434" });
  assertEquals(await operator.pull(), [
    78,
    "",
    "✗ LLM error: Cannot use llm.ollama_host: the address must begin with http:// or https://, " +
    `found "gpu:11434"; did you mean "http://gpu:11434"?\n` +
    `    → correct llm.ollama_host in ${operator.path}\n`,
  ]);
  using nameless = new Operator({ ollama_host: "http://127.0.0.1:9" });
  assertEquals(await nameless.pull(), [
    78,
    "",
    "✗ LLM error: no model: set llm.model, e.g. llama3.2:3b\n" +
    `    → correct llm.model in ${nameless.path}\n`,
  ]);
  using broken = new Operator({ llm_cooldown: -1 });
  const [code, , errors] = await broken.pull();
  assertEquals(code, 78);
  assertMatch(errors, /cannot be used as configuration:\n {2}llm\.llm_cooldown: /);
});

test("pull says that OpenAI's servers cannot, and what to do", async () => {
  using operator = new Operator({
    provider: "openai",
    model: "gpt",
    openai_base_url: "http://[::1]/v1",
  });
  assertEquals(await operator.pull(), [
    1,
    "",
    "✗ Cannot pull: llm.provider is openai, and only Ollama pulls a model when asked\n" +
    "    → load the model with the server's own program, or set llm.provider to ollama\n",
  ]);
});

import { assert, assertEquals } from "@std/assert";
import { COMMANDS } from "../../src/cli/commands.ts";
import { DemoChannel } from "../../src/demo/channel/server.ts";
import { holdPort } from "../fakes/ollama/faulty.ts";
import { FakeOllama } from "../fakes/ollama/server.ts";
import { test } from "../testing.ts";
import { CLEAN_ENV, program } from "./rosey.ts";
import { TextLineStream } from "./text_lines.ts";

const ROOT = new URL("../../", import.meta.url);

/** Examples that run until they are stopped, each with a line by which it has done its work. */
const ENDLESS: Readonly<Record<string, RegExp>> = {
  "rosey": /Joined demo/,
  "rosey run --config config.json --log-level debug": /Joined demo/,
  "rosey --dry-run": /Joined demo/,
  "rosey check --watch 10": /OK, \d/,
  "rosey demo": /The channel is open/,
  "rosey demo --scripted --port 8080": /The channel is open/,
};

/** What is typed into examples that ask, with the same addresses as in examples. */
const INPUT: Readonly<Record<string, string>> = {
  "rosey init": "https://cytu.be\ndemo\nBot\n\nhttp://gpu:11434\n\n",
};

/** Examples that end with another exit code than 0. */
const EXIT_CODES: Readonly<Record<string, number>> = {};

const CHAT_LOG = `2026-11-26T20:00:00.000Z <alice> rosey, what is playing?
2026-11-26T20:00:09.000Z <bob> nobody knows
`;

const NOWHERE = "http://127.0.0.1:1";

/** A folder of an operator with a channel and a model server, where examples are typed. */
class Scene implements AsyncDisposable {
  readonly #folder = Deno.makeTempDirSync({ prefix: "rosey-examples-" });
  readonly #stack = new AsyncDisposableStack();

  async run(example: string): Promise<void> {
    const { command, input, words, env } = await this.#prepare(example);
    const child = new Deno.Command("bash", {
      args: ["-e", "-o", "pipefail", "-c", command],
      cwd: this.#folder,
      env: { ...env, PATH: `${this.#folder}/bin:${Deno.env.get("PATH")}` },
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const writer = child.stdin.getWriter();
    // Not every example reads what is typed.
    await writer.write(new TextEncoder().encode(input)).catch(() => {});
    await writer.close().catch(() => {});
    const lines: string[] = [];
    const read = async (stream: ReadableStream<Uint8Array>) => {
      for await (const line of stream.pipeThrough(new TextLineStream())) {
        lines.push(line);
        if (words?.test(line)) child.kill("SIGTERM");
      }
    };
    await Promise.all([read(child.stdout), read(child.stderr)]);
    const { code } = await child.status;
    assertEquals(code, EXIT_CODES[example] ?? 0, `${example}\n${lines.join("\n")}`);
    assert(words === undefined || lines.some((line) => words.test(line)), lines.join("\n"));
  }

  async #prepare(example: string) {
    const ollama = this.#stack.use(FakeOllama.start({ tokenDelayMs: 0 }));
    const channel = this.#stack.use(await DemoChannel.start({}));
    const folder = this.#folder;
    for (const path of ["bin", ".zfunc", ".config/fish/completions"]) {
      Deno.mkdirSync(`${folder}/${path}`, { recursive: true });
    }
    const llm = { enabled: true, model: "rosey-demo", ollama_host: ollama.url };
    const site = { domain: channel.url, channel: "demo", user: "Rosey" };
    const config = { ...site, chat_log_file: "chat.log", llm };
    // `rosey init` makes one.
    if (!example.startsWith("rosey init")) {
      Deno.writeTextFileSync(`${folder}/config.json`, JSON.stringify(config));
    }
    Deno.writeTextFileSync(`${folder}/old.json`, JSON.stringify({ ...site, llm }));
    Deno.writeTextFileSync(`${folder}/chat.log`, CHAT_LOG);
    const { command, args } = program();
    const words = args.map((arg) => arg === "main.ts" ? new URL(arg, ROOT).pathname : arg);
    const script = `#!/bin/sh\nexec ${command} ${words.join(" ")} "$@"\n`;
    Deno.writeTextFileSync(`${folder}/bin/rosey`, script, { mode: 0o755 });
    const port = String(holdPort());
    const here = (text: string) =>
      text.replaceAll("http://gpu:11434", ollama.url)
        .replaceAll("https://cytu.be", channel.url)
        .replaceAll("~/", `${folder}/`)
        .replaceAll("8080", port);
    const isEndless = ENDLESS[example] !== undefined;
    return {
      // The signal is for the program, not for the shell.
      command: isEndless ? `exec ${here(example)}` : here(example),
      input: here(INPUT[example] ?? ""),
      words: ENDLESS[example],
      env: {
        ...CLEAN_ENV,
        // The demo looks for a real Ollama.
        OLLAMA_HOST: ollama.url,
        // Nothing leaves this machine.
        HTTP_PROXY: NOWHERE,
        HTTPS_PROXY: NOWHERE,
        NO_PROXY: "127.0.0.1,localhost",
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
    Deno.removeSync(this.#folder, { recursive: true });
  }
}

test("the help of every command has examples, which are of this command or of the program", () => {
  for (const { name, examples } of COMMANDS) {
    const lines = Object.keys(examples);
    assert(lines.length > 0, `${name} has no examples`);
    for (const line of lines) assert(/\brosey\b/.test(line) && line.length <= 76, line);
  }
});

for (const { name, examples } of COMMANDS) {
  test(`the examples of rosey help ${name} work`, async () => {
    const runs = await Promise.allSettled(
      Object.keys(examples).map(async (example) => {
        await using scene = new Scene();
        await scene.run(example);
      }),
    );
    for (const run of runs) if (run.status === "rejected") throw run.reason;
  }, { needs: "linux" });
}

/** `rosey init` as a child process, in a pipe and on a terminal. */
import { assertEquals } from "@std/assert";
import { CLEAN_ENV, program } from "./rosey.ts";

export const ACCOUNTS = { Rosey: { password: "pw-planted", rank: 2 } };

interface InitOptions<Answer> {
  readonly args?: readonly string[];
  readonly answers?: readonly Answer[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs `rosey init` with its answers as lines on standard input. */
export async function init(
  path: string,
  { args = [], answers = [], env = {} }: InitOptions<string>,
) {
  const { command, args: before } = program();
  const child = new Deno.Command(command, {
    args: [...before, "init", "--config", path, ...args],
    cwd: new URL("../../", import.meta.url),
    env: { ...CLEAN_ENV, ...env },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  // The program may end before it has read everything.
  await writer.write(new TextEncoder().encode(answers.map((line) => `${line}\n`).join("")))
    .then(() => writer.close()).catch(() => {});
  const { code, stdout, stderr } = await child.output();
  const [output, errors] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  return { code, output: output!, errors: errors! };
}

/** Runs `rosey init` on a terminal. Types each answer when the end of the screen matches. */
export async function initOnTerminal(
  path: string,
  { args = [], answers = [], env = {} }: InitOptions<readonly [prompt: RegExp, keys: string]>,
) {
  const { command, args: before } = program();
  const words = [command, ...before, "init", "-c", path, ...args].map((word) => `'${word}'`);
  const child = new Deno.Command("script", {
    // Without a shell between, which would get Ctrl-C, too.
    args: ["-qec", `exec ${words.join(" ")}`, "/dev/null"],
    cwd: new URL("../../", import.meta.url),
    env: { ...CLEAN_ENV, ...env },
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  // The prompt may never come.
  const limit = setTimeout(() => child.kill(), 120_000);
  const keys = child.stdin.getWriter();
  const left = [...answers];
  let screen = "";
  for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
    screen += text;
    // The prompt of a question is the last line.
    const [next] = left;
    if (!next?.[0].test(screen.slice(screen.lastIndexOf("\n") + 1))) continue;
    left.shift();
    await keys.write(new TextEncoder().encode(next[1]));
  }
  await keys.close().catch(() => {});
  const { code } = await child.status;
  clearTimeout(limit);
  screen = screen.replaceAll("\r\n", "\n");
  assertEquals(left, [], screen);
  return { code, screen };
}

export async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = Deno.makeTempDirSync({ prefix: "rosey-init-test-" });
  try {
    await run(folder);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

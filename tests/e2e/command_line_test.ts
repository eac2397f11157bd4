import { assert, assertEquals, assertMatch, assertNotMatch } from "@std/assert";
import manifest from "../../deno.json" with { type: "json" };
import { DemoChannel } from "../../src/demo/channel/server.ts";
import { FakeOllama } from "../fakes/ollama/server.ts";
import { test } from "../testing.ts";
import { serveHttp } from "../fakes/http_server.ts";
import { program, Rosey } from "./rosey.ts";
import { TextLineStream } from "./text_lines.ts";

async function rosey(
  args: string[],
  task: "start" | "demo" = "start",
  env: Record<string, string> = {},
) {
  const start = program(task);
  const { code, stdout, stderr } = await new Deno.Command(start.command, {
    args: [...start.args, ...args],
    cwd: new URL("../../", import.meta.url),
    env: { OLLAMA_HOST: "", NO_COLOR: "1", ...env },
    stdin: "null",
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

test("--version tells the version", async () => {
  const { code, stdout } = await rosey(["--version"]);
  assertEquals(code, 0);
  assertMatch(stdout, new RegExp(`^rosey ${manifest.version.replaceAll(".", "\\.")} \\(deno `));
});

test("no file is left in the temporary directory", async () => {
  const folder = Deno.makeTempDirSync({ prefix: "rosey-tmp-" });
  const { command, args } = program("demo");
  for (const more of [["--version"], ["--scripted", "--say", "rosey?"]]) {
    const { success } = await new Deno.Command(command, {
      args: [...args, ...more],
      cwd: new URL("../../", import.meta.url),
      env: { TMPDIR: folder, OLLAMA_HOST: "" },
    }).output();
    assert(success);
  }
  assertEquals([...Deno.readDirSync(folder)], []);
  Deno.removeSync(folder);
});

test("bad usage ends with code 2 and a suggestion", async () => {
  for (
    const [args, said] of [
      [["rnu"], /unknown command 'rnu'\n\(Did you mean run\?\)/],
      [["--confg", "x"], /unknown option '--confg'\n\(Did you mean --config\?\)/],
      [["--log-level", "loud"], /Choose one of DEBUG, INFO/],
      [["demo", "--port", "http"], /A port is a whole number/],
      [["run", "extra"], /too many arguments/],
    ] as const
  ) {
    const { code, stderr } = await rosey([...args]);
    assertEquals(code, 2, stderr);
    assertMatch(stderr, said);
  }
});

test("a missing file and a broken one end with code 78 and every problem, without a stack", async () => {
  const missing = await rosey(["--config", "no-such-file.json"]);
  assertEquals(missing.code, 78);
  assertMatch(
    missing.stderr,
    /no-such-file\.json cannot be used .*:\n {2}cannot read it: there is no such file or folder; .* init/,
  );

  const path = await Deno.makeTempFile({ suffix: ".json" });
  await Deno.writeTextFile(
    path,
    '{"channel": "a b", "llm": {"llm_cooldown": "ten", "options": 3}}',
  );
  const { code, stderr } = await rosey(["-c", path]);
  await Deno.remove(path);
  assertEquals(code, 78);
  const problems = stderr.trim().split("\n").slice(1).map((line) => line.trim().split(":")[0]);
  assertEquals(problems, ["channel", "user", "llm.options", "llm.llm_cooldown"]);
  assertNotMatch(stderr, /\bat .*\.ts:\d/);
});

test("a log that would overwrite the configuration ends run and check with code 78", async () => {
  await using channel = await DemoChannel.start({});
  const problem = "chat_log_file: expected a file of its own, found that of the configuration";
  await using bot = Rosey.start(channel.url, { config: { chat_log_file: "config.json" } });
  await bot.line(problem);
  assertEquals(await bot.end(), 78);

  const path = await Deno.makeTempFile({ suffix: ".json" });
  const config = { domain: channel.url, channel: "demo", user: "Rosey", chat_log_file: path };
  await Deno.writeTextFile(path, JSON.stringify(config));
  const { code, stdout } = await rosey(["check", "-c", path]);
  assertEquals([code, stdout.split("\n")[1]], [78, `  ✗ ${problem}`]);
  assertEquals(await Deno.readTextFile(path), JSON.stringify(config));
  await Deno.remove(path);
});

test("the demo says a line, prints the conversation and ends with code 0", async () => {
  const { code, stdout, stderr } = await rosey(
    ["--scripted", "--say", "rosey, are you there?"],
    "demo",
  );
  assertEquals(code, 0, stderr);
  assertMatch(stdout, /^visitor: rosey, are you there\?\nRosey: .*visitor.*\n$/);
  assertEquals(stderr, "");
});

test("the demo shows its address last, where Deno's progress bar does not erase it", async () => {
  const { command, args } = program("demo");
  const child = new Deno.Command("sh", {
    args: ["-c", 'exec "$@" 2>&1', "sh", command, ...args, "--scripted"],
    cwd: new URL("../../", import.meta.url),
    env: { OLLAMA_HOST: "", NO_COLOR: "1" },
    stdout: "piped",
  }).spawn();
  const shown: string[] = [];
  for await (const line of child.stdout.pipeThrough(new TextLineStream())) {
    shown.push(line);
    if (line.startsWith("The channel is open: http://127.0.0.1:")) child.kill("SIGTERM");
  }
  assertEquals((await child.status).code, 0);
  const joined = shown.findIndex((line) => line.includes("INFO  Joined demo"));
  assert(joined >= 0 && shown[joined + 1]?.startsWith("The channel is open"), shown.join("\n"));
});

test("the demo ends with code 1 at once when a line has no answer, and says why", async () => {
  const call = '→ call the bot by its name: --say "rosey, what is playing?"';
  for (
    const [line, reason, hint] of [
      ["nobody is called", "not called", call],
      ["/afk", "not shown", "→ the channel shows no line for it: say something else"],
      ["!status", "command", "→ the reply is private: say it on the page that rosey demo opens"],
    ] as const
  ) {
    const { code, stderr } = await rosey(["--scripted", "--say", line], "demo");
    assertEquals([code, stderr], [1, `rosey demo: no answer: ${reason}\n    ${hint}\n`]);
  }
});

test("the demo ends with code 1 when the model has no answer, and without one in time", async () => {
  for (
    const [options, timeout, said] of [
      [{ reply: () => "" }, "30", /^rosey demo: no answer: (?:model failed|nothing useful left)/m],
      [{ tokenDelayMs: 60_000 }, "2", /^rosey demo: no answer within 2 s$/m],
    ] as const
  ) {
    await using ollama = FakeOllama.start(options);
    const args = ["--say", "rosey?", "--timeout", timeout];
    const { code, stderr } = await rosey(args, "demo", { OLLAMA_HOST: ollama.url });
    assertEquals(code, 1);
    assertMatch(stderr, said);
  }
});

for (const say of [["--say", "rosey?"], []]) {
  const way = say.length > 0 ? "with --say" : "without --say";
  test(`the demo ends at once when its bot fails, with a sentence, ${way}`, async () => {
    // The site is asked through it, and it knows no channel.
    await using proxy = serveHttp(() =>
      Response.json({ error: "nothing is here" }, { status: 404 })
    );
    const { code, stderr } = await rosey(["--scripted", ...say], "demo", {
      HTTP_PROXY: proxy.url,
      NO_PROXY: "",
    });
    assert(code !== 0 && code < 128, `code ${code}`);
    assertMatch(
      stderr,
      /^rosey(?: demo)?: Cannot find channel demo on http:\S+: nothing is here$/m,
    );
    assertNotMatch(stderr, /Uncaught|\bat .*\.[jt]s:\d/);
  });
}

test("a port that is taken ends the demo with a sentence, not with a stack", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  const { code, stderr } = await rosey(["--scripted", "--port", String(port)], "demo");
  assertEquals(code, 1);
  assertMatch(stderr, new RegExp(`^rosey demo: .* port ${port}: .*; choose another --port\n$`));
});

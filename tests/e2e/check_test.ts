import { assert, assertEquals, assertGreaterOrEqual, assertMatch } from "@std/assert";
import { DemoChannel } from "../../src/demo/channel/server.ts";
import { FaultyOllama, holdPort } from "../fakes/ollama/faulty.ts";
import { ForwardProxy } from "../fakes/forward_proxy.ts";
import { test } from "../testing.ts";
import { CALLED, program } from "./rosey.ts";
import { check, command, LLM } from "./check_command.ts";
import { TextLineStream } from "./text_lines.ts";

test("check of a working configuration loads nothing and joins nothing", async () => {
  await using ollama = FaultyOllama.start({ reply: () => "Hello.", tokenDelayMs: 0 });
  await using channel = await DemoChannel.start({});
  const { code, lines, errors } = await check({
    domain: channel.url,
    channel: "demo",
    user: "Rosey",
    llm: { ...LLM, ollama_host: ollama.url },
  });
  assertEquals([code, errors, lines.at(-2)], [0, "", "No failures."]);
  assert(lines.includes(`model server ${ollama.url}`));
  assert(lines.includes("  ✓ it has rosey-demo"));
  assert(lines.some((line) => /^ {2}· the login was not tried/.test(line)));
  assertEquals(ollama.backend.loads, 0);
  assertEquals(channel.lines.length, 0);
});

test("check joins with --login, has the model talk with --ask, and prints JSON with --json", async () => {
  await using ollama = FaultyOllama.start({ reply: () => "Hello there.", tokenDelayMs: 0 });
  const accounts = { Rosey: { password: "pw-planted", rank: 2 } };
  await using channel = await DemoChannel.start({ accounts });
  const config = {
    domain: channel.url,
    channel: "demo",
    user: ["Rosey", "pw-planted"],
    llm: { ...LLM, ollama_host: ollama.url.replace("://", "://bot:pw-planted@") },
  };
  const args = ["--login", "--ask", "--json"];
  const { code, lines, errors } = await check(config, { args });
  assertEquals([code, errors, lines.length], [0, "", 2]);
  const { ok, findings } = JSON.parse(lines[0]!);
  assertEquals(ok, true);
  const found = findings.map(({ found }: { found: string }) => found);
  assert(found.includes("joined as Rosey, an account of rank 2, and left"), found.join());
  assert(found.some((text: string) => /answers within .* "Hello there\."$/.test(text)));
  assert(!lines[0]!.includes("pw-planted"));

  const wrong = await check({ ...config, user: ["Rosey", "pw-wrong"] }, { args: ["--login"] });
  assertEquals(wrong.code, 1);
  const at = wrong.lines.findIndex((line) => line.includes("Cannot log in as Rosey"));
  assertMatch(wrong.lines[at + 1]!, /→ correct/);
  assert(!wrong.lines.join().includes("pw-wrong"));
});

test("check answers each row of what operators ask first", async () => {
  await using channel = await DemoChannel.start({});
  const { port } = new URL(channel.url);
  for (
    const [ollama_host, found, advice] of [
      [`http://127.0.0.1:${holdPort()}`, /✗ connection refused/, /systemctl status ollama/],
      [`http://127.0.0.2:${holdPort()}`, /✗ connection refused/, /on this machine: systemctl/],
      ["http://gpu.invalid:11434", /✗ DNS resolution failed/, /IP address, or .*\/etc\/hosts/],
      [`http://127.0.0.1:${port}`, /✗ .*not Ollama|✗ HTTP 404/, /→ /],
      [
        "gpu:11434",
        /✗ .*did you mean "http:\/\/gpu:11434"/,
        /→ correct llm\.ollama_host in \S+config\.json$/,
      ],
    ] as const
  ) {
    const config = { domain: channel.url, channel: "demo", user: "Rosey" };
    const { code, lines } = await check({ ...config, llm: { ...LLM, ollama_host } });
    const at = lines.findIndex((line) => found.test(line));
    assertGreaterOrEqual(at, 0, `${found} is not in\n${lines.join("\n")}`);
    assertMatch(lines[at + 1]!, advice);
    assertEquals(code, 1);
  }
});

test("check of a configuration that cannot be used says every problem and ends with 78", async () => {
  const config = { channel: "a b", llm: { llm_cooldown: -1, modle: "m" } };
  const { code, lines, errors } = await check(config);
  assertEquals([code, errors], [78, ""]);
  const shown = lines.slice(1).map((line) => line.replace(/(?<=^ {2}\S|→ correct) .*/, ""));
  const expected = ["  ✗", "  ✗", "  ✗", "      → correct", "  !", "      → correct", ""];
  assertEquals(shown, [...expected, "1 warning, 3 failures.", ""], lines.join("\n"));
});

test("check says where a configuration comes from that is not there", async () => {
  const folder = Deno.makeTempDirSync({ prefix: "rosey-check-" });
  const { command, args } = program();
  const look = async (path: string) => {
    const { code, stdout } = await new Deno.Command(command, {
      args: [...args, "check", "--config", path],
      cwd: new URL("../../", import.meta.url),
    }).output();
    return { code, lines: new TextDecoder().decode(stdout).split("\n") };
  };
  const missing = await look(`${folder}/config.json`);
  assertEquals(missing.code, 78);
  assertEquals(missing.lines[1], "  ✗ cannot read it: there is no such file or folder");
  assertMatch(missing.lines[2]!, new RegExp(`→ ${CALLED} init --config \\S+ makes it$`));
  const wrong = await look(folder);
  assertEquals(wrong.lines[1], "  ✗ cannot read it: it is a folder");
  assertMatch(wrong.lines[2]!, /→ name another file with --config$/);
  Deno.removeSync(folder, { recursive: true });
});

test("check that is stopped says so, and shows no stack; nor does one whose reader has gone", async () => {
  const silent = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const asked = Promise.withResolvers<void>();
  const held: Deno.Conn[] = [];
  const holding = (async () => {
    for await (const connection of silent) {
      held.push(connection);
      if (held.length === 2) asked.resolve();
    }
  })();
  const folder = Deno.makeTempDirSync({ prefix: "rosey-check-" });
  const url = `http://127.0.0.1:${silent.addr.port}`;
  const config = { domain: url, channel: "demo", user: "Rosey", llm: { ...LLM, ollama_host: url } };
  const child = command(folder, config, [], {}).spawn();
  await asked.promise;
  child.kill("SIGINT");
  const { code, stdout, stderr } = await child.output();
  const [text, errors] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  assertEquals([code, text, errors], [1, "", "rosey: stopped\n"]);
  silent.close();
  held.forEach((connection) => connection.close());
  await holding;

  const { command: name, args: before } = program();
  const piped = await new Deno.Command("bash", {
    args: ["-c", '"$@" | true; exit "${PIPESTATUS[0]}"', "-", name, ...before, "check", "-c", "/"],
    cwd: new URL("../../", import.meta.url),
  }).output();
  // Older Deno tells the program, newer does not.
  assert([1, 78].includes(piped.code));
  assertEquals(new TextDecoder().decode(piped.stderr), "");
  Deno.removeSync(folder, { recursive: true });
});

test("check says which proxy is asked", async () => {
  await using ollama = FaultyOllama.start({ reply: () => "Hello.", tokenDelayMs: 0 });
  await using proxy = new ForwardProxy("rosey:pw-planted");
  await using channel = await DemoChannel.start({});
  const config = { domain: channel.url, channel: "demo", user: "Rosey" };
  const llm = { ...LLM, ollama_host: ollama.url.replace("127.0.0.1", "localhost") };
  const env = { HTTP_PROXY: proxy.url, NO_PROXY: "127.0.0.1" };
  const { code, lines } = await check({ ...config, llm }, { env });
  const address = proxy.url.replace("rosey:pw-planted@", "");
  assert(lines.includes(`  · asked through the proxy ${address} of HTTP_PROXY`), lines.join("\n"));
  assertEquals(code, 0);
  assert(!lines.join().includes("pw-planted"));
});

test("check --watch says how the servers are until it is stopped", async () => {
  await using ollama = FaultyOllama.start({ reply: () => "Hello.", tokenDelayMs: 0 });
  const folder = Deno.makeTempDirSync({ prefix: "rosey-check-" });
  const llm = { ...LLM, ollama_host: ollama.url };
  const config = { channel: "demo", user: "Rosey", llm };
  const child = command(folder, config, ["--watch", "0.2"], {}).spawn();
  const reader = child.stdout.pipeThrough(new TextLineStream()).getReader();
  const next = async (pattern: RegExp) => {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) throw new Error(`it ended before a line had ${pattern}`);
      if (pattern.test(value)) return;
    }
  };
  await next(/^\d{4}-\S+Z Ollama server at http:\S+: OK, [\d.]+ ms$/);
  ollama.fault = { kind: "status", status: 500, body: `{"error":"boom"}`, on: "all" };
  await next(/^\S+ Ollama server at http:\S+: DOWN: HTTP 500: boom/);
  ollama.fault = null;
  await next(/: OK, /);
  child.kill("SIGTERM");
  const [{ code }] = await Promise.all([child.status, reader.cancel(), child.stderr.cancel()]);
  assertEquals(code, 0);
  Deno.removeSync(folder, { recursive: true });
});

test("check names what prevents a start and leaves no file behind", async () => {
  await using channel = await DemoChannel.start({});
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const folder = Deno.makeTempDirSync({ prefix: "rosey-check-" });
  try {
    const { port } = taken.addr;
    const { code, lines } = await check({
      domain: channel.url,
      channel: "demo",
      user: ["your_bot", "found"],
      chat_log_file: `${folder}/none/chat.log`,
      media_log_file: `${folder}/media.log`,
      state_file: `${folder}/none/state.db`,
      status: { port },
    }, { args: ["--json"] });
    const { ok, findings } = JSON.parse(lines[0]!);
    assertEquals([code, ok], [1, false]);
    const told = findings.map(({ level, found }: Record<string, string>) => `${level}: ${found}`);
    for (
      const expected of [
        /^failure: your_bot is still the template's placeholder$/,
        /^failure: chat_log_file: cannot write .*none\/chat\.log: there is no such file or folder$/,
        /^warning: state_file: cannot write .*none\/state\.db: there is no such file or folder$/,
        new RegExp(`^warning: status\\.port: cannot listen on 127\\.0\\.0\\.1:${port}: `),
      ]
    ) {
      assert(told.some((line: string) => expected.test(line)), told.join("\n"));
    }
    assert(!told.some((line: string) => line.includes("media.log")), told.join("\n"));
    assertEquals([...Deno.readDirSync(folder)], []);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

test("check says that the environment's host is wrong, not the file's, and watches nothing then", async () => {
  const config = { channel: "demo", user: "Rosey", llm: { enabled: true, model: "m" } };
  const env = { OLLAMA_HOST: "0.0.0.0" };
  const { code, lines } = await check(config, { args: ["--watch", "1"], env });
  assertEquals(code, 78);
  assertMatch(
    lines.join("\n"),
    /✗ .*OLLAMA_HOST: .*\n {6}→ correct or unset the variable OLLAMA_HOST/,
  );
  const off = await check({ ...config, llm: { enabled: false } }, { args: ["--watch", "1"] });
  assertEquals(off.code, 78);
  assertMatch(off.lines.join("\n"), /✗ llm\.enabled is false: there is no server to watch/);
});

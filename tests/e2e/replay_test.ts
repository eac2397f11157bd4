import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { FakeOllama } from "../fakes/ollama/server.ts";
import { test } from "../testing.ts";
import { program } from "./rosey.ts";

const LOG = `2026-10-05T20:15:03.120Z <alice> rosey, what is on?
2026-10-05T20:15:10.000Z <bob> \u001b[2J rosey?
2026-10-05T20:15:14.000Z <bob> rosey, again?
2026-10-05T20:15:15.000Z * carol waves at rosey
2026-10-05T20:15:30.000Z <carol> good night
not a line of chat
`;

function start(args: readonly string[], { config = "", net = false }): Deno.ChildProcess {
  const { command, args: before } = program();
  return new Deno.Command(command, {
    args: [
      ...before.filter((flag) => net || flag !== "--allow-net"),
      ...["replay", "--config", config, ...args],
    ],
    cwd: new URL("../../", import.meta.url),
    env: { OLLAMA_HOST: "", NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

/** Runs `rosey replay` in a folder with a log, by default without permission to use the network. */
async function replay(
  args: readonly string[],
  { config = {}, llm = {}, log = LOG, net = false } = {},
) {
  const folder = Deno.makeTempDirSync({ prefix: "rosey-replay-" });
  try {
    const path = `${folder}/config.json`;
    const all = {
      channel: "demo",
      user: "Rosey",
      llm: { enabled: true, model: "rosey-demo", ...llm },
    };
    Deno.writeTextFileSync(path, JSON.stringify({ ...all, ...config }));
    Deno.writeTextFileSync(`${folder}/chat.log`, log);
    const named = args.map((arg) => arg.replace("FOLDER", folder));
    const child = start(named, { config: path, net });
    const input = child.stdin.getWriter();
    await input.write(new TextEncoder().encode(log)).catch(() => {});
    await input.close().catch(() => {});
    const { code, stdout, stderr } = await child.output();
    const [text, notes] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
    return { code, text: text!, notes: notes!.replaceAll(folder, "FOLDER") };
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

test("replay shows why each line is answered or not, without the network", async () => {
  const { code, text, notes } = await replay(["FOLDER/chat.log"]);
  assertEquals(
    text,
    `Rosey would have answered (✓) or not (✗):
2026-10-05 20:15:03 ✓ called               alice: rosey, what is on?
2026-10-05 20:15:10 ✓ called               bob: \\x1b[2J rosey?
2026-10-05 20:15:14 ✗ cooldown             bob: rosey, again?
2026-10-05 20:15:15 ✓ called               * carol waves at rosey

5 lines, 3 answers (called 3), 1 without answer (cooldown 1).
`,
  );
  assertEquals(
    notes,
    "! Lines left out: 1, not of the form 2026-01-31T20:15:03.000Z <name> text\n",
  );
  assertEquals(code, 0);
  assertEquals((await replay(["-"])).text, text);
});

test("replay reads the configured log, and writes JSON", async () => {
  const config = { chat_log_file: "chat.log" };
  const { code, text, notes } = await replay(["--json"], {
    config,
    log: LOG.replaceAll("\n", "\r\n"),
  });
  const { decisions, ...counts } = JSON.parse(text);
  assertEquals(counts, { lines: 5, skipped: 1, uncalled: { "not called": 1 } });
  assertEquals(decisions.length, 4);
  const answered = { why: "called", outcome: "answered", detail: "2.00 s", answer: [] };
  assertEquals([decisions[0], decisions[3]], [
    {
      ...{ time: "2026-10-05T20:15:03.120Z", user: "alice", text: "rosey, what is on?" },
      ...{ action: false, ...answered },
    },
    {
      ...{ time: "2026-10-05T20:15:15.000Z", user: "carol", text: "waves at rosey" },
      ...{ action: true, ...answered },
    },
  ]);
  assertMatch(notes, /^! Lines left out: 1/);
  assertEquals(code, 0);
});

test("replay shows a decision while the log is still being read", async () => {
  for (const flags of [[], ["--json"]]) {
    const child = start(["-", ...flags], { config: `${Deno.cwd()}/config.json.dist` });
    const input = child.stdin.getWriter();
    const [asked, later] = LOG.split("\n");
    await input.write(new TextEncoder().encode(`${asked}\n${later}\n`));
    const output = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    while (!text.includes("alice")) text += (await output.read()).value;
    await input.close();
    for (let read; !(read = await output.read()).done;) text += read.value;
    await child.stderr.cancel();
    if (flags.length > 0) assertEquals(JSON.parse(text).lines, 2);
    else assertStringIncludes(text, "\n\n2 lines, ");
    assertEquals((await child.status).code, 0);
  }
});

test("replay --model shows the answers of the model, and fails if it has none", async () => {
  await using ollama = FakeOllama.start({
    reply: () => "**Nosferatu**, a silent film.",
    tokenDelayMs: 0,
  });
  const llm = { ollama_host: ollama.url, llm_cooldown: 0 };
  const args = ["--model", "FOLDER/chat.log"];
  const good = await replay(args, { llm, net: true, log: LOG.split("\n")[0]! });
  assertMatch(good.text, /alice: rosey, what is on\?\n {43}→ Rosey: Nosferatu, a silent film\.\n/);
  assertEquals(good.code, 0);
  const missing = await replay(args, { llm: { ...llm, model: "no-such" }, net: true });
  assertMatch(
    missing.notes,
    /✗ Cannot ask the model: model "no-such" is not on .*\n {4}→ .* check /,
  );
  assertEquals([missing.code, missing.text], [1, ""]);
  ollama.requests.length = 0;
  const off = await replay(args, { llm: { ...llm, enabled: false }, net: true });
  assertStringIncludes(off.notes, "! llm.enabled is false: the bot answers nobody");
  assertStringIncludes(off.text, "4 without answer (model off 4)");
  assertEquals([off.code, ollama.requests.length], [0, 0]);
});

test("replay says what is wrong with a log, and what to do", async () => {
  const none = await replay([]);
  assertMatch(none.notes, /^error: name a chat log: chat_log_file is not set in .*config\.json/);
  const absent = await replay(["FOLDER/none.log"]);
  assertMatch(absent.notes, /^✗ Cannot read FOLDER\/none\.log: there is no such file or folder/i);
  if (Deno.build.os === "linux") {
    const system = await replay(["/proc/self/environ"]);
    assertMatch(system.notes, /^✗ Cannot read \S+: the bot may not use devices and system files\n/);
  }
  const other = await replay(["FOLDER/chat.log"], { log: "20:15 <alice> rosey?\n" });
  assertStringIncludes(other.notes, "✗ Cannot replay FOLDER/chat.log: no line of 1 is a chat line");
  assertStringIncludes(other.notes, "→ name a file that chat_log_file wrote");
  const unheard = { speak_on: { join: {} }, enabled: false };
  const off = await replay(["FOLDER/chat.log"], { llm: unheard });
  assertMatch(
    off.notes,
    /! llm\.enabled is false.*\n! llm\.speak_on\.join and \.media are left out/,
  );
  assertMatch(off.text, /✗ model off +alice/);
  assertEquals([none, absent, other, off].map(({ code }) => code), [2, 1, 1, 0]);
});

import { assert, assertMatch, assertStringIncludes } from "@std/assert";
import { delay } from "../../src/clock.ts";
import { DemoChannel } from "../../src/demo/channel/server.ts";
import { FakeOllama } from "../fakes/ollama/server.ts";
import { test } from "../testing.ts";
import { serveHttp } from "../fakes/http_server.ts";
import { CLEAN_ENV, program } from "./rosey.ts";

/** Sets a terminal's title, clears its screen, and the same in one byte instead of two. */
const ATTACK = "\u001b]0;owned\u0007\u001b[2J\u009b2J";
// deno-lint-ignore no-control-regex
const OWN_COLOURS = /\u001b\[(?:\d{1,2}m|K)/g;
// deno-lint-ignore no-control-regex
const CONTROL = /[\u0000-\u0009\u000b\u000c\u000e-\u001f\u007f-\u009f]/;

/** An Ollama whose model has a hostile name, and says hostile things. */
function hostileOllama() {
  return serveHttp((request) => {
    const { pathname } = new URL(request.url);
    if (pathname === "/api/tags") return Response.json({ models: [{ name: `bad${ATTACK}:1b` }] });
    if (pathname === "/api/version") return Response.json({ version: `0.1${ATTACK}` });
    if (pathname === "/api/show") return Response.json({ capabilities: [`completion${ATTACK}`] });
    if (pathname === "/api/ps") return Response.json({ models: [] });
    return Response.json({ error: `cannot ${ATTACK}` }, { status: 500 });
  });
}

/** Runs the program with its output on a terminal, and returns what the terminal gets. */
async function onTerminal(args: string[], env: Record<string, string> = {}): Promise<string> {
  const { command, args: before } = program(args[0] === "demo" ? "demo" : "start");
  const words = [command, ...before, ...(args[0] === "demo" ? args.slice(1) : args)];
  const quoted = words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ");
  const { stdout } = await new Deno.Command("script", {
    args: ["-qec", `TERM=xterm exec ${quoted}`, "/dev/null"],
    cwd: new URL("../../", import.meta.url),
    env: { ...CLEAN_ENV, NO_COLOR: "", ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).output();
  return new TextDecoder().decode(stdout);
}

function assertHarmless(output: string): void {
  assertStringIncludes(output, "owned", "the attack did not arrive");
  assert(!CONTROL.test(output.replace(OWN_COLOURS, "")), JSON.stringify(output));
}

test(
  "a hostile model server does not reach the terminal of init, check, models, pull or demo",
  async () => {
    await using server = hostileOllama();
    await using channel = await DemoChannel.start({});
    const folder = Deno.makeTempDirSync({ prefix: "rosey-terminal-" });
    try {
      const host = server.url;
      const path = `${folder}/config.json`;
      const llm = { enabled: true, model: "good:1b", ollama_host: host };
      const config = { domain: channel.url, channel: "demo", user: "Rosey", llm };
      Deno.writeTextFileSync(path, JSON.stringify(config));
      for (const more of [[], ["--ask"], ["--json"]]) {
        assertHarmless(await onTerminal(["check", "--config", path, ...more]));
      }
      const flags = [
        "--domain",
        channel.url,
        "--channel",
        "demo",
        "--user",
        "Bot",
        "--server",
        host,
      ];
      assertHarmless(await onTerminal(["init", "--yes", "-c", `${folder}/new.json`, ...flags]));
      for (const more of [[], ["--json"]]) {
        assertHarmless(await onTerminal(["models", "--config", path, ...more]));
      }
      assertHarmless(await onTerminal(["pull", `good${ATTACK}`, "--config", path]));
      const demo = ["demo", "--say", `hey rosey ${ATTACK}`, "--timeout", "5"];
      assertHarmless(await onTerminal(demo, { OLLAMA_HOST: host }));
    } finally {
      Deno.removeSync(folder, { recursive: true });
    }
  },
  { needs: "script" },
);

test("check shows on a terminal what it waits for", async () => {
  await using ollama = FakeOllama.start({ models: ["good:1b"], tokenDelayMs: 0 });
  // What the check asks for comes late.
  const { hostname, port } = new URL(ollama.url);
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const relaying = (async () => {
    for await (const connection of listener) {
      await delay(1500);
      const server = await Deno.connect({ hostname, port: Number(port) });
      listener.close();
      await Promise.allSettled([
        connection.readable.pipeTo(server.writable),
        server.readable.pipeTo(connection.writable),
      ]);
    }
  })();
  const folder = Deno.makeTempDirSync({ prefix: "rosey-terminal-" });
  try {
    const host = `http://127.0.0.1:${listener.addr.port}`;
    const llm = { enabled: true, model: "good:1b", ollama_host: host };
    const config = { domain: "http://127.0.0.1:9", channel: "demo", user: "Rosey", llm };
    Deno.writeTextFileSync(`${folder}/config.json`, JSON.stringify(config));
    const output = await onTerminal(["check", "--config", `${folder}/config.json`]);
    assertMatch(output, new RegExp(`\\r  \\d+ s: asking ${host} for its models\u001b\\[K`));
    assertStringIncludes(output, "\r\u001b[Kconfiguration ");
    await relaying;
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}, { needs: "script" });

test(
  "what a configuration holds does not reach the terminal with its control characters",
  async () => {
    const folder = Deno.makeTempDirSync({ prefix: "rosey-terminal-" });
    try {
      const path = `${folder}/config.json`;
      const config = { domain: `owned${ATTACK}`, [`owned${ATTACK}`]: 1, channel: "a", user: "b" };
      Deno.writeTextFileSync(path, JSON.stringify(config));
      assertHarmless(await onTerminal(["run", "--config", path]));
      assertHarmless(await onTerminal(["check", "--config", path]));
      assertHarmless(await onTerminal([`owned${ATTACK}`]));
      const llm = { model: `owned${ATTACK}`, options: { [`owned${ATTACK}`]: 1 } };
      Deno.writeTextFileSync(path, JSON.stringify({ channel: "a", user: "b", llm }));
      for (const more of [[], ["--json"]]) {
        assertHarmless(await onTerminal(["config", "show", "--config", path, ...more]));
      }
    } finally {
      Deno.removeSync(folder, { recursive: true });
    }
  },
  { needs: "script" },
);

test("a hostile answer does not reach the terminal of demo", async () => {
  await using ollama = FakeOllama.start({ reply: () => `Well: ${ATTACK}.`, tokenDelayMs: 0 });
  assertHarmless(await onTerminal(["demo", "--say", "hey rosey"], { OLLAMA_HOST: ollama.url }));
}, { needs: "script" });

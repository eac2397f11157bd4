import { assertEquals, assertMatch } from "@std/assert";
import { FakeOllama } from "../fakes/ollama/server.ts";
import { FakeOpenAi } from "../fakes/openai.ts";
import { holdPort } from "../fakes/ollama/faulty.ts";
import { test } from "../testing.ts";
import { CLEAN_ENV, program } from "./rosey.ts";

/** Runs `rosey models` with an `llm` section. */
async function models(llm: Record<string, unknown>, ...more: string[]) {
  const path = Deno.makeTempFileSync({ suffix: ".json" });
  Deno.writeTextFileSync(path, JSON.stringify({ channel: "demo", user: "Rosey", llm }));
  const { command, args } = program();
  const { code, stdout, stderr } = await new Deno.Command(command, {
    args: [...args, "models", "-c", path, ...more],
    cwd: new URL("../../", import.meta.url),
    env: CLEAN_ENV,
  }).output();
  Deno.removeSync(path);
  const [output, errors] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  return { code, output: output!, errors: errors! };
}

test("models shows a table of every server, fallbacks included, and says which is away", async () => {
  await using ollama = FakeOllama.start({ models: ["rosey-demo", "gpt-oss:120b-cloud"] });
  await using openai = new FakeOpenAi();
  openai.listed = { id: "small-model", meta: { n_ctx: 8192 } };
  const body = JSON.stringify({ model: "rosey-demo" });
  await (await fetch(`${ollama.url}/api/chat`, { method: "POST", body })).text();
  const away = `http://127.0.0.1:${holdPort()}`;
  const llm = {
    model: "rosey-demo",
    ollama_host: [ollama.url, away],
    fallbacks: [{ provider: "openai", model: "other", openai_base_url: openai.url }],
  };
  const { code, output, errors } = await models(llm);
  assertEquals([code, errors], [1, ""]);
  const lines = output.replace(/in \d+ (?:min|s)/, "in 4 min").split("\n");
  assertEquals(lines.slice(0, -3), [
    `Ollama server at ${ollama.url}`,
    "  MODEL               SIZE   LOADED         VRAM            CONTEXT       EXPIRES   CAPABILITIES",
    "* rosey-demo:latest   42 MB  yes            42 MB of 42 MB  4096          in 4 min  completion",
    "  gpt-oss:120b-cloud  -      on ollama.com  -               up to 131072  -         completion",
    "",
    `Ollama server at ${away}`,
    "  ✗ connection refused",
    lines[7]!,
    "",
    `OpenAI-compatible server at ${openai.url}`,
    "  MODEL        CONTEXT",
    "  small-model  8192",
  ]);
  assertEquals(lines.at(-3), "  ! it does not list other");
  assertMatch(lines.at(-2)!, /^ {6}→ \S/);

  const { output: json } = await models(llm, "--json");
  const { ok, servers } = JSON.parse(json);
  assertEquals(ok, false);
  assertEquals(
    servers.map(({ host, section, models, problem }: Record<string, unknown>) => [
      host,
      section,
      Array.isArray(models) ? models.length : undefined,
      problem,
    ]),
    [
      [ollama.url, "llm", 2, undefined],
      [away, "llm", undefined, "connection refused"],
      [openai.url, "llm.fallbacks[0]", 1, "it does not list other"],
    ],
  );
});

test("models shows what there is to choose where no model is configured", async () => {
  await using ollama = FakeOllama.start();
  const { code, output, errors } = await models({ enabled: true }, "--ollama-host", ollama.url);
  assertEquals([code, errors], [0, ""]);
  assertEquals(output.split("\n").slice(3), [
    "  ! no model is chosen",
    "      → set llm.model to one of these",
    "",
  ]);
});

test("models needs a usable server in its configuration", async () => {
  const { code, output, errors } = await models({ provider: "lama" });
  assertEquals([code, output], [78, ""]);
  assertMatch(errors, /^✗ Unknown LLM provider: lama .*\n {4}→ correct llm\.provider in \S+\n$/);
});

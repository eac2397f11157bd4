import { assert, assertEquals } from "@std/assert";
import { reloaded } from "../../src/cli/run.ts";
import { loadConfig } from "../../src/config/load.ts";
import { setupLogging } from "../../src/log.ts";
import { test } from "../testing.ts";

async function reload(updateSettings: (known: readonly string[]) => void) {
  const dir = await Deno.makeTempDir({ prefix: "rosey-reload-" });
  const path = `${dir}/config.json`;
  const write = (openai_api_key: string) => {
    const llm = { provider: "openai", model: "m", openai_api_key };
    Deno.writeTextFileSync(path, JSON.stringify({ channel: "room", user: "Rosey", llm }));
  };
  let known: readonly string[] = [];
  // Reloading changes the log of the whole process.
  await using _logging = await setupLogging({ level: "ERROR", format: "journal" });
  try {
    write("the-old-key");
    const before = loadConfig(path);
    write("the-new-key");
    return await reloaded(before, {
      flags: { config: path, logLevel: "ERROR" },
      control: { updateSettings: () => updateSettings(known) },
      onSecrets: (secrets) => known = secrets,
    });
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

test("a reload makes old and new secrets known before it applies a setting", async () => {
  let atUpdate: readonly string[] = [];
  const { secrets } = await reload((known) => atUpdate = known);
  for (const list of [atUpdate, secrets]) {
    for (const key of ["the-old-key", "the-new-key"]) assert(list.includes(key), key);
  }
});

test("a reload that fails halfway keeps the old settings and redacts the new secrets", async () => {
  let updates = 0;
  const { settings, secrets } = await reload(() => {
    if (++updates === 1) throw new Error("halfway");
  });
  assertEquals([updates, settings.llm.model], [2, "m"]);
  for (const key of ["the-old-key", "the-new-key"]) assert(secrets.includes(key), key);
});

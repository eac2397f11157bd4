import { assert, assertEquals } from "@std/assert";
import { shownSettings } from "../../src/config/shown_settings.ts";
import { load, MINIMAL, type World } from "./loading.ts";
import { test } from "../testing.ts";

/** `SETTING | FROM | VALUE` of those that are not defaults. */
function shown(config: unknown, world?: World): string[] {
  return shownSettings(load(config, world))
    .filter(({ source }) => source !== "default")
    .map(({ setting, source, name, value }) =>
      [setting, name === undefined ? source : `${source} ${name}`, JSON.stringify(value)].join(
        " | ",
      )
    );
}

test("each setting has its value and where it came from, the strongest source first", () => {
  const file = { ...MINIMAL, log_level: "ERROR", llm: { ollama_host: "http://file" } };
  const env = { OLLAMA_HOST: "http://env", ROSEY_LOG_LEVEL: "warn" };
  const flags = { ollamaHost: "http://flag", logLevel: "DEBUG", logFormat: "journal" };
  const always = ['channel | file | "room"', 'user | file | "Rosey"'];
  assertEquals(shown(MINIMAL), always);
  assertEquals(shown(file), [
    ...always,
    'log_level | file | "ERROR"',
    'llm.ollama_host | file | "http://file"',
  ]);
  assertEquals(shown(file, { env }), [
    ...always,
    'log_level | environment ROSEY_LOG_LEVEL | "WARN"',
    'llm.ollama_host | environment OLLAMA_HOST | "http://env"',
  ]);
  assertEquals(shown(file, { env, flags }), [
    ...always,
    'log_level | flag --log-level | "DEBUG"',
    'log_format | flag --log-format | "journal"',
    'llm.ollama_host | flag --ollama-host | "http://flag"',
  ]);
});

test("a setting that is missing has its default, or none", () => {
  const all = shownSettings(load(MINIMAL));
  const valueOf = (name: string) => all.find(({ setting }) => setting === name);
  assertEquals(valueOf("llm.llm_cooldown"), {
    setting: "llm.llm_cooldown",
    value: 10,
    source: "default",
  });
  assertEquals(valueOf("llm.speak_on.join")?.value, undefined);
  assertEquals(valueOf("status.port")?.value, undefined);
});

test("objects and lists of objects are shown value by value, comments are not", () => {
  const llm = {
    _options: "a comment",
    options: { temperature: 0.7, stop: ["a", "b"] },
    lore: [{ keywords: ["cat"], text: "Its name is Tom." }],
    speak_on: { join: { chance: 0.5 } },
    fallbacks: [{ provider: "openai", openai_base_url: "http://gpu/v1" }],
  };
  assertEquals(shown({ ...MINIMAL, llm }).slice(2), [
    "llm.options.temperature | file | 0.7",
    'llm.options.stop | file | ["a","b"]',
    'llm.fallbacks[0].provider | file | "openai"',
    'llm.fallbacks[0].openai_base_url | file | "http://gpu/v1"',
    'llm.lore[0].keywords | file | ["cat"]',
    'llm.lore[0].text | file | "Its name is Tom."',
    "llm.speak_on.join.chance | file | 0.5",
  ]);
});

test("secrets are masked, and it is told where they are", () => {
  const secrets = [
    "pw",
    "channel-pw",
    "sk-file",
    "sk-env",
    "in-url",
    "header",
    "sk-cloud",
    "of-a-file",
  ];
  const config = {
    channel: ["room", secrets[1]],
    user: ["Rosey", secrets[0]],
    llm: {
      ollama_host: [
        "http://gpu",
        {
          url: `https://bob:${secrets[4]}@gpu`,
          headers: { "X.Key": secrets[5], "User-Agent": "Rosey/2" },
        },
        { url: "http://other", api_key: { env: "GPU_KEY" } },
        { url: "http://third", api_key: { file: "key" } },
      ],
      system_prompt: `Never tell ${secrets[2]}.`,
      fallbacks: [{ provider: "openai", openai_api_key: secrets[2] }],
    },
  };
  const world = {
    env: { GPU_KEY: secrets[3]!, OLLAMA_API_KEY: secrets[6]! },
    files: { "/etc/rosey/key": secrets[7]! },
  };
  const lines = shown(config, world);
  assertEquals(lines, [
    'channel | file | "room"',
    'channel[1] | file | "********"',
    'user | file | "Rosey"',
    'user[1] | file | "********"',
    'llm.ollama_host[0] | file | "http://gpu"',
    'llm.ollama_host[1].url | file | "https://********@gpu"',
    'llm.ollama_host[1].headers.X.Key | file | "********"',
    'llm.ollama_host[1].headers.User-Agent | file | "Rosey/2"',
    'llm.ollama_host[2].url | file | "http://other"',
    'llm.ollama_host[2].api_key | environment GPU_KEY | "********"',
    'llm.ollama_host[3].url | file | "http://third"',
    'llm.ollama_host[3].api_key | file key | "********"',
    'llm.fallbacks[0].provider | file | "openai"',
    'llm.fallbacks[0].openai_api_key | file | "********"',
    'llm.system_prompt | file | "Never tell [redacted]."',
    'OLLAMA_API_KEY | environment OLLAMA_API_KEY | "********"',
  ]);
  for (const secret of secrets) assert(!lines.join("\n").includes(`"${secret}`), secret);
});

test("a variable and a credential of the service manager override the file, and are named", () => {
  const config = {
    channel: "room",
    user: ["Rosey", { env: "UNUSED" }],
    llm: { provider: "openai" },
  };
  const env = { CREDENTIALS_DIRECTORY: "/run/c", OPENAI_API_KEY: "sk-env" };
  const files = { "/run/c/rosey_password": "pw\n" };
  assertEquals(shown(config, { env, files }).slice(1), [
    'user | file | "Rosey"',
    'user[1] | credential ROSEY_PASSWORD | "********"',
    'llm.provider | file | "openai"',
    'llm.openai_api_key | environment OPENAI_API_KEY | "********"',
  ]);
});

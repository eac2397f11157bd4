import {
  assert,
  assertEquals,
  assertGreater,
  assertMatch,
  assertNotMatch,
  assertThrows,
} from "@std/assert";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { loadConfig } from "../../src/config/load.ts";
import { jsonSchema } from "../../src/config/settings.ts";
import { ConfigError } from "../../src/errors.ts";
import { PROGRAM } from "../../src/version.ts";
import { errorOf, load, MINIMAL, problemsOf } from "./loading.ts";
import { test } from "../testing.ts";

const ROOT = new URL("../../", import.meta.url);
const NAME = "1 to 20 of a-z A-Z 0-9 _ -";
const CHANNEL = "the channel's name (1 to 30 of a-z A-Z 0-9 _ -), or [name, password]";

test("configuration that is missing says what to do", () => {
  const readFile = () => {
    throw new Deno.errors.NotFound("os error 2");
  };
  assertEquals(
    assertThrows(() => loadConfig("my.json", { env: () => undefined, readFile }), ConfigError)
      .message,
    "Cannot use my.json as configuration: cannot read it: there is no such file or folder; " +
      `${PROGRAM} init --config my.json makes it`,
  );
});

test("configuration reports every wrong setting at once, with its path and what was found", () => {
  const problems = problemsOf({
    domain: "cytu.be",
    channel: "no such name!",
    log_level: "LOUD",
    log_format: null,
    chat_log_file: 5,
    log_max_mb: -1,
    log_keep: 0,
    state_file: true,
    llm: {
      enabled: "yes",
      provider: 1,
      ollama_host: [],
      llm_triggers: ["rosey", 2, " "],
      llm_cooldown: "ten",
      max_history_messages: 2.5,
      response_timeout: 0,
      load_timeout: -1,
      keep_alive: "5",
      options: "none",
      think: "hard",
    },
  });
  assertEquals(problems, [
    'domain: expected an http:// or https:// URL, found "cytu.be"; did you mean "https://cytu.be"?',
    `channel: expected ${CHANNEL}, found "no such name!"`,
    "user: missing",
    'log_level: expected DEBUG, INFO, WARN, WARNING, ERROR, found "LOUD"',
    "log_format: expected auto, journal, terminal, json, found null",
    "chat_log_file: expected a path, found 5",
    "log_max_mb: expected a number of megabytes from 0 to 1000000, found -1",
    "log_keep: expected a whole number from 1 to 1000, found 0",
    "state_file: expected a path, found true",
    'llm.enabled: expected true or false, found "yes"',
    "llm.provider: expected ollama or openai, found 1",
    'llm.ollama_host: expected an http:// or https:// URL, {"url": …, "model", "api_key", "ca_file", "headers"}, or a list of these, found a list of 0',
    "llm.response_timeout: expected a number of seconds above 0, up to 2000000, found 0",
    "llm.load_timeout: expected a number of seconds above 0, up to 2000000, found -1",
    "llm.keep_alive: expected a number of seconds, or a duration with its unit such as " +
    '"5m" or "1h30m", found "5"',
    "llm.options: expected an object of model parameters, found a string",
    'llm.think: expected true, false, low, medium, high or max, found "hard"',
    "llm.llm_triggers[1]: expected a word or phrase, found 2",
    'llm.llm_triggers[2]: expected a word or phrase, found ""',
    'llm.llm_cooldown: expected a number of seconds from 0 to 2000000, found "ten"',
    "llm.max_history_messages: expected a whole number from 0 to 1000, found 2.5",
  ]);
});

test("a text in the place of an object may be a secret and is not shown", () => {
  const key = "sk-0123456789";
  for (const llm of [key, { options: key }, { fallbacks: key }, { headers: key }]) {
    const [problem] = problemsOf({ ...MINIMAL, llm });
    assertMatch(problem!, /: expected (?:an object|a list of objects).*, found a string$/);
  }
});

test("a secret in the place of a variable's name is not shown", () => {
  for (const env of ["sk-0123456789", "c2VjcmV0a2V5=", "MY_KEY"]) {
    const shown = env === "MY_KEY" ? "the variable MY_KEY" : "the variable that it names";
    const problems = problemsOf({ ...MINIMAL, llm: { openai_api_key: { env } } });
    assertEquals(problems, [`llm.openai_api_key: ${shown} is not set`]);
  }
});

test("the address of a site on this machine is corrected to http", () => {
  for (const domain of ["127.0.0.1:18090", "localhost:8080", "cytu.example:80"]) {
    const [problem] = problemsOf({ ...MINIMAL, domain });
    assertMatch(problem!, new RegExp(`; did you mean "http://${domain}"\\?$`));
  }
});

test("configuration reports a wrong setting and a secret that cannot be found at once", () => {
  const problems = problemsOf({
    ...MINIMAL,
    channel: ["room", { env: "DOOR" }],
    log_level: "LOUD",
    llm: { openai_api_key: { env: "KEY" } },
  });
  assertEquals(problems, [
    "channel[1]: the variable DOOR is not set",
    'log_level: expected DEBUG, INFO, WARN, WARNING, ERROR, found "LOUD"',
    "llm.openai_api_key: the variable KEY is not set",
  ]);
});

test("configuration reports two commands of one name", () => {
  assertEquals(
    problemsOf({
      channel: "a",
      user: "b",
      commands: { names: { np: "Help", why: "", model: "" } },
    }),
    ['commands.names: help and np are both called "help"'],
  );
});

const ACCOUNTS = "expected a list of account names (1 to 20 of a-z A-Z 0-9 _ -)";
const moderated = (moderators: unknown) => ({ ...MINIMAL, commands: { moderators } });

test("configuration says what was found where something is of another type", () => {
  const cases: readonly (readonly [config: unknown, problem: string])[] = [
    ["[]", "expected an object at the top level"],
    ["null", "expected an object at the top level"],
    ['"text"', "expected an object at the top level"],
    [{ ...MINIMAL, llm: null }, "llm: expected an object, found null"],
    [{ ...MINIMAL, llm: [] }, "llm: expected an object, found a list of 0"],
    [{ ...MINIMAL, llm: "on" }, "llm: expected an object, found a string"],
    [
      { ...MINIMAL, domain: "visitor:gate-pw@site.example" },
      'domain: expected an http:// or https:// URL, found "site.example"',
    ],
    [moderated("alice"), `commands.moderators: ${ACCOUNTS}, found "alice"`],
    [moderated(["alice", "bob smith"]), `commands.moderators[1]: ${ACCOUNTS}, found "bob smith"`],
    [moderated([2]), `commands.moderators[0]: ${ACCOUNTS}, found 2`],
    [{ ...MINIMAL, channel: "" }, `channel: expected ${CHANNEL}, found ""`],
    [
      { ...MINIMAL, channel: "x".repeat(31) },
      `channel: expected ${CHANNEL}, found "${"x".repeat(31)}"`,
    ],
    [
      { ...MINIMAL, user: "x".repeat(21) },
      `user: expected a user name (${NAME}), or [name, password], found "${"x".repeat(21)}"`,
    ],
  ];
  for (const [config, problem] of cases) assertEquals(problemsOf(config), [problem]);
});

test("configuration with problems also reports unknown keys", () => {
  const config = { chanel: "x", user: "Rosey", status: { prot: 1 }, llm: 3 };
  assertEquals(problemsOf(config), [
    "channel: missing",
    "llm: expected an object, found 3",
    "chanel is not a setting and has no effect; did you mean channel?",
    "status.prot is not a setting and has no effect; did you mean status.port?",
  ]);
});

test("configuration names the line and column of every place where it is not JSON", () => {
  const cases: readonly (readonly [text: string, place: RegExp])[] = [
    ["", /^line 1, column 1: /],
    ["{", /^line 1, column 2: /],
    ['{\n  "channel": room\n}', /^line 2, column 14: invalid symbol/],
    ['{\n  "channel": "room"\n  "user": "Rosey"\n}', /^line 3, column 3: comma expected/],
    ['{\n  "channel": "room",\n}', /^line 3, column 1: /],
    ['{"a": 1}\n\n  x', /^line 3, column 3: /],
    ["{ // a comment\n}", /^line 1, column 3: /],
  ];
  for (const [text, place] of cases) {
    const problems = problemsOf(text);
    assertMatch(problems[0] ?? "none", place, text);
  }
  const problems = problemsOf('{\n  "channel": room,\n  "user": Rosey\n}');
  for (const place of ["line 2, column 14: ", "line 3, column 11: "]) {
    assert(problems.some((problem) => problem.startsWith(place)));
  }
});

test("configuration may begin with a byte order mark", () => {
  const text = `\uFEFF${JSON.stringify(MINIMAL)}`;
  assertEquals(load(text).settings.channel.name, "room");
  assertMatch(problemsOf("\uFEFF{x")[0] ?? "none", /^line 1, column 2: /);
});

test("configuration never shows a secret where a setting is wrong", () => {
  const configs: readonly unknown[] = [
    { ...MINIMAL, user: ["bad name!", "hunter2"] },
    { ...MINIMAL, user: ["Rosey", "hunter2", "more"] },
    { ...MINIMAL, user: ["Rosey", { password: "hunter2" }] },
    { ...MINIMAL, user: { name: "Rosey", password: "hunter2" } },
    { ...MINIMAL, channel: ["bad name!", "hunter2"] },
    { ...MINIMAL, channel: ["room", ["hunter2"]] },
    { ...MINIMAL, llm: { openai_api_key: ["hunter2"] } },
    { ...MINIMAL, llm: { openai_api_key: { key: "hunter2" } } },
    { ...MINIMAL, domain: "ftp://user:hunter2@cytu.be" },
  ];
  for (const config of configs) {
    const { problems, message } = errorOf(config);
    assertGreater(problems.length, 0);
    assertNotMatch(problems.join("\n") + message, /hunter/);
  }
});

test("configuration never shows a secret where it is not JSON", () => {
  // What was forgotten is a comma, a quotation mark, both, a colon.
  const texts = [
    '{"channel": "room", "user": ["Rosey" "hunter2"]}',
    '{"channel": "room", "user": ["Rosey", hunter2]}',
    '{"llm": {"openai_api_key": "hunter2}}',
    '{"llm": {"openai_api_key": hunter2}}',
    '{"llm": {"openai_api_key" "hunter2"}}',
  ];
  for (const text of texts) {
    const { problems, message } = errorOf(text);
    assertGreater(problems.length, 0);
    assertNotMatch(problems.join("\n") + message, /hunter/);
  }
});

test("config.json.dist loads without a warning", () => {
  const path = fileURLToPath(new URL("config.json.dist", ROOT));
  const { settings, warnings } = loadConfig(path, { env: () => undefined });
  assertEquals(warnings, []);
  assertEquals(settings.llm.enabled, false);
  assertEquals(settings.llm.ollamaHosts[0]?.url, "http://localhost:11434");
  assertEquals(settings.llm.triggers, ["rosey", "@rosey"]);
});

test("config.schema.json is up to date", () => {
  const written = readFileSync(new URL("config.schema.json", ROOT), "utf8");
  assertEquals(JSON.parse(written), jsonSchema());
});

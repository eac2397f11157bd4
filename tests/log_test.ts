import { getLogger, reset } from "@logtape/logtape";
import {
  assert,
  assertEquals,
  assertMatch,
  assertNotMatch,
  assertStringIncludes,
} from "@std/assert";
import { type LoggingOptions, setupLogging } from "../src/log.ts";
import { test } from "./testing.ts";

const TIME = "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z";
// deno-lint-ignore no-control-regex
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/;

/** Has `act` log and returns the lines that an operator sees. */
async function linesOf(
  options: Partial<LoggingOptions>,
  act: (log: ReturnType<typeof getLogger>) => void,
): Promise<string[]> {
  const lines: string[] = [];
  const write = (line: string) => void lines.push(line);
  const defaults = { level: "INFO", format: "journal" };
  await using _logging = await setupLogging({ ...defaults, write, ...options });
  act(getLogger(["rosey", "llm"]));
  await reset();
  return lines;
}

/** Runs with variables of the environment set, or unset where null. */
async function withEnv<T>(
  variables: Readonly<Record<string, string | null>>,
  act: () => Promise<T>,
): Promise<T> {
  const before = Object.keys(variables).map((name) => [name, Deno.env.get(name)] as const);
  for (const [name, value] of Object.entries(variables)) setEnv(name, value);
  try {
    return await act();
  } finally {
    for (const [name, value] of before) setEnv(name, value ?? null);
  }
}

function setEnv(name: string, value: string | null): void {
  if (value === null) Deno.env.delete(name);
  else Deno.env.set(name, value);
}

const everyLevel = (log: ReturnType<typeof getLogger>) => {
  log.debug("d");
  log.info("i");
  log.warning("w");
  log.error("e");
  log.fatal("f");
};

test("journal line has the priority in front and no time, from the level on that is set", async () => {
  const lines = ["<7>d", "<6>i", "<4>w", "<3>e", "<2>f"];
  for (
    const [level, hidden] of [["DEBUG", 0], ["INFO", 1], ["WARN", 2], ["WARNING", 2], [
      "ERROR",
      3,
    ]] as const
  ) {
    assertEquals(await linesOf({ level }, everyLevel), lines.slice(hidden));
  }
});

test("terminal line has time and level in columns", async () => {
  const options = { level: "DEBUG", format: "terminal" };
  const lines = await withEnv({ NO_COLOR: "1" }, () => linesOf(options, everyLevel));
  const tails = ["DEBUG d", "INFO  i", "WARN  w", "ERROR e", "ERROR f"];
  assertEquals(lines.length, tails.length);
  for (const [at, tail] of tails.entries()) {
    assertMatch(lines[at]!, new RegExp(`^${TIME} ${tail}$`));
  }
});

test("automatic form is the journal's under systemd and else a terminal's", async () => {
  const act = (log: ReturnType<typeof getLogger>) => log.info("hello");
  const auto = { format: "auto" };
  const journal = await withEnv({ JOURNAL_STREAM: "8:1" }, () => linesOf(auto, act));
  assertEquals(journal, ["<6>hello"]);
  const terminal = await withEnv(
    { JOURNAL_STREAM: null, NO_COLOR: "1" },
    () => linesOf(auto, act),
  );
  assertEquals(terminal.length, 1);
  assertMatch(terminal[0]!, new RegExp(`^${TIME} INFO  hello$`));
});

test("JSON line has the event's own fields, which cannot overwrite the line's", async () => {
  const [line, ...more] = await linesOf({ format: "json" }, (log) => {
    log.warning("took {time} of {user}", { time: 1.5, user: 'a "b"', level: "x", logger: "y" });
  });
  assertEquals(more, []);
  const { time, ...rest } = JSON.parse(line!) as Record<string, unknown>;
  assertMatch(String(time), new RegExp(`^${TIME}$`));
  assertEquals(rest, {
    level: "WARN",
    logger: "rosey.llm",
    message: 'took 1.5 of a "b"',
    user: 'a "b"',
  });
});

test("one event is one line and holds no control character, in every form", async () => {
  const nasty = "a\nb\r\tc\u001b[31m\u0000\u007f\u009b\u2028\u2029\u202e\u2066d";
  for (const format of ["terminal", "journal", "json"]) {
    const lines = await withEnv(
      { NO_COLOR: "1" },
      () => linesOf({ format }, (log) => log.info("{nasty}", { nasty })),
    );
    assertEquals(lines.length, 1);
    assert(!CONTROL.test(lines[0]!), `${format}: ${JSON.stringify(lines[0])}`);
  }
});

test("error is logged by its message alone, with control characters as escapes", async () => {
  const e = new Error("a\nb\r\tc\u001b[31m\u009b");
  const lines = await linesOf({}, (log) => log.error("LLM error: {e}", { e }));
  assertEquals(lines, ["<3>LLM error: a\\nb\\r\\tc\\x1b[31m\\x9b"]);
});

test("secrets are redacted as they are, in JSON and in URLs", async () => {
  const secret = 'p"a\\ss/w?rd';
  const log = (log: ReturnType<typeof getLogger>) => {
    log.info("as it is: {secret}", { secret });
    log.info("in a URL: http://u:{secret}@h", { secret: encodeURIComponent(secret) });
    log.info("in JSON: {secret}", { secret: JSON.stringify({ pw: secret }) });
    log.error("thrown: {error}", { error: new Error(`bad header ${secret}`) });
  };
  const lines = await linesOf({ secrets: [secret] }, log);
  assertEquals(lines, [
    "<6>as it is: [redacted]",
    "<6>in a URL: http://u:[redacted]@h",
    '<6>in JSON: {"pw":"[redacted]"}',
    "<3>thrown: bad header [redacted]",
  ]);
  for (const line of await linesOf({ format: "json", secrets: [secret] }, log)) {
    assertStringIncludes(line, "[redacted]");
    assert(!/ss.*w.*rd/.test(line.replace(/\[redacted\]/g, "")), line);
    assertEquals(typeof JSON.parse(line), "object");
  }
});

test("secret of several lines is redacted in every form", async () => {
  for (const format of ["journal", "json"]) {
    const options = { format, secrets: ["first\nsecond"] };
    const [line] = await linesOf(options, (log) => log.info("key {key}", { key: "first\nsecond" }));
    assertNotMatch(line!, /second/);
  }
});

test("the program's own fields and counts are never redacted", async () => {
  const secrets = ["ollama", "refused", "LLM enabled", "1234", "trigger"];
  const act = (log: ReturnType<typeof getLogger>) => {
    log.info("LLM enabled: provider={name}, model={model}, host={host}", {
      name: "ollama",
      model: "ollama/refused",
      host: "http://ollama:1234",
    });
    log.info("LLM trigger: user={user}, length={length}", { user: "ollama", length: 1234 });
    log.error("Ollama server unavailable: {reason}", { reason: "connection refused" });
    log.error("LLM error: {error}", { error: new Error("ollama refused") });
  };
  assertEquals(await linesOf({ secrets }, act), [
    "<6>LLM enabled: provider=ollama, model=ollama/refused, host=http://ollama:1234",
    "<6>LLM trigger: user=[redacted], length=1234",
    "<3>Ollama server unavailable: connection refused",
    "<3>LLM error: [redacted] [redacted]",
  ]);
  const [first, second] = await linesOf({ secrets, format: "json" }, act);
  const { name, model, host, message } = JSON.parse(first!);
  assertEquals([name, model, host], ["ollama", "ollama/refused", "http://ollama:1234"]);
  assertMatch(message, /^LLM enabled: provider=ollama, model=ollama/);
  const { user, length } = JSON.parse(second!);
  assertEquals([user, length], ["[redacted]", 1234]);
});

import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { parse, type Parsed, UsageError } from "../../src/cli/arguments.ts";
import { commandNamed } from "../../src/cli/commands.ts";
import { test } from "../testing.ts";

function read(name: string, ...args: string[]): Parsed {
  return parse(commandNamed(name), args);
}

/** The sentence with which a command refuses its arguments. */
function refusal(name: string, ...args: string[]): string {
  return assertThrows(() => read(name, ...args), UsageError).message;
}

test("a flag takes its value in any of the usual forms, the last one counts", () => {
  for (
    const args of [
      ["--config", "x"],
      ["--config=x"],
      ["-c", "x"],
      ["-cx"],
      ["-c=x"],
      ["-c", "y", "--config=x"],
    ]
  ) {
    assertEquals(read("run", ...args).values, { config: "x", dryRun: false }, args.join(" "));
  }
  assertEquals(read("run").values, { config: "config.json", dryRun: false });
  assertEquals(read("run", "--ollama-host=http://a/?b=c").values, {
    config: "config.json",
    dryRun: false,
    ollamaHost: "http://a/?b=c",
  });
});

test("a value is not changed", () => {
  const texts = ["", "-", "--", "-x", "--say", "--scripted", "007", "1e3", "true", "a=b", "a\nb"];
  for (const text of [...texts, "constructor", "__proto__"]) {
    for (const args of [["--say", text, "--scripted"], [`--say=${text}`, "--scripted"]]) {
      assertEquals(read("demo", ...args).values, {
        say: text,
        scripted: true,
        timeout: 60,
      });
    }
  }
  for (const text of ["007", "1e3", "0x10", "true", "", "-"]) {
    assertEquals(read("pull", text).argument, text);
  }
});

test("arguments after a double dash are not flags", () => {
  assertEquals(read("pull", "-c", "x", "--", "--config"), {
    values: { config: "x" },
    argument: "--config",
  });
  assertEquals(read("pull", "--", "-h").argument, "-h");
});

test("numbers are converted and bounded", () => {
  const { values } = read("demo", "--port", "0", "--timeout=0.5");
  assertEquals(values, { port: 0, timeout: 0.5, scripted: false });
  for (const text of ["", "-1", "1.5", "65536", "http", "0x50", " 80"]) {
    assertEquals(
      refusal("demo", "--port", text),
      `option '--port <number>' argument '${text}' is invalid. ` +
        "A port is a whole number from 0 to 65535.",
    );
  }
  for (const text of ["0", "", "-1", "3601", "NaN", "Infinity", "soon"]) {
    assertStringIncludes(
      refusal("demo", "--timeout", text),
      "more than 0 and at most 3600 seconds",
    );
  }
});

test("--watch has an optional number", () => {
  const watch = (...args: string[]) => read("check", ...args).values["watch"];
  assertEquals(watch(), undefined);
  assertEquals(watch("--watch"), 60);
  assertEquals(watch("--watch", "--json"), 60);
  assertEquals(watch("--watch", "5"), 5);
  assertEquals(watch("--watch=5", "-c", "x"), 5);
  assertEquals(
    refusal("check", "--watch", "-1"),
    "option '--watch [seconds]' argument '-1' is invalid. " +
      "It takes more than 0 and at most 3600 seconds.",
  );
});

test("a boolean flag takes no value", () => {
  const { values } = read("check", "--json");
  assertEquals(values, { config: "config.json", login: false, ask: false, json: true });
  assertStringIncludes(refusal("check", "--json", "true"), "too many arguments");
  for (const text of ["true", "false", ""]) {
    assertEquals(refusal("check", `--json=${text}`), "option '--json' takes no value");
  }
});

test("choices are accepted in any case", () => {
  assertEquals(read("run", "--log-level=warn", "--log-format", "JSON").values, {
    config: "config.json",
    dryRun: false,
    logLevel: "WARN",
    logFormat: "json",
  });
  assertEquals(
    refusal("run", "--log-format", "\x1b[2J\n"),
    "option '--log-format <format>' argument '\\x1b[2J\\n' is invalid. " +
      "Choose one of auto, journal, terminal, json.",
  );
});

test("an unknown flag is named without its value, with the nearest known one", () => {
  for (
    const [args, said] of [
      [["--confg", "x"], "unknown option '--confg'\n(Did you mean --config?)"],
      [["--confg=secret"], "unknown option '--confg'\n(Did you mean --config?)"],
      [["--hepl"], "unknown option '--hepl'\n(Did you mean --help?)"],
      [["--log-levle=x"], "unknown option '--log-levle'\n(Did you mean --log-level?)"],
      [["--login"], "unknown option '--login'"],
      [["--constructor"], "unknown option '--constructor'"],
      [["--constructor=1"], "unknown option '--constructor'"],
      [["--__proto__", "x"], "unknown option '--__proto__'"],
      [["--__proto__.x=1"], "unknown option '--__proto__.x'"],
      [["--config.x=1"], "unknown option '--config.x'\n(Did you mean --config?)"],
      [["--no-config"], "unknown option '--no-config'\n(Did you mean --config?)"],
      [["--c", "x"], "unknown option '--c'"],
      [["-x"], "unknown option '-x'"],
      [["-xyz"], "unknown option '-xyz'"],
      [["---"], "unknown option '---'"],
      [["--\x1b[31mred\n"], "unknown option '--\\x1b[31mred\\n'"],
    ] as const
  ) assertEquals(refusal("run", ...args), said);
});

test("a missing value, too many arguments and an unknown command are named", () => {
  assertEquals(refusal("run", "--config"), "option '-c, --config <path>' argument missing");
  assertEquals(refusal("check", "--json", "-c"), "option '-c, --config <path>' argument missing");
  assertEquals(
    refusal("run", "extra"),
    "too many arguments for 'run'. Expected 0 arguments but got 1: extra.",
  );
  assertEquals(
    refusal("pull", "a", "\x1b[2J"),
    "too many arguments for 'pull'. Expected 1 argument but got 2: a, \\x1b[2J.",
  );
  for (
    const [name, said] of [
      ["chek", "unknown command 'chek'\n(Did you mean check?)"],
      ["toString", "unknown command 'toString'"],
      ["\x1b[31mrun", "unknown command '\\x1b[31mrun'"],
    ] as const
  ) assertEquals(assertThrows(() => commandNamed(name), UsageError).message, said);
});

test("help and version come before all other complaints but a missing value", () => {
  for (const args of [["-h"], ["--help"], ["--bogus", "-h"], ["extra", "--help", "more"]]) {
    assertEquals(read("run", ...args).asked, "help");
  }
  assertEquals(read("check", "-V", "--help").asked, "version");
  const { asked, values } = read("run", "--config", "--help");
  assertEquals(asked, undefined);
  assertEquals(values, { config: "--help", dryRun: false });
});

test("an argument with choices has to be one of them", () => {
  assertEquals(read("config", "show").argument, "show");
  assertEquals(read("config", "--help").asked, "help");
  const expected = "Choose one of show, schema.";
  assertEquals(refusal("config"), `argument missing for 'config'. ${expected}`);
  assertEquals(
    refusal("config", "shwo\x1b[2J"),
    `argument 'shwo\\x1b[2J' is invalid for 'config'. ${expected}`,
  );
  assertEquals(
    refusal("config", "shema"),
    `argument 'shema' is invalid for 'config'. ${expected}\n(Did you mean schema?)`,
  );
});

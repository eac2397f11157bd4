import { assert, assertEquals } from "@std/assert";
import { commandNamed, COMMANDS } from "../../src/cli/commands.ts";
import { commandHelp, programHelp } from "../../src/cli/help.ts";
import { test } from "../testing.ts";

test("the program's help lists its flags and commands", () => {
  assertEquals(
    programHelp(["run", "config", "help"].map(commandNamed), 80),
    `Usage: rosey [options] [command]

A CyTube chat bot that answers with a remote language model.

Options:
  -V, --version                   output the version number
  -h, --help                      display help for command

Commands:
  run [options]                   join the channel and answer (what rosey does
                                  without a command)
  config [options] <show|schema>  show every setting and where its value came
                                  from, or the settings' JSON Schema
  help [command]                  display help for command

rosey help <command> displays the options and examples of a command.`,
  );
});

test("a command's help lists its argument, its flags and their defaults", () => {
  assertEquals(
    commandHelp(commandNamed("pull"), 80),
    `Usage: rosey pull [options] [model]

have the Ollama servers pull a model

Arguments:
  model                its name; default: the configured one of each server

Options:
  -c, --config <path>  the configuration file (default: "config.json")
  --ollama-host <url>  where Ollama runs, instead of the configured one
  -h, --help           display help for command

Examples:
  rosey pull
      pull the configured model
  rosey pull qwen3:4b --ollama-host http://gpu:11434
      pull another model, on another server`,
  );
  assertEquals(
    commandHelp(commandNamed("demo"), 80),
    `Usage: rosey demo [options]

try Rosey in an embedded channel, without an account or a GPU

Options:
  --say <line>         say this line, print the conversation and exit
  --port <number>      of the channel's web page
  --scripted           use the scripted stand-in even where a real Ollama
                       answers
  --timeout <seconds>  how long --say waits for the answer (default: 60)
  -h, --help           display help for command

Examples:
  rosey demo
      open the channel's page with a browser, and talk
  rosey demo --say "rosey, what is playing?"
      say this, print what the bot answers, and exit
  rosey demo --scripted --port 8080
      without a language model, on a port of your choice`,
  );
});

test("help is no wider than the terminal, and loses no word in a narrow one", () => {
  for (const command of COMMANDS) {
    const wide = commandHelp(command, 1000);
    for (const width of [80, 100, 132]) {
      for (const line of commandHelp(command, width).split("\n")) {
        assert(line.length <= width, line);
      }
    }
    const words = (text: string) => text.split(/\s+/);
    for (const width of [0, 1, 40, 79]) {
      assertEquals(words(commandHelp(command, width)), words(wide));
    }
  }
});

/** Renders the manual page from the commands and flags of the program. Source: man(7) */
import manifest from "../deno.json" with { type: "json" };
import { flagsOf, formOf } from "../src/cli/arguments.ts";
import { COMMANDS } from "../src/cli/commands.ts";
import { usageOf } from "../src/cli/help.ts";

const ENVIRONMENT = {
  OLLAMA_HOST: "Where Ollama runs, instead of llm.ollama_host.",
  OLLAMA_API_KEY: "The key of Ollama's cloud, or of a proxy in front of Ollama.",
  OPENAI_API_KEY: "The key of the OpenAI-compatible server, instead of llm.openai_api_key.",
  ROSEY_PASSWORD: "The bot's password, instead of the one in the configuration.",
  ROSEY_LOG_LEVEL: "How much is logged, instead of log_level.",
  NO_COLOR: "Print no colours.",
};

const EXIT_STATUS = {
  "0": "Success.",
  "1": "A check or a command failed.",
  "2": "Bad usage: an unknown command or option.",
  "77": "The channel refuses the bot permanently: a ban, a wrong password or name.",
  "78": "The configuration cannot be used.",
};

/** The text of `rosey.1`. */
export function manPage(): string {
  const commands = COMMANDS.flatMap((command) => {
    const { argument, description, examples } = command;
    const rows = flagsOf(command).map((flag) => [formOf(flag), flag.description] as const);
    return [
      `.SS "rosey ${usageOf(command)}"`,
      text(sentence(description)),
      ...(argument ? entries([[argument.name, argument.description]]) : []),
      ...entries(rows),
      ".PP",
      "Examples:",
      ...Object.entries(examples).flatMap(([line, does]) => [
        ".PP",
        text(sentence(does)),
        ".RS 4",
        ".nf",
        text(line),
        ".fi",
        ".RE",
      ]),
    ];
  });
  return [
    `.TH ROSEY 1 "" "rosey ${manifest.version}" "User Commands"`,
    ".SH NAME",
    text("rosey - a CyTube chat bot that answers with a remote language model"),
    ".SH SYNOPSIS",
    ".B rosey",
    "[options] [command]",
    ".SH DESCRIPTION",
    text("Joins one channel of a CyTube site, and answers with a language model that runs on"),
    text("another machine, behind Ollama's API or an OpenAI-compatible one. Without a command"),
    text("it runs the bot, as rosey run does."),
    ".SH COMMANDS",
    ...commands,
    ".SH ENVIRONMENT",
    ...entries(Object.entries(ENVIRONMENT)),
    ".SH FILES",
    ...entries([["config.json", "The configuration: rosey config schema prints its schema."]]),
    ".SH EXIT STATUS",
    ...entries(Object.entries(EXIT_STATUS)),
    "",
  ].join("\n");
}

function entries(rows: readonly (readonly [term: string, description: string])[]): string[] {
  return rows.flatMap(([term, about]) => [".TP", `.B ${text(term)}`, text(sentence(about))]);
}

/** Escapes a line of text: a dash is typed as such, and no line is taken for a request. */
function text(line: string): string {
  return line.replaceAll("\\", "\\e").replaceAll("-", "\\-").replace(/^(?=[.'])/, "\\&");
}

function sentence(words: string): string {
  const begun = words.charAt(0).toUpperCase() + words.slice(1);
  return /[.!?]$/.test(begun) ? begun : `${begun}.`;
}

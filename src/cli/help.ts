import { type Command, flagsOf, formOf, type NamedFlag, PROGRAM_FLAGS } from "./arguments.ts";
import { terminalWidth } from "./terminal.ts";

/** Minimal width of descriptions. */
const MIN_WIDTH = 40;

type Row = readonly [term: string, description: string];

export function programHelp(
  commands: readonly Command[],
  width: number = terminalWidth() ?? 80,
): string {
  const about = "A CyTube chat bot that answers with a remote language model.";
  const rows = commands.map((command): Row => [usageOf(command), command.description]);
  const sections = { Options: PROGRAM_FLAGS.map(flagRow), Commands: rows };
  const more = "rosey help <command> displays the options and examples of a command.";
  return `${page(["Usage: rosey [options] [command]", about], sections, width)}\n\n${
    wrap(more, width).join("\n")
  }`;
}

export function commandHelp(command: Command, width: number = terminalWidth() ?? 80): string {
  const { argument, description, examples } = command;
  const Arguments: Row[] = argument ? [[argument.name, argument.description]] : [];
  const Options = flagsOf(command).map(flagRow);
  const head = [`Usage: rosey ${usageOf(command)}`, description];
  const shown = Object.entries(examples).map((row) => exampleLines(row, width)).join("\n");
  return `${page(head, { Arguments, Options }, width)}\n\nExamples:\n${shown}`;
}

/** Such as `pull [options] [model]`. */
export function usageOf({ name, flags, argument }: Command): string {
  const options = Object.keys(flags).length > 0 ? " [options]" : "";
  const choices = argument?.choices?.join("|");
  const positional = choices ? ` <${choices}>` : argument ? ` [${argument.name}]` : "";
  return `${name}${options}${positional}`;
}

function exampleLines([command, description]: Row, width: number): string {
  const indent = " ".repeat(6);
  return `  ${command}\n${indent}${wrap(description, width - 6).join(`\n${indent}`)}`;
}

function flagRow(flag: NamedFlag): Row {
  const { description, type, default: typed } = flag;
  if (typed === undefined) return [formOf(flag), description];
  const value = JSON.stringify(type ? type.read(typed) : typed);
  return [formOf(flag), `${description} (default: ${value})`];
}

function page(head: string[], sections: Record<string, readonly Row[]>, width: number): string {
  const indent = Math.max(...Object.values(sections).flat().map(([term]) => term.length)) + 4;
  const row = ([term, text]: Row) =>
    `  ${term.padEnd(indent - 2)}${wrap(text, width - indent).join(`\n${" ".repeat(indent)}`)}`;
  const blocks = Object.entries(sections)
    .filter(([, rows]) => rows.length > 0)
    .map(([title, rows]) => `${title}:\n${rows.map(row).join("\n")}`);
  return [...head.map((text) => wrap(text, width).join("\n")), ...blocks].join("\n\n");
}

/** Breaks a text at spaces. */
function wrap(text: string, width: number): string[] {
  const lines = new RegExp(`(.{1,${Math.max(width, MIN_WIDTH)}})(?: |$)`, "g");
  return text.replace(lines, "$1\n").trimEnd().split("\n");
}

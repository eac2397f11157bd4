import { ChannelRefusedError, ConfigError, errorMessage, EXIT } from "../errors.ts";
import { oneLine } from "../one_line.ts";
import { BUILD, PROGRAM } from "../version.ts";
import { parse, UsageError } from "./arguments.ts";
import { commandNamed, COMMANDS, RUN } from "./commands.ts";
import { commandHelp, programHelp } from "./help.ts";

/** Runs the program and returns its exit code, one of {@linkcode EXIT}. */
export async function main(args: readonly string[], signal: AbortSignal): Promise<number> {
  try {
    return await dispatch(args, signal);
  } catch (error) {
    if (signal.aborted && error === signal.reason) {
      console.error("rosey: stopped");
      return EXIT.failure;
    }
    return report(error);
  }
}

async function dispatch(args: readonly string[], signal: AbortSignal): Promise<number> {
  const first = args[0];
  // Without a command the flags are those of `run`.
  const isNamed = first !== undefined && !first.startsWith("-");
  const command = isNamed ? commandNamed(first) : RUN;
  const { asked, values, argument } = parse(command, isNamed ? args.slice(1) : args);
  if (asked === undefined) return await command.run(values, { signal, argument });
  if (asked === "version") {
    const { version, deno, target, commit } = BUILD;
    console.log(`rosey ${version} (deno ${deno}, ${target}, ${commit})`);
  } else {
    const isProgram = first === "--help" || first === "-h";
    console.log(isProgram ? programHelp(COMMANDS) : commandHelp(command));
  }
  return EXIT.ok;
}

/** Shows the stack of unexpected errors only. */
function report(error: unknown): number {
  // The reader of the output has ended, as in `rosey check | head`.
  if (error instanceof Deno.errors.BrokenPipe) return EXIT.failure;
  if (error instanceof UsageError) {
    console.error(`error: ${error.message}\n(${PROGRAM} --help lists the commands and flags)`);
    return EXIT.usage;
  }
  if (error instanceof ConfigError) {
    console.error(`rosey: ${error.path} cannot be used as configuration:`);
    for (const problem of error.problems) console.error(`  ${oneLine(problem)}`);
    return EXIT.config;
  }
  if (error instanceof ChannelRefusedError) {
    console.error(`rosey: ${oneLine(error.message)}`);
    return EXIT.refused;
  }
  const stack = error instanceof Error && error.stack || errorMessage(error);
  for (const line of stack.split("\n")) console.error(oneLine(line));
  return EXIT.failure;
}

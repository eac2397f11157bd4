/**
 * From arguments to a command.
 *
 * @module
 */
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { LOG_FORMATS, LOG_LEVELS } from "../config/log_choices.ts";
import { ChannelRefusedError, ConfigError, errorMessage, EXIT } from "../errors.ts";
import { BUILD } from "../version.ts";

/** Flags of `rosey run`. */
export interface RunFlags {
  /** The configuration file. */
  readonly config: string;
  /** Instead of the configured level. */
  readonly logLevel?: string;
  /** Instead of the configured form. */
  readonly logFormat?: string;
  /** Instead of the configured address. */
  readonly ollamaHost?: string;
}

/** Flags of `rosey check`. */
export interface CheckFlags {
  /** The configuration file. */
  readonly config: string;
  /** Instead of the configured address. */
  readonly ollamaHost?: string;
  /** Join the channel for a moment. */
  readonly login?: boolean;
  /** Have the model say something. */
  readonly ask?: boolean;
  /** One JSON object instead of lines. */
  readonly json?: boolean;
  /** Look at the model's servers again and again, with this many seconds between. */
  readonly watch?: number;
}

/** Flags of `rosey pull`. */
export interface PullFlags {
  /** The configuration file. */
  readonly config: string;
  /** Instead of the configured address. */
  readonly ollamaHost?: string;
}

/** Flags of `rosey demo`. */
export interface DemoFlags {
  /** Say this, print the conversation, and end. */
  readonly say?: string;
  /** Of the channel's page; none: any that is free. */
  readonly port?: number;
  /** Never use a real model. */
  readonly scripted?: boolean;
  /** Seconds that `--say` waits. */
  readonly timeout: number;
}

/** Between two looks of `rosey check --watch`. */
const WATCH_SECONDS = 60;

/**
 * Runs the program.
 *
 * @param args Its arguments.
 * @param signal Asks it to stop.
 * @returns Its exit code, see {@linkcode EXIT}.
 */
export async function main(args: readonly string[], signal: AbortSignal): Promise<number> {
  let exitCode: number = EXIT.ok;
  const program = createProgram(signal, (code) => exitCode = code);
  try {
    await program.parseAsync(withCommand(args), { from: "user" });
    return exitCode;
  } catch (error) {
    if (signal.aborted && error === signal.reason) {
      console.error("rosey: stopped");
      return EXIT.failure;
    }
    return report(error);
  }
}

/** Something that can be typed, and what it is for. */
export interface Word {
  /** As it is typed, with the dashes of a flag. */
  readonly name: string;
  /** One line. */
  readonly description: string;
}

/** A command and its long flags. */
export interface CommandWords extends Word {
  /** In the order of its help. */
  readonly flags: readonly Word[];
}

/**
 * Tells what can be typed, for completions.
 *
 * @returns The program itself, with its own flags, and every command.
 */
export function describeProgram(): { program: CommandWords; commands: CommandWords[] } {
  const program = createProgram(new AbortController().signal, () => {});
  return { program: wordsOf(program), commands: program.commands.map(wordsOf) };
}

function wordsOf(command: Command): CommandWords {
  const help = { name: "--help", description: "display help" };
  const flags = command.options.flatMap(({ long, description }) =>
    long ? [{ name: long, description }] : []
  );
  return { name: command.name(), description: command.description(), flags: [...flags, help] };
}

/** The tree of commands and flags; `finish` is told the exit code of the command that ran. */
function createProgram(signal: AbortSignal, finish: (exitCode: number) => void): Command {
  const { version, deno, target, commit } = BUILD;
  const program = new Command("rosey")
    .description("A CyTube chat bot that answers with a remote language model.")
    .version(`rosey ${version} (deno ${deno}, ${target}, ${commit})`, "-V, --version")
    .showHelpAfterError("(rosey --help lists the commands and flags)")
    .exitOverride();

  program.command("run")
    .description("join the channel and answer (what rosey does without a command)")
    .option("-c, --config <path>", "the configuration file", "config.json")
    .option("--log-level <level>", `how much is logged: ${LOG_LEVELS.join(", ")}`, level)
    .addOption(
      new Option("--log-format <format>", "the form of log lines").choices([...LOG_FORMATS]),
    )
    .option("--ollama-host <url>", "where Ollama runs, instead of the configured one")
    .action(async (flags: RunFlags) => {
      const { run } = await import("./run.ts");
      finish(await run(flags, signal));
    });

  program.command("check")
    .description("say whether everything is there that she needs, and what to do where it is not")
    .option("-c, --config <path>", "the configuration file", "config.json")
    .option("--login", "log in and join for a moment; ends a session under the same name")
    .option("--ask", "load the model and have it say something")
    .option("--json", "print JSON")
    .option("--watch [seconds]", "look at the model's servers again and again", seconds)
    .option("--ollama-host <url>", "where Ollama runs, instead of the configured one")
    .action(async ({ watch, ...flags }: Omit<CheckFlags, "watch"> & { watch?: number | true }) => {
      const { check } = await import("./check.ts");
      const every = watch === true ? WATCH_SECONDS : watch;
      finish(await check({ ...flags, watch: every }, signal));
    });

  program.command("pull")
    .description("have the Ollama servers pull a model")
    .argument("[model]", "its name; default: the configured one of each server")
    .option("-c, --config <path>", "the configuration file", "config.json")
    .option("--ollama-host <url>", "where Ollama runs, instead of the configured one")
    .action(async (model: string | undefined, flags: PullFlags) => {
      const { pull } = await import("./pull.ts");
      finish(await pull(model, { flags, signal }));
    });

  program.command("demo")
    .description("try Rosey in an embedded channel, without an account or a GPU")
    .option("--say <line>", "say this line, print the conversation and exit")
    .option("--port <number>", "of the channel's web page", portNumber)
    .option("--scripted", "use the scripted stand-in even where a real Ollama answers")
    .option("--timeout <seconds>", "how long --say waits for the answer", seconds, 60)
    .action(async (flags: DemoFlags) => {
      const { demo } = await import("./demo.ts");
      finish(await demo(flags, signal));
    });
  return program;
}

/** Flags alone are flags of `run`. */
function withCommand(args: readonly string[]): string[] {
  const own = ["-h", "--help", "-V", "--version"];
  const first = args[0];
  if (first === undefined || (first.startsWith("-") && !own.includes(first))) {
    return ["run", ...args];
  }
  return [...args];
}

function level(value: string): string {
  const name = value.toUpperCase();
  if (LOG_LEVELS.some((known) => known === name)) return name;
  throw new InvalidArgumentError(`Choose one of ${LOG_LEVELS.join(", ")}.`);
}

function portNumber(value: string): number {
  const port = Number(value);
  if (Number.isInteger(port) && port >= 0 && port <= 65535) return port;
  throw new InvalidArgumentError("A port is a whole number from 0 to 65535.");
}

function seconds(value: string): number {
  const count = Number(value);
  if (count > 0 && count <= 3600) return count;
  throw new InvalidArgumentError("It takes more than 0 and at most 3600 seconds.");
}

/** An operator's mistake is told in words; only a fault of the program shows its stack. */
function report(error: unknown): number {
  // Whoever reads has seen enough, as in `rosey check | head`.
  if (error instanceof Deno.errors.BrokenPipe) return EXIT.failure;
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  if (error instanceof ConfigError) {
    console.error(`rosey: ${error.path} cannot be used as configuration:`);
    for (const problem of error.problems) console.error(`  ${problem}`);
    return EXIT.config;
  }
  if (error instanceof ChannelRefusedError) {
    console.error(`rosey: ${error.message}`);
    return EXIT.refused;
  }
  console.error(error instanceof Error ? error.stack : errorMessage(error));
  return EXIT.failure;
}

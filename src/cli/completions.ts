/** Shell completions, made from the commands and flags of the program. */
import { EXIT } from "../errors.ts";
import { type Command, flagsOf, type NamedFlag, PROGRAM_FLAGS } from "./arguments.ts";
import { COMMANDS, RUN } from "./commands.ts";

const SCRIPTS: Readonly<Record<string, () => string>> = { bash, zsh, fish };

/** `rosey completions`: prints the script of one shell. */
export function printCompletions(shell: string): Promise<number> {
  console.log(completions(shell));
  return Promise.resolve(EXIT.ok);
}

/** @param shell `bash`, `zsh` or `fish`. */
export function completions(shell: string): string {
  return SCRIPTS[shell]!();
}

/** Flags without a command belong to `run`. */
function topFlags(): readonly NamedFlag[] {
  return [...PROGRAM_FLAGS, ...flagsOf(RUN).filter(({ key }) => key !== "help")];
}

/** The flags of all commands that have a value after a blank, each once. */
function valueFlags(): readonly NamedFlag[] {
  const all = COMMANDS.flatMap(flagsOf).filter((flag) => takesValue(flag));
  return [...new Map(all.map((flag) => [flag.long, flag])).values()];
}

function takesValue({ value, bare }: NamedFlag): boolean {
  return value !== undefined && bare === undefined;
}

/** `--config | -c` */
function names({ long, short }: NamedFlag): string {
  return short === undefined ? long : `${long} | -${short}`;
}

function choicesOf({ name, argument }: Command): readonly string[] {
  return name === "help" ? COMMANDS.map(({ name }) => name) : argument?.choices ?? [];
}

function bash(): string {
  const longs = (flags: readonly NamedFlag[]) => flags.map(({ long }) => long);
  const values = valueFlags().map((flag) =>
    `    ${names(flag)}) words="${flag.type?.choices?.join(" ") ?? ""}" ;;`
  );
  const commands = COMMANDS.map((command) =>
    `        ${command.name}) words="${
      [...choicesOf(command), ...longs(flagsOf(command))].join(" ")
    }" ;;`
  );
  const top = [...COMMANDS.map(({ name }) => name), ...longs(topFlags())].join(" ");
  return `# bash completion of rosey; without words, bash completes names of files
_rosey() {
  local words current="\${COMP_WORDS[COMP_CWORD]}"
  case "\${COMP_WORDS[COMP_CWORD - 1]}" in
${values.join("\n")}
    *)
      case "\${COMP_WORDS[1]}" in
${commands.join("\n")}
        *) words="${top}" ;;
      esac ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _rosey rosey`;
}

function zsh(): string {
  const described = (flags: readonly NamedFlag[]) =>
    flags.map(({ long, description }) => quoted(`${long}:${description}`));
  const values = valueFlags().map((flag) => {
    const { choices } = flag.type ?? {};
    const action = choices ? `compadd -- ${choices.join(" ")}` : "_files";
    return `    (${names(flag)}) ${action}; return ;;`;
  });
  const list = (words: readonly string[]) => `found=(\n      ${words.join("\n      ")}\n      ) ;;`;
  const commands = COMMANDS.map((command) =>
    `    (${command.name}) ${list([...choicesOf(command), ...described(flagsOf(command))])}`
  );
  const top = COMMANDS.map(({ name, description }) => quoted(`${name}:${description}`));
  return `#compdef rosey
_rosey() {
  local -a found
  case $words[CURRENT-1] in
${values.join("\n")}
  esac
  case $words[2] in
${commands.join("\n")}
    (*) ${list([...top, ...described(topFlags())])}
  esac
  _describe rosey found || _files
}
if [[ $funcstack[1] == _rosey ]]; then _rosey "$@"; else compdef _rosey rosey; fi`;
}

function fish(): string {
  const line = (condition: string, rest: string) =>
    `complete -c rosey -n ${quoted(condition)} ${rest}`;
  const flagLine = (condition: string, flag: NamedFlag) => {
    const { long, short, description, type } = flag;
    const value = type?.choices ? ` -x -a ${quoted(type.choices.join(" "))}` : " -r";
    return line(
      condition,
      `${short ? `-s ${short} ` : ""}-l ${long.slice(2)}${takesValue(flag) ? value : ""} ` +
        `-d ${quoted(description)}`,
    );
  };
  const top = "__fish_use_subcommand";
  const lines = [
    ...COMMANDS.map(({ name, description }) =>
      line(top, `-f -a ${name} -d ${quoted(description)}`)
    ),
    ...topFlags().map((flag) => flagLine(top, flag)),
    ...COMMANDS.flatMap((command) => {
      const condition = `__fish_seen_subcommand_from ${command.name}`;
      const choices = choicesOf(command);
      return [
        ...(choices.length > 0 ? [line(condition, `-f -a ${quoted(choices.join(" "))}`)] : []),
        ...flagsOf(command).map((flag) => flagLine(condition, flag)),
      ];
    }),
  ];
  return `# fish completion of rosey\n${lines.join("\n")}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "’")}'`;
}

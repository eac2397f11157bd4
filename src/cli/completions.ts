/** Shell completions, made from the commands and flags of the program. */
import { type Command, flagsOf, type NamedFlag, PROGRAM_FLAGS } from "./arguments.ts";
import { COMMANDS, RUN } from "./commands.ts";

const SCRIPTS: Readonly<Record<string, () => string>> = { bash, zsh, fish };

/** The script of `bash`, `zsh` or `fish`. */
export function completions(shell: string): string {
  return SCRIPTS[shell]!();
}

/** The words and flags that may follow a command. */
interface Place {
  /** Empty: the words and flags that may stand in the place of a command. */
  readonly command: string;
  readonly words: readonly (Pick<Command, "name"> & { readonly description?: string })[];
  readonly flags: readonly NamedFlag[];
}

function places(): Place[] {
  // Flags without a command belong to `run`.
  const flags = [...PROGRAM_FLAGS, ...flagsOf(RUN).filter(({ key }) => key !== "help")];
  return [...COMMANDS.map(placeOf), { command: "", words: COMMANDS, flags }];
}

function placeOf(command: Command): Place {
  const { name, argument } = command;
  const choices = argument?.choices?.map((name) => ({ name })) ?? [];
  const words = name === "help" ? COMMANDS.map(({ name }) => ({ name })) : choices;
  return { command: name, words, flags: flagsOf(command) };
}

/** A line for each flag that has a value after a blank, whatever the command. */
function valueLines(lineOf: (names: string, choices: readonly string[]) => string): string {
  const flags = COMMANDS.flatMap(flagsOf).filter(takesValue);
  const lines = flags.map(({ long, short, type }) =>
    lineOf(short === undefined ? long : `${long} | -${short}`, type?.choices ?? [])
  );
  return [...new Set(lines)].join("\n");
}

function takesValue({ value, bare }: NamedFlag): boolean {
  return value !== undefined && bare === undefined;
}

function bash(): string {
  const lines = places().map(({ command, words, flags }) => {
    const all = [...words.map(({ name }) => name), ...flags.map(({ long }) => long)];
    return `        ${command || "*"}) words="${all.join(" ")}" ;;`;
  });
  return `# bash completion of rosey; without words, bash completes names of files
_rosey() {
  local words current="\${COMP_WORDS[COMP_CWORD]}"
  case "\${COMP_WORDS[COMP_CWORD - 1]}" in
${valueLines((names, choices) => `    ${names}) words="${choices.join(" ")}" ;;`)}
    *)
      case "\${COMP_WORDS[1]}" in
${lines.join("\n")}
      esac ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _rosey rosey`;
}

function zsh(): string {
  const described = (name: string, description?: string) =>
    description === undefined ? name : quoted(`${name}:${description}`);
  const lines = places().map(({ command, words, flags }) => {
    const all = [
      ...words.map(({ name, description }) => described(name, description)),
      ...flags.map(({ long, description }) => described(long, description)),
    ];
    return `    (${command || "*"}) found=(\n      ${all.join("\n      ")}\n      ) ;;`;
  });
  const values = valueLines((names, choices) =>
    `    (${names}) ${choices.length > 0 ? `compadd -- ${choices.join(" ")}` : "_files"}; return ;;`
  );
  return `#compdef rosey
_rosey() {
  local -a found
  case $words[CURRENT-1] in
${values}
  esac
  case $words[2] in
${lines.join("\n")}
  esac
  _describe rosey found || _files
}
if [[ $funcstack[1] == _rosey ]]; then _rosey "$@"; else compdef _rosey rosey; fi`;
}

function fish(): string {
  const lines = places().flatMap(({ command, words, flags }) => {
    const isHere = command ? `__fish_seen_subcommand_from ${command}` : "__fish_use_subcommand";
    return [
      ...words.map(({ name, description }) =>
        `-f -a ${name}${description ? ` -d ${quoted(description)}` : ""}`
      ),
      ...flags.map((flag) => {
        const { long, short, description, type } = flag;
        const choices = type?.choices ? ` -x -a ${quoted(type.choices.join(" "))}` : " -r";
        const names = `${short ? `-s ${short} ` : ""}-l ${long.slice(2)}`;
        return `${names}${takesValue(flag) ? choices : ""} -d ${quoted(description)}`;
      }),
    ].map((rest) => `complete -c rosey -n ${quoted(isHere)} ${rest}`);
  });
  return `# fish completion of rosey\n${lines.join("\n")}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "’")}'`;
}

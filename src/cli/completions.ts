/** Renders shell completions from the commands and flags of the program. */
import { flagsOf, type NamedFlag, PROGRAM_FLAGS } from "../src/cli/arguments.ts";
import { COMMANDS, RUN } from "../src/cli/commands.ts";

/** Completion scripts by file name. */
export function completions(): Record<string, string> {
  // Flags without a command belong to `run`.
  const flags = [...PROGRAM_FLAGS, ...flagsOf(RUN).filter(({ key }) => key !== "help")].map(word);
  const commands = COMMANDS.map((command) => ({ ...command, flags: flagsOf(command).map(word) }));
  return {
    "rosey.bash": bash(commands, flags),
    "_rosey": zsh(commands, flags),
    "rosey.fish": fish(commands, flags),
  };
}

/** A command or flag with its description. */
interface Word {
  /** Includes the dashes of a flag. */
  readonly name: string;
  readonly description: string;
}

interface CommandWords extends Word {
  readonly flags: readonly Word[];
}

function word({ long, description }: NamedFlag): Word {
  return { name: long, description };
}

function names(all: readonly Word[]): string {
  return all.map(({ name }) => name).join(" ");
}

function bash(commands: readonly CommandWords[], flags: readonly Word[]): string {
  const cases = commands.map((command) =>
    `    ${command.name}) words="${names(command.flags)}" ;;`
  );
  return `# bash completion of rosey
_rosey() {
  local words current="\${COMP_WORDS[COMP_CWORD]}"
  case "\${COMP_WORDS[COMP_CWORD - 1]}" in
    --config | -c) COMPREPLY=($(compgen -f -- "$current")); return ;;
  esac
  case "\${COMP_WORDS[1]}" in
${cases.join("\n")}
    *) words="${names([...commands, ...flags])}" ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -F _rosey rosey
`;
}

function zsh(commands: readonly CommandWords[], flags: readonly Word[]): string {
  const described = (all: readonly Word[]) =>
    all.map(({ name, description }) => `      ${quoted(`${name}:${description}`)}`).join("\n");
  const cases = commands.map((command) =>
    `    ${command.name})\n      found=(\n${described(command.flags)}\n      ) ;;`
  );
  return `#compdef rosey
_rosey() {
  local -a found
  [[ $words[CURRENT-1] == (--config|-c) ]] && { _files; return }
  case $words[2] in
${cases.join("\n")}
    *)
      found=(\n${described([...commands, ...flags])}\n      ) ;;
  esac
  _describe rosey found
}
_rosey "$@"
`;
}

function fish(commands: readonly CommandWords[], flags: readonly Word[]): string {
  const lines = [
    ...commands.map(({ name, description }) =>
      `complete -c rosey -n __fish_use_subcommand -f -a ${name} -d ${quoted(description)}`
    ),
    ...flags.map(({ name, description }) =>
      `complete -c rosey -n __fish_use_subcommand -l ${name.slice(2)} -d ${quoted(description)}`
    ),
    ...commands.flatMap((command) =>
      command.flags.map(({ name, description }) =>
        `complete -c rosey -n '__fish_seen_subcommand_from ${command.name}' -l ${name.slice(2)} ` +
        `-d ${quoted(description)}`
      )
    ),
  ];
  return `# fish completion of rosey\n${lines.join("\n")}\n`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "’")}'`;
}

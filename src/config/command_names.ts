/** Default names of the chat commands: those for everybody, then those for moderators. */
export const COMMAND_NAMES = [
  "help",
  "np",
  "missed",
  "optout",
  "optin",
  "forget",
  "pause",
  "resume",
  "reset",
  "ignore",
  "unignore",
  "model",
  "persona",
  "status",
  "why",
] as const;

export type CommandName = typeof COMMAND_NAMES[number];

/** One sentence for each configured name that two commands have. */
export function doubledNames(names: Readonly<Partial<Record<CommandName, string>>>): string[] {
  const taken = new Map<string, CommandName>();
  return COMMAND_NAMES.flatMap((name) => {
    const typed = (names[name] ?? name).toLowerCase();
    const other = taken.get(typed);
    taken.set(typed, name);
    if (typed === "" || other === undefined) return [];
    return [`commands.names: ${other} and ${name} are both called "${typed}"`];
  });
}

/** All commands, in the order of the help text. */
import type { Command } from "./command.ts";
import { DIAGNOSTIC_COMMANDS } from "./diagnostic_commands.ts";
import { GENERAL_COMMANDS } from "./general_commands.ts";
import { MODERATION_COMMANDS } from "./moderation_commands.ts";
import { PRIVACY_COMMANDS } from "./privacy_commands.ts";

export const COMMANDS: readonly Command[] = [
  ...GENERAL_COMMANDS,
  ...PRIVACY_COMMANDS,
  ...MODERATION_COMMANDS,
  ...DIAGNOSTIC_COMMANDS,
];

/**
 * The commands, by the names that they have unless the operator chose others.
 *
 * @module
 */

/** Commands for everybody, then those for moderators. */
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

/** One of them. */
export type CommandName = typeof COMMAND_NAMES[number];

import * as v from "valibot";
import { COMMAND_NAMES, type CommandName } from "./command_names.ts";
import { setting } from "./schema.ts";
import { flag, number } from "./schema_parts.ts";

const PREFIX = "1 to 3 characters without white space, other than / and >";
const RANK = "a CyTube rank from 0 to 255: 0 guest, 1 user, 2 moderator, 3 administrator, 4 owner";
const NAME = "a word of letters, digits, _ or -, or an empty text";

const names = v.strictObject(
  Object.fromEntries(COMMAND_NAMES.map((name) => [
    name,
    v.optional(v.pipe(v.string(NAME), v.regex(/^[\p{L}\p{N}_-]{0,20}$/u, NAME))),
  ])),
  `an object with names of commands (${COMMAND_NAMES.join(", ")})`,
);

/** The `commands` section. */
export const commandSettings = {
  enabled: setting("enabled", v.optional(flag(), true), "Whether commands are listened to."),
  prefix: setting(
    "prefix",
    v.optional(v.pipe(v.string(PREFIX), v.regex(/^[^\s/>]{1,3}$/u, PREFIX)), "!"),
    "What every command begins with.",
  ),
  moderatorRank: setting(
    "moderator_rank",
    v.optional(number(0, 255, RANK), 2),
    "The rank in the channel from which somebody may use moderators' commands.",
  ),
  names: setting(
    "names",
    v.optional(names, {}),
    "Other names for commands; an empty one switches the command off.",
    { convert: (names): Readonly<Partial<Record<CommandName, string>>> => names },
  ),
};

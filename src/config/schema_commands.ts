/**
 * The `commands` section: what people may have her do with `!help` and the like.
 *
 * @module
 */
import * as v from "valibot";
import { COMMAND_NAMES } from "./command_names.ts";
import { flag } from "./schema_parts.ts";

const PREFIX = "1 to 3 characters without white space, other than / and >";
const RANK = "a CyTube rank from 0 to 255: 0 guest, 1 user, 2 moderator, 3 administrator, 4 owner";
const NAME = "a word of letters, digits, _ or -, or an empty text";

/** The section. */
export const commandsSchema = v.object({
  enabled: v.optional(v.pipe(flag(), v.description("Whether commands are listened to.")), true),
  prefix: v.optional(
    v.pipe(
      v.string(PREFIX),
      v.regex(/^[^\s/>]{1,3}$/u, PREFIX),
      v.description("What every command begins with."),
    ),
    "!",
  ),
  moderator_rank: v.optional(
    v.pipe(
      v.number(RANK),
      v.minValue(0, RANK),
      v.maxValue(255, RANK),
      v.description("The rank in the channel from which somebody may use moderators' commands."),
    ),
    2,
  ),
  names: v.optional(
    v.pipe(
      v.strictObject(
        Object.fromEntries(COMMAND_NAMES.map((name) => [
          name,
          v.optional(v.pipe(v.string(NAME), v.regex(/^[\p{L}\p{N}_-]{0,20}$/u, NAME))),
        ])),
        `an object with names of commands (${COMMAND_NAMES.join(", ")})`,
      ),
      v.description("Other names for commands; an empty one switches the command off."),
    ),
    {},
  ),
}, "an object");

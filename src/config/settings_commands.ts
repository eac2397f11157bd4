/** The `commands` section. The names come from the registry of commands. */
import * as v from "valibot";
import { COMMANDS } from "../commands/registry.ts";
import { setting } from "./schema.ts";
import { flag, number } from "./schema_parts.ts";

const PREFIX = "1 to 3 characters without white space, other than / and >";
const RANK = "a CyTube rank from 0 to 255: 0 guest, 1 user, 2 moderator, 3 administrator, 4 owner";
const ACCOUNTS = "a list of account names (1 to 20 of a-z A-Z 0-9 _ -)";
const NAME = "a word of letters, digits, _ or -, or an empty text";

const names = v.strictObject(
  Object.fromEntries(COMMANDS.map(({ name }) => [
    name,
    v.optional(v.pipe(v.string(NAME), v.regex(/^[\p{L}\p{N}_-]{0,20}$/u, NAME))),
  ])),
  `an object with names of commands (${COMMANDS.map(({ name }) => name).join(", ")})`,
);

export const commandSettings = {
  enabled: setting("enabled", v.optional(flag(), true), {
    help: "React to `!help` and the other chat commands.",
  }),
  prefix: setting(
    "prefix",
    v.optional(v.pipe(v.string(PREFIX), v.regex(/^[^\s/>]{1,3}$/u, PREFIX)), "!"),
    { help: "The prefix of every command." },
  ),
  moderatorRank: setting("moderator_rank", v.optional(number(0, 255, RANK), 2), {
    help: "The lowest rank in the channel that counts as moderator.",
  }),
  moderators: setting(
    "moderators",
    v.optional(
      v.array(v.pipe(v.string(ACCOUNTS), v.regex(/^[A-Za-z0-9_-]{1,20}$/, ACCOUNTS)), ACCOUNTS),
      [],
    ),
    { help: "Registered accounts that are moderators whatever their rank in the channel." },
  ),
  names: setting("names", v.optional(names, {}), {
    help: 'Other names for commands, such as `{"np": "playing"}`; an empty name switches ' +
      "the command off.",
    convert: (names): Readonly<Partial<Record<string, string>>> => names,
  }),
};

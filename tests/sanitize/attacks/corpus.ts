import type { Attack } from "./attack.ts";
import { bots, mentions } from "./bots.ts";
import { bulk } from "./bulk.ts";
import { commands } from "./commands.ts";
import { disguises } from "./disguises.ts";
import { links } from "./links.ts";
import { markup } from "./markup.ts";
import { written } from "./written.ts";

/** All attacks, without duplicates. */
export const CORPUS: readonly Attack[] = distinct([
  ...commands,
  ...disguises,
  ...bots,
  ...mentions,
  ...links,
  ...markup,
  ...bulk,
  ...written,
]);

function distinct(attacks: readonly Attack[]): Attack[] {
  return [...new Map(attacks.map((attack) => [attack.text, attack])).values()];
}

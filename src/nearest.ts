/**
 * What somebody probably meant.
 *
 * @module
 */
import { distance } from "fastest-levenshtein";

/**
 * Finds the name that needs the fewest changes to be what was typed.
 *
 * @param typed In any case.
 * @param names In lower case.
 * @returns One of them; undefined where none is near.
 */
export function nearest(typed: string, names: readonly string[]): string | undefined {
  const ranked = names
    .map((name) => ({ name, steps: distance(typed.toLowerCase(), name) }))
    .sort((a, b) => a.steps - b.steps);
  const best = ranked[0];
  return best && best.steps <= Math.max(2, best.name.length / 2) ? best.name : undefined;
}

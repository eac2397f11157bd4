import { distance } from "fastest-levenshtein";

/** The name with the smallest edit distance to what was typed; undefined if none is near. */
export function nearest(typed: string, names: readonly string[]): string | undefined {
  const ranked = names
    .map((name) => ({ name, steps: distance(typed.toLowerCase(), name) }))
    .sort((a, b) => a.steps - b.steps);
  const best = ranked[0];
  return best && best.steps <= Math.max(2, best.name.length / 2) ? best.name : undefined;
}

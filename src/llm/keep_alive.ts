/**
 * How long Ollama keeps a model loaded.
 *
 * Source: https://github.com/ollama/ollama/blob/main/docs/faq.md
 *
 * @module
 */

const UNITS_MS = new Map([
  ["ns", 1e-6],
  ["us", 1e-3],
  ["µs", 1e-3],
  ["ms", 1],
  ["s", 1000],
  ["m", 60_000],
  ["h", 3_600_000],
]);
/** The least that a model stays loaded for a question that waits for it. */
const LOAD_MS = 60_000;

/**
 * Reads what an operator wrote.
 *
 * @param value Seconds, or a Go duration such as `1h30m`; less than zero is for ever.
 * @returns Milliseconds.
 */
export function keepAliveMs(value: string | number): number {
  if (typeof value === "number") return value < 0 ? Infinity : value * 1000;
  if (value.startsWith("-")) return Infinity;
  return [...value.matchAll(/([\d.]+)([a-zµ]+)/g)]
    .reduce((sum, [, count, unit = ""]) => sum + Number(count) * (UNITS_MS.get(unit) ?? 0), 0);
}

/**
 * What to send with the wish to load a model: with `0` it would be the wish to unload it.
 *
 * @param value As in {@linkcode keepAliveMs}.
 * @returns The same, or a minute where that is less.
 */
export function keepAliveOfLoad(value: string | number): string | number {
  return keepAliveMs(value) < LOAD_MS ? LOAD_MS / 1000 : value;
}

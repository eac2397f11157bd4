/** `keep_alive`. Source: https://github.com/ollama/ollama/blob/main/docs/faq.md */

const UNITS = { ns: 1e-6, us: 1e-3, µs: 1e-3, ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
const UNITS_MS = new Map(Object.entries(UNITS));
const MIN_LOAD_MS = 60_000;

/** Converts seconds, or a Go duration such as `1h30m`, to milliseconds; negative is for ever. */
export function keepAliveMs(value: string | number): number {
  if (typeof value === "number") return value < 0 ? Infinity : value * 1000;
  if (value.startsWith("-")) return Infinity;
  return [...value.matchAll(/([\d.]+)([a-zµ]+)/g)]
    .reduce((sum, [, count, unit = ""]) => sum + Number(count) * (UNITS_MS.get(unit) ?? 0), 0);
}

/** The value for a request that loads the model: at least a minute, as `0` would unload it. */
export function keepAliveOfLoad(value: string | number): string | number {
  return keepAliveMs(value) < MIN_LOAD_MS ? MIN_LOAD_MS / 1000 : value;
}

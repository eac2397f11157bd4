/** How long Ollama keeps a model loaded. Source: https://github.com/ollama/ollama/blob/main/docs/faq.md */

/** Units of Go durations; the Greek letter is another one than the sign. */
const MICRO_MS = { us: 1e-3, "\u00b5s": 1e-3, "\u03bcs": 1e-3 };
const UNITS = { ns: 1e-6, ...MICRO_MS, ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
const UNITS_MS = new Map(Object.entries(UNITS));
const MIN_LOAD_MS = 60_000;

/** Converts seconds, or a Go duration such as `1h30m`, to milliseconds; negative is for ever. */
export function keepAliveMs(value: string | number): number {
  if (typeof value === "number") return value < 0 ? Infinity : value * 1000;
  const ms = [...value.matchAll(/([\d.]+)([a-z\u00b5\u03bc]+)/g)]
    .reduce((sum, [, count, unit = ""]) => sum + Number(count) * (UNITS_MS.get(unit) ?? 0), 0);
  return value.startsWith("-") && ms > 0 ? Infinity : ms;
}

/** The value for a request that loads the model: at least a minute, as `0` would unload it. */
export function keepAliveOfLoad(value: string | number): string | number {
  return keepAliveMs(value) < MIN_LOAD_MS ? MIN_LOAD_MS / 1000 : value;
}

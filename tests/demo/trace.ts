import { readFileSync } from "node:fs";

/** One line of a recorded trace. */
export interface TraceRecord {
  /** Milliseconds since the recording began. */
  readonly t: number;
  /** The client, `http` for a request, `-` for the recorder itself. */
  readonly who: string;
  /** `out` was sent to the server, `in` came from it, `sys` is an event of the socket. */
  readonly dir: "in" | "out" | "sys" | "http" | "note";
  readonly ev: string;
  /** The only argument, or the list of arguments when there was not exactly one. */
  readonly args: unknown;
}

export interface Received {
  readonly ev: string;
  readonly args: unknown;
}

/** Reads a recorded trace, such as `01-connect-join.jsonl`. */
export function loadTrace(file: string): TraceRecord[] {
  const path = new URL(`../fixtures/cytube-traces/${file}`, import.meta.url);
  const lines = readFileSync(path, "utf8").split("\n").filter((line) => line !== "");
  return lines.map((line) => JSON.parse(line) as TraceRecord);
}

/**
 * The first place where `actual` has another shape than `expected`: other keys or other types.
 *
 * Lists are alike when their elements are; an empty list is like any other.
 */
export function shapeFault(expected: unknown, actual: unknown, path = "payload"): string | null {
  const [wanted, found] = [typeName(expected), typeName(actual)];
  if (wanted !== found) return `${path} is ${found}, not ${wanted}`;
  if (Array.isArray(expected) && Array.isArray(actual)) {
    if (expected.length === 0) return null;
    return firstFault(
      actual,
      (item, at) => shapeFault(expected[Math.min(at, expected.length - 1)], item, `${path}[${at}]`),
    );
  }
  if (!isObject(expected) || !isObject(actual)) return null;
  const missing = Object.keys(expected).filter((key) => !Object.hasOwn(actual, key));
  if (missing.length > 0) return `${path} lacks ${missing.join(", ")}`;
  const extra = Object.keys(actual).filter((key) => !Object.hasOwn(expected, key));
  if (extra.length > 0) return `${path} has ${extra.join(", ")} too many`;
  return firstFault(
    Object.keys(expected),
    (key) => shapeFault(expected[key], actual[key], `${path}.${key}`),
  );
}

/** A copy without times and addresses, which differ from run to run. */
export function timeless(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(timeless);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => {
      if (/^time(?:stamp)?$/.test(key) && typeof inner === "number") return [key, 0];
      return [key, key === "ip" ? "" : timeless(inner)];
    }),
  );
}

function firstFault<T>(items: readonly T[], check: (item: T, at: number) => string | null) {
  for (const [at, item] of items.entries()) {
    const fault = check(item, at);
    if (fault !== null) return fault;
  }
  return null;
}

function typeName(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "list" : typeof value;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeName(value) === "object";
}

import { pick } from "../sanitize/attacks/random.ts";

/** How an event is changed. */
export type Mutation = typeof MUTATIONS[number];

export const MUTATIONS = [
  "other type",
  "field missing",
  "field too many",
  "prototype key",
  "deep",
  "number",
  "long text",
  "broken text",
  "strange name",
  "list for object",
  "nothing",
  "other payload",
  "other event",
] as const;

interface Event {
  readonly name: string;
  readonly payload: unknown;
}

type Random = () => number;

/** The largest frame of the socket. */
const FRAME = 1 << 20;
/** Long texts; the longest fill a frame. */
export const HUGE: readonly string[] = [
  ..."a|<|&|&amp;|<b>|ß|語|😀|\u0301|\ud83d| |\n|rosey |!np |a.com |https://|@alice ".split("|")
    .flatMap((piece) =>
      [500, 2000, 17_000, 70_000].map((units) => piece.repeat(units / piece.length))
    ),
  "x".repeat(FRAME),
  "<a ".repeat(FRAME / 3),
  "語&lt;".repeat(FRAME / 5),
];
const BROKEN = [
  ..."\ud800|\udfff|a\udc00b|\ud83d\ud83d|\u0000|\u001b[31m|\r\n/kick bob|\u202e|\ufeff|\u2028|"
    .split(
      "|",
    ),
  "e" + "\u0301".repeat(1000),
];
const NAMES = [
  ..."__proto__|constructor|toString|hasOwnProperty|valueOf|prototype|__defineGetter__|then".split(
    "|",
  ),
  ..."|[server]|[|Rosey|ROSEY|rosey\u0000|a b|pm:alice|/kick bob|<b>|K\u212ak|İ|\ud83d|🤖|a\nb|-|😀"
    .split("|"),
  "n".repeat(70_000),
];
const NUMBERS = [
  ...[NaN, Infinity, -Infinity, -0, 0, -1, 0.1, 1e-308, 5e-324, 1e308, -1e308, 2 ** 31, 2 ** 53],
  ...[-(2 ** 53), 4_294_967_296, 255, 1e21],
];
const EVENTS = [
  ..."constructor|hasOwnProperty|__proto__|toString|valueOf|isPrototypeOf||chatmsg|CHATMSG|chatMsg "
    .split("|"),
  "e".repeat(70_000),
];
/** Values of every type, binary included. */
const VALUES: readonly unknown[] = [
  ...[null, undefined, true, false, 0, 1, -1, "", "x", "0", [], [[]], {}, [null], ["__proto__"]],
  ...[new Uint8Array(8), new ArrayBuffer(8), Object.create(null), new Date(NaN), () => 1],
  ...[{ length: 1e9 }, { toString: null, valueOf: null }, { toString: "x" }, { then: "x" }, 10n],
];
const GONE = Symbol("gone");

/** A copy with one part changed at a random depth; {@linkcode GONE} removes the part. */
function changed(value: unknown, random: Random, change: (part: unknown) => unknown): unknown {
  if (!isObject(value) || Object.keys(value).length === 0 || random() < 0.15) return change(value);
  const key = pick(Object.keys(value), random);
  const part = changed((value as Record<string, unknown>)[key], random, change);
  const copy: object = Array.isArray(value) ? [...value] : { ...value };
  if (part === GONE) Reflect.deleteProperty(copy, key);
  else put(copy, key, part);
  return copy;
}

/** An assignment to the key `__proto__` would add no property. */
function put(object: object, key: string, value: unknown): void {
  const flags = { writable: true, enumerable: true, configurable: true };
  Object.defineProperty(object, key, { value, ...flags });
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !ArrayBuffer.isView(value);
}

function withField(random: Random, key: string, field: unknown): (part: unknown) => unknown {
  return (part) => {
    const copy: object = isObject(part) && !Array.isArray(part) ? { ...part } : {};
    put(copy, key, field);
    return random() < 0.1 ? [copy] : copy;
  };
}

function deep(random: Random): unknown {
  const depth = random() < 0.02 ? 20_000 : random() * 40;
  const [inList, key] = [random() < 0.5, pick(["meta", "name", "msg", "__proto__"], random)];
  let value: unknown = "x";
  for (let at = 0; at < depth; at++) {
    if (inList) value = [value];
    else {
      const around = {};
      put(around, key, value);
      value = around;
    }
  }
  return value;
}

/** Replaces the names in a payload. */
function named(payload: unknown, name: string): unknown {
  if (!isObject(payload) || Array.isArray(payload)) return name;
  const copy: object = { ...payload };
  for (const key of ["name", "username", "to", "clearedBy", "id"]) {
    if (Object.hasOwn(copy, key)) put(copy, key, name);
  }
  return copy;
}

export function alter({ name, payload }: Event, kind: Mutation, random: Random): Event {
  const change = (make: (part: unknown) => unknown) => ({
    name,
    payload: changed(payload, random, make),
  });
  switch (kind) {
    case "other type":
      return change(() => pick(VALUES, random));
    case "field missing":
      return change(() => GONE);
    case "field too many":
      return change(withField(random, pick(["x", "length", "then", "toJSON", "msg"], random), []));
    case "prototype key": {
      const key = pick(["__proto__", "constructor", "prototype", "toString"], random);
      const polluted = { polluted: true, name: "x", username: "x", msg: "rosey", rank: 255 };
      return change(withField(random, key, polluted));
    }
    case "deep":
      return change(() => deep(random));
    case "number":
      return change(() => pick(NUMBERS, random));
    case "long text":
      return change(() => pick(HUGE, random));
    case "broken text":
      return change((part) => {
        const text = typeof part === "string" ? part : "rosey ";
        const at = random() * text.length;
        return text.slice(0, at) + pick(BROKEN, random) + text.slice(at);
      });
    case "strange name":
      return { name, payload: named(payload, pick(NAMES, random)) };
    case "list for object": {
      const times = random() < 0.02 ? 20_000 : random() * 4;
      return change((part) => Array.from({ length: times }, () => part));
    }
    case "nothing":
      return { name, payload: pick([null, undefined, GONE, "", 0, false], random) };
    case "other payload":
      return { name, payload: pick(VALUES, random) };
    case "other event":
      return { name: pick(EVENTS, random), payload };
  }
}

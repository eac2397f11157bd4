export type Payload = Readonly<Record<string, unknown>>;

/** The types of a payload's fields; with `,optional` the field may be absent. */
export type PayloadShape = Readonly<Record<string, string>>;

export function isPayload(value: unknown): value is Payload {
  return typeName(value) === "object";
}

/** CyTube's error text for a malformed payload. */
export function payloadFault(value: unknown, shape: PayloadShape): string | undefined {
  if (!isPayload(value)) return `Expected type object, got ${typeName(value)}`;
  for (const [key, expected] of Object.entries(shape)) {
    const types = expected.split(",");
    if (!Object.hasOwn(value, key)) {
      if (!types.includes("optional")) return `Missing key: ${expected}:${key}`;
      continue;
    }
    const found = typeName(value[key]);
    if (!types.includes(found)) {
      return `Expected key ${key} to be of type ${expected}, instead got ${found}`;
    }
  }
  const extra = Object.keys(value).find((key) => !Object.hasOwn(shape, key));
  return extra === undefined ? undefined : `Extra key: ${extra}`;
}

function typeName(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "array" : typeof value;
}

/** A text that a hostile model, or a model with hostile users, may write. */
export interface Attack {
  readonly family: string;
  readonly text: string;
}

/** The users in the room during the attacks. */
export const HERE = [
  "alice",
  "Bob",
  "carol",
  "dave_99",
  "Eve-Online",
  "mallory",
  "x_X_trent_X_x",
  "Z3d",
  "the",
  "is",
];

const known = new Set(HERE.map((name) => name.toLowerCase()));

export function isHere(name: string): boolean {
  return known.has(name.toLowerCase());
}

/** Attacks of one family, without duplicates. */
export function family(name: string, ...texts: readonly (readonly string[])[]): Attack[] {
  return [...new Set(texts.flat())].map((text) => ({ family: name, text }));
}

/** Each template with each filling in place of `@@`. */
export function product(templates: readonly string[], fillings: readonly string[]): string[] {
  return templates.flatMap((template) =>
    fillings.map((filling) => template.replaceAll("@@", () => filling))
  );
}

/** What a hostile model, or a model that hostile people talk to, may write. */
export interface Attack {
  /** What kind of attack it is. */
  readonly family: string;
  /** What was written. */
  readonly text: string;
}

/** The people who are in the room while the attacks are run. */
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

/** Whether somebody of that name is here. */
export function isHere(name: string): boolean {
  return known.has(name.toLowerCase());
}

/** Attacks of one family; each text once. */
export function family(name: string, ...texts: readonly (readonly string[])[]): Attack[] {
  return [...new Set(texts.flat())].map((text) => ({ family: name, text }));
}

/** Each template with each filling in the place of `@@`. */
export function product(templates: readonly string[], fillings: readonly string[]): string[] {
  return templates.flatMap((template) =>
    fillings.map((filling) => template.replaceAll("@@", () => filling))
  );
}

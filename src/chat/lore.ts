/** What the operator wrote about the subjects of questions. */
import type { TalkSettings } from "../config/settings.ts";
import { compileTrigger, type Trigger } from "./trigger.ts";

/** Characters that one question gets. */
const MAX_CHARS = 500;

/** The setting `llm.lore`, ready to be searched. */
export type Lore = readonly { readonly isNamedIn: Trigger; readonly text: string }[];

export function compileLore(entries: TalkSettings["lore"]): Lore {
  return entries.map(({ keywords, text }) => ({ isNamedIn: compileTrigger(keywords), text }));
}

/** The texts whose keywords a question has, in the operator's order, as one line. */
export function loreFor(question: string, lore: Lore): string[] {
  const texts = lore.filter(({ isNamedIn }) => isNamedIn(question)).map(({ text }) => text);
  if (texts.length === 0) return [];
  return [texts.join(" ").replace(/\s+/g, " ").slice(0, MAX_CHARS).toWellFormed()];
}

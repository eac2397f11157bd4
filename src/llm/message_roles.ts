/** Forms of a conversation for chat templates that do not take every order of roles. */
import type { Message } from "./provider.ts";

/** Chat templates expect the roles to alternate. */
export function joinNeighbours(messages: readonly Message[]): Message[] {
  const joined: Message[] = [];
  for (const { role, content } of messages) {
    const before = joined.at(-1);
    if (before?.role !== role) joined.push({ role, content });
    else joined[joined.length - 1] = { role, content: `${before.content}\n${content}` };
  }
  return joined;
}

/** From what most servers take to what all of them take. */
const FORMS: readonly ((messages: readonly Message[]) => readonly Message[])[] = [
  (messages) => messages,
  alternating,
  withoutSystem,
];

/** The conversation in the form of that number; 0: as it is. */
export function inRoles(messages: readonly Message[], form: number): readonly Message[] {
  return FORMS[form]!(messages);
}

/** The next form that makes another conversation of these messages; undefined if none is left. */
export function nextRoles(messages: readonly Message[], form: number): number | undefined {
  const refused = JSON.stringify(inRoles(messages, form));
  const isOther = (next: number) => JSON.stringify(inRoles(messages, next)) !== refused;
  return [...FORMS.keys()].find((next) => next > form && isOther(next));
}

/** System messages first and as one, then turns that alternate, the first one a user's. */
function alternating(messages: readonly Message[]): Message[] {
  const { system, turns } = separated(messages);
  return [...system, ...turns.slice(turns[0]?.role === "assistant" ? 1 : 0)];
}

/** What the system messages say begins the first turn, which is a user's. */
function withoutSystem(messages: readonly Message[]): Message[] {
  const { system, turns } = separated(messages);
  const [first, ...rest] = turns;
  const told = system.map(({ content }) => content);
  if (first?.role !== "user") {
    return [...told.map((content) => ({ role: "user", content }) as const), ...turns];
  }
  return [{ role: "user", content: [...told, first.content].join("\n\n") }, ...rest];
}

function separated(messages: readonly Message[]) {
  return {
    system: joinNeighbours(messages.filter(({ role }) => role === "system")),
    turns: joinNeighbours(messages.filter(({ role }) => role !== "system")),
  };
}

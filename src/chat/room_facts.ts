/** What the bot knows of the channel and a question asks about. */
import type { PlaylistItem } from "../cytube/events.ts";
import type { Room } from "./room.ts";

const MAX_TITLE_CHARS = 200;
const MAX_MOTD_CHARS = 300;
const MAX_NAMES = 20;

/** Words of questions in English, German, Spanish and French. A fact too many does no harm. */
const TOPICS = {
  time: topic("time|o'clock|today|tonight|date|day|year|uhr|heute|datum|hora|hoy|fecha|heure|jour"),
  people: topic("who|everyone|everybody|anyone|anybody|people|here|wer|hier|quién|aquí|qui|ici"),
  next: topic("next|queued?|playlist|after this|danach|nächste[rsn]?|siguiente|después|prochaine?"),
  added: topic(
    "add(?:ed|s)?|queued|picked|chose|whose|ausgesucht|hinzugefügt|eligió|ajouté|choisi",
  ),
  poll: topic("polls?|votes?|voting|umfrage|abstimmung|encuesta|votar|sondage"),
  motd: topic("motd|message of the day|rules?|announcement|regeln?|reglas?|règles?"),
};

function topic(words: string): RegExp {
  return new RegExp(`(?<!\\p{L})(?:${words})(?!\\p{L})`, "iu");
}

export interface FactOptions {
  readonly room: Room;
  /** Names of who is here, without the bot. */
  readonly people: readonly string[];
  /** Milliseconds since 1970. */
  readonly wallMs: number;
}

/** One sentence for each subject of the question. Titles and the MOTD are hostile text. */
export function roomFacts(question: string, { room, people, wallMs }: FactOptions): string[] {
  const { playlist: { next, current }, poll, motd } = room;
  const asked = (topic: keyof typeof TOPICS) => TOPICS[topic].test(question);
  const votes = poll?.options.map(({ text, votes }) => `${text} (${votes})`).join(", ");
  return [
    asked("time") && `It is ${timeText(wallMs)}.`,
    asked("people") && people.length > 0 && `Here: ${namesText(people)}.`,
    asked("next") && next && `Next: ${itemText(next)}.`,
    asked("added") && current?.addedBy && `What plays was added by ${current.addedBy}.`,
    asked("poll") && (poll ? `Poll: ${poll.title}: ${votes}.` : "There is no poll."),
    asked("motd") && motd.trim() && `Message of the day: ${motd.slice(0, MAX_MOTD_CHARS)}`,
  ].filter((fact): fact is string => Boolean(fact)).map(oneLine);
}

/** `A film, added by bob`. */
export function itemText({ title, addedBy }: PlaylistItem): string {
  const name = oneLine(title).slice(0, MAX_TITLE_CHARS);
  return addedBy === "" ? name : `${name}, added by ${addedBy}`;
}

/** Such as `Thursday, 26 November 2026 at 14:05`, in the host's time zone. */
export function timeText(wallMs: number): string {
  return new Date(wallMs).toLocaleString("en-GB", { dateStyle: "full", timeStyle: "short" });
}

function namesText(people: readonly string[]): string {
  const more = people.length - MAX_NAMES;
  return people.slice(0, MAX_NAMES).join(", ") + (more > 0 ? ` and ${more} more` : "");
}

function oneLine(text: string): string {
  return text.replace(/[\s\p{Cc}]+/gu, " ").trim().toWellFormed();
}

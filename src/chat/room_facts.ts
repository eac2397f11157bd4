/** What the bot knows of the channel and a question asks about. */
import type { PlaylistItem, Poll } from "../cytube/events.ts";
import type { Room } from "./room.ts";

const MAX_TITLE_CHARS = 200;
const MAX_MOTD_CHARS = 300;
const MAX_NAMES = 20;
/** Characters of a poll; each of its parts is cut first. */
const MAX_POLL = { title: 100, option: 60, all: 500 };
/** Characters of all facts together. */
const MAX_CHARS = 800;

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
  /** Whether a user of that name must not be named, such as after `!optout`. */
  readonly isHidden: (name: string) => boolean;
  /** Milliseconds since 1970. */
  readonly wallMs: number;
}

/**
 * One sentence for each subject of the question; those that do not fit are left out. Titles and the
 * MOTD are hostile text.
 */
export function roomFacts(
  question: string,
  { room, people, isHidden, wallMs }: FactOptions,
): string[] {
  const { playlist, poll, motd } = room;
  const [current, next] = [playlist.current, playlist.next].map((item) =>
    item && isHidden(item.addedBy) ? { ...item, addedBy: "" } : item
  );
  const asked = (topic: keyof typeof TOPICS) => TOPICS[topic].test(question);
  const facts = [
    asked("time") && `It is ${timeText(wallMs)}.`,
    asked("people") && people.length > 0 && `Here: ${namesText(people)}.`,
    asked("next") && next && `Next: ${itemText(next)}.`,
    asked("added") && current?.addedBy && `What plays was added by ${current.addedBy}.`,
    asked("poll") && (poll ? pollText(poll) : "There is no poll."),
    asked("motd") && motd.trim() && `Message of the day: ${oneLine(motd).slice(0, MAX_MOTD_CHARS)}`,
  ].filter((fact): fact is string => Boolean(fact)).map(oneLine);
  let chars = 0;
  return facts.filter(({ length }) => {
    const fits = chars + length + 1 <= MAX_CHARS;
    if (fits) chars += length + 1;
    return fits;
  });
}

function pollText({ title, options }: Poll): string {
  const votes = options
    .map(({ text, votes }) => `${oneLine(text).slice(0, MAX_POLL.option)} (${votes})`)
    .join(", ");
  const all = `Poll: ${oneLine(title).slice(0, MAX_POLL.title)}: ${votes}`;
  return all.length < MAX_POLL.all ? `${all}.` : `${all.slice(0, MAX_POLL.all - 1).trimEnd()}…`;
}

/** The title on one line, without control characters. */
export function titleText(title: string): string {
  return oneLine(title).slice(0, MAX_TITLE_CHARS).toWellFormed();
}

/** `A film, added by bob`. */
export function itemText({ title, addedBy }: PlaylistItem): string {
  const name = titleText(title);
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

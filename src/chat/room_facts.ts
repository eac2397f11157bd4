/** What the bot knows of the channel and a question asks about. */
import type { PlaylistItem } from "../cytube/events.ts";
import type { Room } from "./room.ts";

const MAX_TITLE_CHARS = 200;
const MAX_MOTD_CHARS = 300;

/** Words of a question in some languages; a fact too many does no harm. */
const TOPICS = {
  next:
    /\b(?:next|queued?|playlist|after this|danach|ensuite)\b|nächste|siguiente|después|prochain/iu,
  added:
    /\b(?:add(?:ed|s)?|queued|picked|chose|whose)\b|hinzugefügt|ausgesucht|añadi|eligi|ajout|chois/iu,
  poll: /\b(?:polls?|votes?|voting)\b|umfrage|abstimm|encuesta|votar|sondage/iu,
  motd: /\b(?:motd|rules?|announcement)\b|message of the day|regeln|reglas|règles/iu,
};

/** One sentence for each subject of the question. Titles and the MOTD are hostile text. */
export function roomFacts(question: string, room: Room): string[] {
  const { playlist: { next, current }, poll, motd } = room;
  const asked = (topic: keyof typeof TOPICS) => TOPICS[topic].test(question);
  const votes = poll?.options.map(({ text, votes }) => `${text} (${votes})`).join(", ");
  return [
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

function oneLine(text: string): string {
  return text.replace(/[\s\p{Cc}]+/gu, " ").trim().toWellFormed();
}

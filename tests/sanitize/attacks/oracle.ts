/**
 * What a line causes in the server, in browsers and in other bots. Written from their sources and not
 * from the sanitizer's.
 *
 * Source: CyTube 3.86, `src/channel/chat.js`, `drink.js`, `www/js/util.js` (`highlightsMe`).
 */
import { formatMessage } from "../../../src/demo/channel/format.ts";

export const FAULTS = [
  "command",
  "green",
  "over-long",
  "control character",
  "invisible character",
  "broken character",
  "piled marks",
  "another bot's command",
  "link",
  "mass mention",
  "too many lines",
  "empty line",
] as const;

export type Fault = typeof FAULTS[number];

export interface Circumstances {
  readonly maxUnits: number;
  readonly maxLines: number;
  /** The users in the room, without the bot. */
  readonly here: readonly string[];
}

const HANDLERS: Record<string, true> = Object.fromEntries(
  ("me sp say rcv shout clear a afk mute smute unmute unsmute kick kickanons ban ipban banip clean " +
    "cleantitle poll hpoll rank").split(" ").map((name) => [name, true]),
);
const REWRITERS = ["me", "sp", "say", "rcv", "shout", "a"];

/** The commands that a server would run, and whether the line is green. */
export function played(msg: string, { asciiControl = false } = {}): {
  readonly commands: readonly string[];
  readonly green: boolean;
} {
  const commands: string[] = [];
  // deno-lint-ignore no-control-regex -- the very characters the server replaces
  let text = asciiControl ? msg : msg.replace(/[\x00-\x1f]+/g, " ");
  if (/^\/d-?[0-9]*/.test(text)) commands.push("drink");
  for (;;) {
    if (!text.startsWith("/")) return { commands, green: text.startsWith(">") };
    const [name = "", ...words] = text.slice(1).split(" ");
    if (!(name in HANDLERS)) return { commands, green: false };
    commands.push(name);
    if (!REWRITERS.includes(name)) return { commands, green: false };
    text = words.join(" ");
  }
}

/** The faults of a reply that is said as these lines. */
export function faultsOf(text: string, lines: readonly string[], around: Circumstances): Fault[] {
  const faults = lines.flatMap((line) => faultsOfLine(line, around.maxUnits));
  if (lines.length > around.maxLines) faults.push("too many lines");
  if (LINK.test(text) || BLACKLIST.test(text.normalize("NFKC").replaceAll("。", "."))) {
    faults.push("link");
  }
  // Names of tags also cause a sound; that cannot be avoided.
  const heard = formatMessage(text).replace(/<\/?(\w+)[^>]*>/g, "<>");
  if (around.here.filter((name) => rings(name).test(heard)).length > 3) faults.push("mass mention");
  return faults;
}

const patterns = new Map<string, RegExp>();

function rings(name: string): RegExp {
  const pattern = patterns.get(name) ?? new RegExp(`(^|\\b)${name}($|\\b)`, "i");
  patterns.set(name, pattern);
  return pattern;
}

const LINK =
  /\w+:\/\/(?:[^:/[\]\s]+|\[[0-9a-f:]+\])|(?:javascript|vbscript|mailto):\S|\bdata:(?:[\w.+-]+\/[\w.+-]+)?[;,]|(?<![\p{L}\p{N}\p{M}_-])www\.[a-z\d]/iu;
/**
 * A site's list of forbidden domains, in any case. Within a dotted name only `.com` is a domain:
 * `java.net.URL` is a class, `app.page.title` a field.
 */
const BLACKLIST =
  /evil\.com(?![\p{L}\p{N}])|(?:evil\.(?:ru|tk|xyz|co\.uk)|пример\.рф)(?![\p{L}\p{N}]|[\p{L}\p{N}_+-]*\.[\p{L}\p{N}_])/iu;
// deno-lint-ignore no-control-regex
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;
const INVISIBLE =
  /[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ueeee\u{1d173}-\u{1d17a}\u{e0000}-\u{e001f}]|[!-~][\u200c\u200d]+[!-~]/u;

function faultsOfLine(line: string, maxUnits: number): Fault[] {
  const faults: Fault[] = [];
  // A server that cuts earlier than expected only makes a line shorter; its start stays.
  const open = [played(line), played(line, { asciiControl: true }), played(seen(line))];
  if (line.startsWith("/") || open.some(({ commands }) => commands.length > 0)) {
    faults.push("command");
  }
  if (open.some(({ green }) => green)) faults.push("green");
  if (line.length > maxUnits) faults.push("over-long");
  if (line.trim() === "") faults.push("empty line");
  if (CONTROL.test(line)) faults.push("control character");
  if (INVISIBLE.test(line)) faults.push("invisible character");
  if (!line.isWellFormed()) faults.push("broken character");
  if (/\p{M}{9}/u.test(line)) faults.push("piled marks");
  if ([line, textOf(line)].some(callsBot)) faults.push("another bot's command");
  return faults;
}

/** A line as a server would read it that trims it and folds look-alikes. */
function seen(line: string): string {
  return line.replace(/^[\s\p{M}\p{Cf}\p{Default_Ignorable_Code_Point}]+/u, "").normalize("NFKC");
}

/** What another bot reads after it removed tags. */
function textOf(line: string): string {
  return formatMessage(line)
    .replace(/<[^>]*>/g, "")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&")
    .trim();
}

/** An amount of money or a fraction is no command. */
function callsBot(text: string): boolean {
  return /^[!！]/.test(text) || /^[$.＄．]\s*[\p{L}_]/u.test(text) ||
    /^[$.＄．]\s*\d+\p{L}{3}/u.test(text);
}

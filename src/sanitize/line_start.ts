/**
 * Makes the start of a line safe.
 *
 * Source: CyTube turns control characters into spaces and does not trim. A message that starts with `/`
 * is a command, one that starts with `>` is shown in green. Other bots read `!`, `$` and `.` after the
 * channel's filters have turned `*…*` and similar marks into tags.
 */

/** Command and greentext characters, their look-alikes, joiners and combining marks. */
const UNSAFE =
  /^[\s\p{M}\p{Cf}\u2800/>\uff0f\uff1e\u1735\u2044\u2215\u2571\u27cb\u29f8\u2cc6\u2f03\u3033\u31d3\ufe65\u{1d23a}\u02c3\u203a\u276f\u{16f3f}]+/u;
const EXCLAMATION = /^[!\uff01]+/;
/** Matches `$help` and `.help`; not `...well`, `$5`, `.5s`. */
const DOLLAR_OR_DOT = /^(?:[$\uff04]+|[.\uff0e])(?=(?:[\s*_`~]|\[\/?sp\])*[\p{L}\p{N}_])/iu;
const AMOUNT =
  /^(?:[$\uff04]+|[.\uff0e])\s*\p{Nd}[\p{Nd}.,]*[\p{L}%]{0,2}(?![\p{L}\p{N}_*`~]|\[\/?sp\])/iu;
/** Marks that the channel's filters turn into tags when they are paired. */
const FILTERED = /^(?:[\s*_`]|~~|\[\/?sp\])+/i;

/** False for a line that would be a command of the server or of another bot, or green. */
export function startsSafely(line: string): boolean {
  return withoutUnsafeStart(line) === line;
}

/** One step: the result may start with the next unsafe character. */
function withoutUnsafeStart(line: string): string {
  const bare = line.replace(UNSAFE, "").replace(EXCLAMATION, "");
  if (DOLLAR_OR_DOT.test(bare)) return AMOUNT.test(bare) ? bare : bare.replace(DOLLAR_OR_DOT, "");
  const marks = FILTERED.exec(bare)?.[0];
  if (marks === undefined) return bare;
  const rest = bare.slice(marks.length);
  const hidden = EXCLAMATION.test(rest) || DOLLAR_OR_DOT.test(rest) && !AMOUNT.test(rest);
  return hidden && /[*_`]|~~|\[\/sp\]/i.test(bare.slice(1)) ? rest : bare;
}

/**
 * Removes an unsafe start, the bot's own name and quotes around the whole line, until the line
 * {@linkcode startsSafely} or is empty.
 *
 * @param bot The bot's name; empty: no name is removed.
 */
export function safeStart(text: string, bot: string): string {
  const name = bot === ""
    ? /(?!)/
    : new RegExp(`^(?:["'(*]*@?${RegExp.escape(bot)}["')*]*\\s*:\\s*)+`, "iu");
  let before: string;
  do {
    before = text;
    const quoted = /^["“]([^"“”]*)["”]$/u.exec(text);
    text = withoutUnsafeStart((quoted?.[1]?.trim() ?? text).replace(name, ""));
  } while (text !== before);
  return text;
}

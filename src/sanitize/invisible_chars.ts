/** Removes characters that are invisible or no characters. */

/**
 * Characters that hide, join or reorder text. Joiners, variation selectors and the tags in flags of
 * regions stay: emoji and some scripts need them. CyTube drops every message that contains U+EEEE.
 */
const INVISIBLE =
  /(?![\u200c\u200d\ufe00-\ufe0f\u{e0020}-\u{e007f}\u{e0100}-\u{e01ef}])\p{Default_Ignorable_Code_Point}|[\ueeee\ufff9-\ufffb]|(?<!\u{1f3f4}[\u{e0020}-\u{e007e}]{0,8})[\u{e0020}-\u{e007f}]|(?<!\p{Script=Han})[\u{e0100}-\u{e01ef}]/gu;
/** Between ASCII characters joiners only hide words. */
// deno-lint-ignore no-control-regex
const IDLE_JOINERS = /(?<![^\u0000-\u007f])[\u200c\u200d]+(?![^\u0000-\u007f])/g;
// deno-lint-ignore no-control-regex
const LINE_BREAKS = /\r\n?|[\u000b\u000c\u0085\u2028\u2029]/g;
// deno-lint-ignore no-control-regex
const CONTROL = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g;
const STRAY_MARKS = /(?<=^|\s)[\p{M}\u200c\u200d]+/gu;
/** No script has more than eight marks on a letter. */
const PILED_MARKS = /([\p{M}\u200c\u200d]{4})[\p{M}\u200c\u200d]{5,}/gu;

/** Well-formed text without control and invisible characters; line feeds stay. */
export function removeInvisible(text: string): string {
  return text
    .replace(LINE_BREAKS, "\n")
    .replace(CONTROL, " ")
    .toWellFormed()
    .replace(INVISIBLE, "")
    .replace(IDLE_JOINERS, "")
    .replace(STRAY_MARKS, "")
    .replace(PILED_MARKS, "$1");
}

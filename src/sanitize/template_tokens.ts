/**
 * Finds tokens of chat templates that a server did not remove.
 *
 * Sources: the templates of Llama, Qwen, Gemma, Phi, Mistral, DeepSeek, Granite, Command, EXAONE, GLM.
 */
import type { Cut } from "./cut.ts";

const TOKEN = [
  // <|im_end|>, <|eot_id|>, <|start_header_id|>, <|endoftext|>
  String.raw`<\|[\w.:\-]{1,40}\|>`,
  // <｜end▁of▁sentence｜>
  String.raw`<｜[\w▁.:\-]{1,40}｜>`,
  // [|endofturn|]
  String.raw`\[\|\w{1,40}\|\]`,
  String.raw`<(?:start|end)_of_turn>`,
  String.raw`<\|turn>|<turn\|>`,
  String.raw`<(?:bos|eos|pad|unk|sop|eop)>`,
  String.raw`<s>|</s>`,
  String.raw`\[/?(?:INST|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_RESULTS)\]`,
  String.raw`<</?SYS>>`,
].join("|");
const ANY = new RegExp(TOKEN, "g");
const AT = new RegExp(TOKEN, "y");
/** After these the role follows. */
const OPENS =
  /^<\|?(?:im_start|start_header_id|header_start|start_of_turn|start_of_role|start|turn)/;
const ROLES = "(?:assistant|user|system|model|human|bot)";
const ROLE = new RegExp(String.raw`${ROLES}(?![\p{L}\p{N}_])`, "iuy");
const ROLE_LINE = new RegExp(`${ROLES}:?\\n`, "iy");
/** A token that a limit cut. */
const BROKEN = /(?:<[|｜][\w▁.:\-]{0,40}[|｜]?|<(?:start|end)_o[\w]{0,10}|<\/s|\[\/?INST)$/;

/** Ends a reply at the first token. */
export function templateToken(text: string): Cut | undefined {
  let struck = false;
  for (const { 0: token, index } of text.matchAll(ANY)) {
    // `<s>old</s>` is a word that is struck out.
    if (token === "<s>" || (token === "</s>" && struck)) struck = token === "<s>";
    else return { at: index, seen: index + token.length };
  }
}

/** The index after the tokens and the role at the start of a reply, from an index on. */
export function skipTokens(text: string, from: number): number {
  for (let at = from;;) {
    const token = matchAt(AT, text, at);
    const end = skipSpace(text, at + token.length);
    const role = OPENS.test(token)
      ? matchAt(ROLE, text, end)
      : matchAt(ROLE_LINE, text, end).trimEnd();
    if (token === "" && role === "") return at;
    at = skipSpace(text, end + role.length);
  }
}

/**
 * A text of users whose tokens a server reads as words: `<|im_end|>` becomes `< |im_end|>`. Otherwise a
 * user could write a turn of the system.
 */
export function breakTokens(text: string): string {
  return text.replace(ANY, (token) => `${token[0]} ${token.slice(1)}`);
}

/** A text without a token at its end that a limit cut. */
export function withoutBrokenToken(text: string): string {
  return text.replace(BROKEN, "").trimEnd();
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (/^\s$/.test(text.charAt(at))) at++;
  return at;
}

function matchAt(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? "";
}

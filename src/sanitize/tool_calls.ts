/** Finds calls of tools, which the bot does not have. */
import type { Cut } from "./cut.ts";

const KEY = (names: string) => String.raw`"(?:${names})" ?: ?`;
const CALL = new RegExp(
  [
    String.raw`</?(?:tool_calls?|tool_response|function_calls?|function_results)>`,
    String.raw`<function=[\w.\-]{1,64}>`,
    String.raw`<invoke name=`,
    String.raw`\[TOOL_CALLS\]`,
    "```tool_(?:code|call)",
    String.raw`\{\s?${KEY("name|tool|tool_name|function|action")}"[\w.\-]{1,64}" ?,\s?${
      KEY("arguments|parameters|args|tool_input|action_input")
    }`,
    String.raw`\{\s?${KEY("tool_calls|function_call")}`,
    String.raw`\{\s?${KEY("type")}"function"`,
    String.raw`\{\s?${KEY("function")}\{\s?"name"`,
  ].join("|"),
);
/** What stands in front of a call. */
const FRAME = /(?:```(?:json|xml|python)?\n?|\[ ?|`)+$/;
const MAX_FRAME = 16;

/** Ends a reply at the first call; white space must be collapsed. */
export function toolCall(text: string): Cut | undefined {
  const match = CALL.exec(text);
  if (!match) return;
  const before = text.slice(Math.max(0, match.index - MAX_FRAME), match.index);
  const frame = FRAME.exec(before)?.[0] ?? "";
  return { at: match.index - frame.length, seen: match.index + match[0].length };
}

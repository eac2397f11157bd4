import type { ChatLine } from "../cytube/events.ts";

/** The time, and one of `<name> text`, `* name text` and `[server] text`. */
const LINE =
  /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z) (?:<([^\s>]{1,64})>|\* (\S{1,64})|(\[[^\s\]]+\]))(?: (.*))?$/;

/** Reads a line of `chat_log_file`, see `chatText`; undefined for a line of another form. */
export function parseLogLine(line: string): ChatLine | undefined {
  const [, written = "", said, acted, server, text = ""] = LINE.exec(line) ?? [];
  const user = said ?? acted ?? server;
  const time = Date.parse(written);
  if (user === undefined || Number.isNaN(time)) return undefined;
  return { user, text, time, shadow: false, action: acted !== undefined };
}

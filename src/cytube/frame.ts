/**
 * Whether a frame can be read at all.
 *
 * @module
 */

/** What is before the JSON of a socket.io packet: its kind, parts to come, place, number. */
const HEAD = /^4([2-6])(?:\d+-)?(?:\/[^,]*,?)?\d*/;
/** The kind of packet that refuses a connection. */
const REFUSAL = "4";

/**
 * Refuses a frame that socket.io-client would throw about where nobody catches it: it reads the content
 * of a packet, and the reason of a refusal, without looking whether there is one.
 *
 * @param frame What the server sent.
 * @throws {TypeError} When there is none.
 * @throws {SyntaxError} When a refusal is no JSON.
 */
export function assertReadableFrame(frame: unknown): void {
  if (typeof frame !== "string") return;
  const [head, kind] = HEAD.exec(frame) ?? [];
  if (head === undefined) return;
  if (head.length === frame.length) throw new TypeError("Cannot read a packet without content");
  if (kind !== REFUSAL) return;
  const { message } = Object(JSON.parse(frame.slice(head.length)));
  if (typeof message !== "string") throw new TypeError("Cannot read a refusal without reason");
}

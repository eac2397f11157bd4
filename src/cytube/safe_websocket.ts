import { WebSocket as NativeWebSocket } from "socket.io-client";

/** The head of a socket.io packet before its JSON: type, attachments, namespace, id. */
const HEAD = /^4([2-6])(?:\d+-)?(?:\/[^,]*,?)?\d*/;
/** The packet type of a refused connection. */
const CONNECT_ERROR = "4";

/**
 * socket.io-client's transport on the runtime's WebSocket. A malformed frame ends the connection
 * with an error. The library alone would throw where nothing catches it and end the program.
 */
export class SafeWebSocket extends NativeWebSocket {
  override createSocket(
    ...args: Parameters<NativeWebSocket["createSocket"]>
  ): ReturnType<NativeWebSocket["createSocket"]> {
    const socket = super.createSocket(...args);
    // The library sets "nodebuffer", which the runtime does not know and ignores.
    socket.binaryType = "arraybuffer";
    return socket;
  }

  override onData(...args: Parameters<NativeWebSocket["onData"]>): void {
    try {
      assertReadableFrame(args[0]);
      super.onData(...args);
    } catch (error) {
      this.onError("malformed frame", error as Error);
    }
  }
}

/** The library reads a packet's payload, and the message of a refusal, without a check. */
function assertReadableFrame(frame: unknown): void {
  if (typeof frame !== "string") return;
  const [head, type] = HEAD.exec(frame) ?? [];
  if (head === undefined) return;
  if (head.length === frame.length) throw new TypeError("Cannot read a packet without payload");
  if (type !== CONNECT_ERROR) return;
  const { message } = Object(JSON.parse(frame.slice(head.length)));
  if (typeof message !== "string") throw new TypeError("Cannot read a refusal without message");
}

/**
 * An embedded channel server that speaks CyTube's protocol: for `rosey demo` and for tests.
 *
 * It does what a CyTube 3.86 server with default settings was seen to do; what a chat bot never
 * meets (a ban list, polls, a real playlist, profiles) it does not have.
 *
 * @module
 */

import { Server } from "socket.io";
import { chat } from "./chat.ts";
import { Gate } from "./gate.ts";
import { isChannelName, isUserName, SITE_RANK } from "./facts.ts";
import { HttpFront, isOwnOrigin } from "./http.ts";
import { LineLog } from "./lines.ts";
import { LoginDesk } from "./login.ts";
import { Member } from "./member.ts";
import { Room } from "./room.ts";
import { Session } from "./session.ts";
import type { ChatLine, ChatMeta, DemoChannelOptions, DemoMedia } from "./types.ts";

export type {
  ChatLine,
  ChatMeta,
  ConnectionLimits,
  DemoAccount,
  DemoChannelOptions,
  DemoMedia,
  FloodLimit,
} from "./types.ts";

/** One machine may need hundreds of connections: the tests' own. */
const NO_LIMITS = { burst: Infinity, perSecond: 0, most: Infinity };

/**
 * One channel on a port of its own.
 *
 * ```ts
 * await using channel = await DemoChannel.start({ name: "demo" });
 * channel.say("alice", "hey rosey");
 * const line = await channel.nextLine((line) => line.username === "rosey", 2000);
 * ```
 */
export class DemoChannel implements AsyncDisposable {
  /** The channel's name. */
  readonly name: string;
  readonly #http: HttpFront;
  readonly #io: Server;
  readonly #room: Room;
  readonly #lines = new LineLog();
  #closing: Promise<void> | undefined;

  /** Private: use {@linkcode DemoChannel.start}. */
  private constructor(options: DemoChannelOptions) {
    const now = options.now ?? Date.now;
    this.name = options.name ?? "demo";
    this.#http = new HttpFront(options.hostname ?? "127.0.0.1", options.page ?? "");
    this.#io = new Server(this.#http.server, {
      transports: ["websocket"],
      serveClient: false,
      pingInterval: options.pingIntervalMs ?? 25_000,
      pingTimeout: 120_000,
      maxHttpBufferSize: 1 << 20,
    });
    this.#room = new Room(this.#io, {
      name: this.name,
      maxMessageLength: options.maxMessageLength ?? 320,
      historySize: options.historySize ?? 15,
      throttle: options.throttle ?? true,
      motd: options.motd ?? "",
      now,
      onLine: (line) => this.#lines.add(line),
    });
    this.#room.opts.password = options.password || false;
    if (options.chatAntiflood !== undefined) {
      this.#room.opts.chat_antiflood = true;
      this.#room.opts.chat_antiflood_params = options.chatAntiflood;
    }
    const desk = new LoginDesk(options.accounts ?? {}, {
      guestLoginSeconds: options.guestLoginSeconds ?? 0,
      now,
    });
    // A web page from elsewhere must not talk to a server on the visitor's own machine. (Refusing
    // it earlier, in `allowRequest`, leaves the connection hanging under Deno 2.4.)
    this.#io.use((socket, next) =>
      next(isOwnOrigin(socket.request) ? undefined : new Error("Invalid origin"))
    );
    const gate = new Gate(options.connections ?? NO_LIMITS, now);
    this.#io.use(({ handshake }, next) =>
      next(gate.isTooFast(handshake.address) ? new Error("Rate limit exceeded") : undefined)
    );
    this.#io.on("connection", (socket) => {
      if (gate.admits(socket)) new Session(this.#room, desk, socket);
    });
  }

  /** Starts a channel and resolves once it listens. Rejects when it cannot have the port. */
  static async start(options: DemoChannelOptions = {}): Promise<DemoChannel> {
    const { name = "demo", port = 0 } = options;
    if (!isChannelName(name)) {
      throw new TypeError(`Cannot start a channel as "${name}": not a channel name`);
    }
    const channel = new DemoChannel(options);
    try {
      await channel.#http.listen(port);
    } catch (cause) {
      await channel.close();
      throw new Error(`Cannot start a channel on port ${port}: ${(cause as Error).message}`, {
        cause,
      });
    }
    return channel;
  }

  /** Where the page and the socket are, such as `http://127.0.0.1:8080`. */
  get url(): string {
    return this.#http.url;
  }

  /** The port it listens on. */
  get port(): number {
    return this.#http.port;
  }

  /** How many sockets are connected. */
  get sessions(): number {
    return this.#io.of("/").sockets.size;
  }

  /** The last thousand lines that everyone received, oldest first. */
  get lines(): readonly ChatLine[] {
    return this.#lines.recent;
  }

  /** The names in the user list. */
  users(): string[] {
    return this.#room.members.filter((member) => member.named).map((member) => member.name);
  }

  /** Plays something, or with null nothing. */
  setMedia(media: DemoMedia | null): void {
    this.#room.play(media);
  }

  /**
   * Says something in a puppet's name, or anyone's: cut, formatted and broadcast like a user's
   * line, commands included, but never throttled.
   *
   * @param meta added to the line's own `meta`.
   */
  say(username: string, text: string, meta: ChatMeta = {}): void {
    chat(this.#room, this.#speaker(username), text, { throttled: false, meta });
  }

  /** Puts a user without a socket into the room; whoever had the name is kicked. */
  addPuppet(name: string, rank = 1): void {
    if (!isUserName(name)) throw new TypeError(`Cannot add a puppet as "${name}": not a name`);
    const puppet = puppetMember(name, rank);
    if (puppet.registered) this.#room.broadcast("setUserRank", { name, rank });
    this.#room.enter(puppet, true);
  }

  /** Takes a puppet, or anyone else of that name, out of the room. */
  removePuppet(name: string): void {
    const member = this.#room.find(name);
    if (member?.socket !== undefined) member.socket.disconnect();
    else if (member !== undefined) this.#room.leave(member);
  }

  /** Kicks a user, as a moderator's `/kick` does. */
  kick(name: string, reason = ""): void {
    const member = this.#room.find(name);
    if (member !== undefined) this.#room.kick(member, reason);
  }

  /** Bans a name, as a moderator's `/ban` does. */
  ban(name: string): void {
    this.#room.ban(name);
  }

  /** Sends everybody away, as a server does that unloads the channel. */
  unload(): void {
    this.#room.empty("Channel shutting down");
  }

  /** Sends everybody to another server, as a site does that moves the channel there. */
  moveTo(url: string): void {
    this.#http.movedTo = this.#room.movedTo = url;
    this.#room.broadcast("partitionChange", { servers: [{ url, secure: false }] });
    this.#room.empty();
  }

  /** Clears everyone's chat, as a moderator's `/clear` does. */
  clearChat(by: string): void {
    this.#room.clear(by);
  }

  /** Drops every connection without a word, as a server that dies does. */
  disconnectAll(): void {
    for (const socket of this.#io.of("/").sockets.values()) socket.conn.close(true);
  }

  /**
   * Resolves with the next line from now on that `predicate` accepts; rejects after `timeoutMs`,
   * when `signal` aborts, or when the channel closes.
   */
  nextLine(
    predicate: (line: ChatLine) => boolean,
    timeoutMs: number,
    signal?: AbortSignal,
  ): Promise<ChatLine> {
    return this.#lines.next(predicate, timeoutMs, signal);
  }

  /** Ends every connection and timer. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** Closes the channel at the end of an `await using` block. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    this.#lines.close();
    this.#room.close();
    await Promise.all([this.#io.close(), this.#http.close()]);
    // Those who left just now started the timer of the user count again.
    this.#room.close();
  }

  #speaker(name: string): Member {
    return this.#room.find(name) ?? puppetMember(name, 1);
  }
}

function puppetMember(name: string, rank: number): Member {
  const member = new Member();
  member.name = name;
  member.rank = rank;
  member.siteRank = rank >= SITE_RANK || rank <= 0 ? rank : 1;
  member.registered = rank >= 1;
  return member;
}

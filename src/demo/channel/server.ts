import { Server, type Socket } from "socket.io";
import { Accounts, type DemoAccount } from "./accounts.ts";
import { chat } from "./chat.ts";
import { isChannelName, isUserName, SITE_RANK } from "./defaults.ts";
import { HttpFront, isOwnOrigin } from "./http.ts";
import { LineLog } from "./line_log.ts";
import { Member } from "./member.ts";
import type { DemoMedia } from "./playlist.ts";
import { type ChatLine, type ChatMeta, Room } from "./room.ts";
import { Session } from "./session.ts";
import type { FloodLimit } from "./throttle.ts";

export type { ChatLine };

export interface ConnectionGate {
  /** Whether an address connects too fast. */
  isTooFast(address: string): boolean;
  /** Whether a new connection may stay. */
  admits(socket: Socket): boolean;
}

export interface DemoChannelOptions {
  readonly port?: number;
  /** `[\w-]{1,30}`; default `demo`. */
  readonly name?: string;
  /** Required of users below rank 2. */
  readonly password?: string;
  readonly accounts?: Readonly<Record<string, DemoAccount>>;
  /** Longer messages are cut silently; default 320 UTF-16 units. */
  readonly maxMessageLength?: number;
  readonly motd?: string;
  /** Whether the channel is registered: any name can be joined; default true. */
  readonly registered?: boolean;
  readonly page?: string;
  readonly throttle?: boolean;
  /** The channel's own limit for ranks below 2. */
  readonly chatAntiflood?: FloodLimit;
  /** Seconds between two guest logins from one address; default 0. */
  readonly guestLoginSeconds?: number;
  readonly gate?: ConnectionGate;
  /** Default 25,000, as CyTube. */
  readonly pingIntervalMs?: number;
  readonly now?: () => number;
}

/**
 * A channel server that speaks CyTube's protocol, for `rosey demo` and for tests. It does what a
 * CyTube 3.86 server with default settings was seen to do, without ban lists, polls, voteskip, profiles
 * and real playlists.
 */
export class DemoChannel implements AsyncDisposable {
  readonly name: string;
  readonly #http: HttpFront;
  readonly #io: Server;
  readonly #room: Room;
  readonly #lines = new LineLog();
  #closing: Promise<void> | undefined;

  private constructor(options: DemoChannelOptions) {
    const { gate, now = Date.now, accounts = {}, guestLoginSeconds = 0 } = options;
    this.name = options.name ?? "demo";
    this.#http = new HttpFront(options.page ?? "", options.maxMessageLength ?? 320);
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
      throttle: options.throttle ?? true,
      motd: options.motd ?? "",
      registered: options.registered ?? true,
      now,
      onLine: (line) => this.#lines.add(line),
    });
    const { opts } = this.#room;
    opts.password = options.password || false;
    opts.chat_antiflood = options.chatAntiflood !== undefined;
    opts.chat_antiflood_params = options.chatAntiflood ?? opts.chat_antiflood_params;
    // Pages of other sites must not talk to a server on the user's machine. (A refusal in
    // `allowRequest` leaves the connection hanging under Deno 2.4.)
    this.#io.use(({ request, handshake }, next) => {
      if (!isOwnOrigin(request)) next(new Error("Invalid origin"));
      else if (gate?.isTooFast(handshake.address)) next(new Error("Rate limit exceeded"));
      else next();
    });
    const known = new Accounts(accounts, { guestLoginSeconds, now });
    this.#io.on("connection", (socket) => {
      if (!gate || gate.admits(socket)) new Session(this.#room, known, socket);
    });
  }

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
      const { message } = cause as Error;
      throw new Error(`Cannot start a channel on port ${port}: ${message}`, { cause });
    }
    return channel;
  }

  /** The URL of the page and the socket, e.g. `http://127.0.0.1:8080`. */
  get url(): string {
    return this.#http.url;
  }

  get port(): number {
    return this.#http.port;
  }

  get sessions(): number {
    return this.#io.of("/").sockets.size;
  }

  /** The last 1000 public lines, oldest first. */
  get lines(): readonly ChatLine[] {
    return this.#lines.recent;
  }

  users(): string[] {
    return this.#room.members.filter((member) => member.named).map((member) => member.name);
  }

  /** With null the playlist is empty. */
  setMedia(media: DemoMedia | null): void {
    this.#room.playlist.set(media);
  }

  /** Says a line as a puppet or any other user, commands included, without rate limits. */
  say(username: string, text: string, meta: ChatMeta = {}): void {
    const speaker = this.#room.find(username) ?? puppetMember(username, 1);
    chat(this.#room, speaker, text, { throttled: false, meta });
  }

  /** Adds a user without a socket. A user of the same name is kicked. */
  addPuppet(name: string, rank = 1): void {
    if (!isUserName(name)) throw new TypeError(`Cannot add a puppet as "${name}": not a name`);
    const puppet = puppetMember(name, rank);
    if (puppet.registered) this.#room.broadcast("setUserRank", { name, rank });
    this.#room.enter(puppet, true);
  }

  removePuppet(name: string): void {
    const member = this.#room.find(name);
    if (member?.socket !== undefined) member.socket.disconnect();
    else if (member !== undefined) this.#room.leave(member);
  }

  kick(name: string, reason = ""): void {
    const member = this.#room.find(name);
    if (member !== undefined) this.#room.kick(member, reason);
  }

  ban(name: string): void {
    this.#room.ban(name);
  }

  /** Kicks everyone, as a server does that unloads the channel. */
  unload(): void {
    this.#room.empty("Channel shutting down");
  }

  /** Sends everyone to another server, as a site does that moves the channel. */
  moveTo(url: string): void {
    this.#http.movedTo = this.#room.movedTo = url;
    this.#room.broadcast("partitionChange", { servers: [{ url, secure: false }] });
    this.#room.empty();
  }

  clearChat(by: string): void {
    this.#room.clear(by);
  }

  /** Closes every connection without a farewell, as a server that crashes does. */
  disconnectAll(): void {
    for (const socket of this.#io.of("/").sockets.values()) socket.conn.close(true);
  }

  /** Waits for a line that `predicate` accepts. Rejects on timeout, on abort, or on close. */
  nextLine(
    predicate: (line: ChatLine) => boolean,
    timeoutMs: number,
    signal?: AbortSignal,
  ): Promise<ChatLine> {
    return this.#lines.next(predicate, timeoutMs, signal);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    this.#lines.close();
    this.#room.close();
    await Promise.all([this.#io.close(), this.#http.close()]);
    // The disconnects have started the timer of the user count again.
    this.#room.close();
  }
}

function puppetMember(name: string, rank: number): Member {
  const siteRank = rank >= SITE_RANK || rank <= 0 ? rank : 1;
  return Object.assign(new Member(), { name, rank, siteRank, registered: rank >= 1 });
}

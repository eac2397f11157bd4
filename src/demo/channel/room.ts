import type { Server } from "socket.io";
import type { ChatLine, ChatMeta } from "./types.ts";
import {
  type ChannelOpts,
  defaultOpts,
  MODERATOR_RANK,
  MUTE_RANK,
  NO_STYLE,
  PERMISSIONS,
  SITE_RANK,
} from "./defaults.ts";
import { Playlist } from "./playlist.ts";
import type { Member } from "./member.ts";

const ROOM = "channel";
const HISTORY_SIZE = 15;
const USERCOUNT_MS = 10_000;

/** See {@linkcode DemoChannelOptions}. */
export interface RoomSettings {
  readonly name: string;
  readonly maxMessageLength: number;
  readonly throttle: boolean;
  readonly motd: string;
  readonly now: () => number;
  /** Called with every public line. */
  readonly onLine: (line: ChatLine) => void;
}

/** The state of the channel, shared by all sessions. */
export class Room {
  readonly settings: RoomSettings;
  /** In the order of joining, with anonymous viewers. */
  readonly members: Member[] = [];
  readonly opts: ChannelOpts;
  readonly playlist: Playlist;
  readonly #io: Server;
  readonly #muted = new Set<string>();
  readonly #shadowMuted = new Set<string>();
  readonly #banned = new Set<string>();
  /** The URL of the server that the channel moved to. */
  movedTo: string | undefined = undefined;
  #history: ChatLine[] = [];
  #countTimer: ReturnType<typeof setTimeout> | undefined;
  #countStale = false;

  constructor(io: Server, settings: RoomSettings) {
    this.#io = io;
    this.settings = settings;
    this.opts = defaultOpts(settings.name);
    this.playlist = new Playlist((event, payload) => this.broadcast(event, payload), settings.now);
  }

  broadcast(event: string, payload: unknown): void {
    this.#io.to(ROOM).emit(event, payload);
  }

  /** Sends a line of the server to everyone of at least `rank`. */
  whisper(msg: string, rank: number): void {
    const meta = { addClass: "server-whisper", addClassToNameAndTimestamp: true };
    const line = { username: "[server]", msg, meta, time: this.settings.now() };
    for (const member of this.members) {
      if (member.rank >= rank) member.emit("chatMsg", line);
    }
  }

  find(name: string): Member | undefined {
    return this.members.find((member) => member.named && member.is(name));
  }

  /** Adds a member, kicks others of the same name, and sends what a joining user gets. */
  enter(member: Member, rankKnown: boolean): void {
    member.inRoom = true;
    member.socket?.join(ROOM);
    if (member.named) this.#announce(member);
    this.members.push(member);
    for (const [event, payload] of this.#welcome(member)) member.emit(event, payload);
    this.sendPlaylist(member);
    for (const [event, payload] of this.playlist.currentEvents()) member.emit(event, payload);
    if (rankKnown) this.sendPlaylist(member);
    this.sendUserlist(member);
    this.#countChanged();
  }

  /** An anonymous member has logged in. */
  named(member: Member): void {
    this.#announce(member);
    this.#restoreMute(member);
  }

  leave(member: Member): void {
    if (!member.inRoom) return;
    member.inRoom = false;
    if (member.named) this.broadcast("userLeave", { name: member.name });
    this.members.splice(this.members.indexOf(member), 1);
    this.#countChanged();
  }

  kick(member: Member, reason: string): void {
    member.emit("kick", { reason });
    if (member.socket === undefined) this.leave(member);
    else member.socket.disconnect();
  }

  /** Bans a name and kicks its user. */
  ban(name: string): void {
    this.#banned.add(name.toLowerCase());
    const member = this.find(name);
    if (member !== undefined) this.kick(member, "You're banned!");
  }

  isBanned(name: string): boolean {
    return this.#banned.has(name.toLowerCase());
  }

  /** Disconnects all sockets, with a kick if there is a reason. */
  empty(reason?: string): void {
    for (const member of [...this.members]) {
      if (reason !== undefined && member.socket) this.kick(member, reason);
      else member.socket?.disconnect();
    }
  }

  sendUserlist(viewer: Member): void {
    const named = this.members.filter((member) => member.named);
    viewer.emit("userlist", named.map((member) => member.viewFor(viewer)));
  }

  sendPlaylist(member: Member): void {
    for (const [event, payload] of this.playlist.events()) member.emit(event, payload);
  }

  /** Sends a member's `meta` to everyone of at least `rank`. */
  sendMeta(member: Member, rank = Number.NEGATIVE_INFINITY): void {
    for (const viewer of this.members) {
      if (viewer.rank < rank) continue;
      viewer.emit("setUserMeta", { name: member.name, meta: member.metaFor(viewer) });
    }
  }

  /** Changes a member's rank, and sends the user list again if the member now sees more or less. */
  setRank(member: Member, rank: number): void {
    const before = member.rank;
    member.rank = rank;
    member.emit("rank", rank);
    const crossed = [MODERATOR_RANK, SITE_RANK].some((edge) => (before < edge) !== (rank < edge));
    if (crossed && member.inRoom) this.sendUserlist(member);
  }

  setAfk(member: Member, afk: boolean): void {
    if (member.afk === afk) return;
    member.afk = afk;
    if (afk) member.emit("clearVoteskipVote");
    this.sendMeta(member);
    this.broadcast("setAFK", { name: member.name, afk });
  }

  say(username: string, msg: string, meta: ChatMeta, time: number): void {
    const line: ChatLine = { username, msg, meta, time };
    this.broadcast("chatMsg", line);
    this.#history.push(line);
    if (this.#history.length > HISTORY_SIZE) this.#history.shift();
    this.settings.onLine(line);
  }

  clear(by: string): void {
    this.#history = [];
    this.broadcast("clearchat", { clearedBy: by });
    this.whisper(`${by} cleared chat.`, -1);
  }

  /** Mutes a name. A shadow mute is visible to moderators only. */
  mute(member: Member, shadow: boolean): void {
    const name = member.name.toLowerCase();
    this.#muted.add(name);
    member.muted = true;
    if (shadow) {
      this.#shadowMuted.add(name);
      member.shadowMuted = true;
    }
    this.sendMeta(member, shadow ? MUTE_RANK : undefined);
  }

  isMuted(name: string): boolean {
    return this.#muted.has(name.toLowerCase());
  }

  forgetMute(name: string): void {
    this.#muted.delete(name.toLowerCase());
    this.#shadowMuted.delete(name.toLowerCase());
  }

  close(): void {
    clearTimeout(this.#countTimer);
    this.playlist.close();
  }

  #announce(member: Member): void {
    for (const other of [...this.members]) {
      if (other !== member && other.named && other.is(member.name)) {
        this.kick(other, "Duplicate login");
      }
    }
    member.aliases = [member.name];
    for (const viewer of this.members) viewer.emit("addUser", member.viewFor(viewer));
    this.whisper(`${member.name} joined (aliases: ${member.name})`, MODERATOR_RANK);
  }

  #restoreMute(member: Member): void {
    const name = member.name.toLowerCase();
    member.muted = this.#muted.has(name);
    member.shadowMuted = this.#shadowMuted.has(name);
    if (member.muted) this.sendMeta(member, MUTE_RANK);
  }

  *#welcome(member: Member): Generator<[string, unknown]> {
    yield ["setPermissions", PERMISSIONS];
    yield ["setPlaylistLocked", true];
    yield ["emoteList", []];
    if (member.named) this.#restoreMute(member);
    for (const line of this.#history) yield ["chatMsg", line];
    yield ["drinkCount", 0];
    yield ["channelCSSJS", NO_STYLE];
    yield ["setMotd", this.settings.motd];
    yield ["channelOpts", this.opts];
  }

  /** Sends `usercount` at once, then at most every 10 s. */
  #countChanged(): void {
    if (this.#countTimer !== undefined) {
      this.#countStale = true;
      return;
    }
    this.broadcast("usercount", this.members.length);
    this.#countTimer = setTimeout(() => {
      this.#countTimer = undefined;
      if (!this.#countStale) return;
      this.#countStale = false;
      this.#countChanged();
    }, USERCOUNT_MS);
  }
}

import type { Server } from "socket.io";
import {
  type ChannelOpts,
  defaultOpts,
  MODERATOR_RANK,
  MUTE_RANK,
  NO_STYLE,
  SITE_RANK,
} from "./defaults.ts";
import type { Member } from "./member.ts";
import { Permissions } from "./permissions.ts";
import { Playlist } from "./playlist.ts";

/** Properties of a chat line: `addClass`, `action`, `shadow`, `modflair` … */
export type ChatMeta = Record<string, unknown>;

/** A `chatMsg` as every client receives it; `msg` is HTML. */
export interface ChatLine {
  /** Names in brackets, such as `[server]`, are the server itself. */
  readonly username: string;
  readonly msg: string;
  readonly meta: ChatMeta;
  readonly time: number;
}

export interface RoomSettings {
  readonly name: string;
  readonly maxMessageLength: number;
  readonly throttle: boolean;
  readonly motd: string;
  readonly registered: boolean;
  readonly now: () => number;
  readonly onLine: (line: ChatLine) => void;
}

const ROOM = "channel";
const HISTORY_SIZE = 15;
const USERCOUNT_MS = 10_000;

/** The state of the channel, shared by all sessions. */
export class Room {
  readonly settings: RoomSettings;
  /** In the order of joining, with anonymous viewers. */
  readonly members: Member[] = [];
  readonly opts: ChannelOpts;
  readonly playlist: Playlist;
  readonly permissions: Permissions;
  /** Who leads the playlist, and the member's own rank. */
  leader: { readonly member: Member; readonly rank: number } | undefined;
  /** The URL of the server that the channel moved to. */
  movedTo: string | undefined = undefined;
  readonly #io: Server;
  /** Whether the mute of a name is a shadow mute. */
  readonly #mutes = new Map<string, boolean>();
  readonly #banned = new Set<string>();
  #history: ChatLine[] = [];
  #countTimer: ReturnType<typeof setTimeout> | undefined;
  #countStale = false;

  constructor(io: Server, settings: RoomSettings) {
    this.#io = io;
    this.settings = settings;
    this.opts = defaultOpts(settings.name);
    this.permissions = new Permissions(settings.registered);
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
    member.emit("setPermissions", this.permissions.ranks);
    member.emit("setPlaylistLocked", this.settings.registered);
    member.emit("emoteList", []);
    if (member.named) this.#restoreMute(member);
    for (const line of this.#history) member.emit("chatMsg", line);
    member.emit("drinkCount", 0);
    member.emit("channelCSSJS", NO_STYLE);
    member.emit("setMotd", this.settings.motd);
    member.emit("channelOpts", this.opts);
    this.sendPlaylist(member);
    for (const [event, payload] of this.playlist.currentEvents()) member.emit(event, payload);
    if (rankKnown) this.sendPlaylist(member);
    if (this.leader) member.emit("setLeader", this.leader.member.name);
    this.#sendUserlist(member);
    this.#countChanged();
    if (!this.settings.registered) member.emit("channelNotRegistered");
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
    if (this.leader?.member === member) this.leader = undefined;
    this.#countChanged();
  }

  kick(member: Member, reason: string): void {
    member.emit("kick", { reason });
    if (member.socket === undefined) this.leave(member);
    else member.socket.disconnect();
  }

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
    for (const { socket } of [...this.members]) {
      if (reason !== undefined) socket?.emit("kick", { reason });
      socket?.disconnect();
    }
  }

  sendPlaylist(member: Member): void {
    for (const [event, payload] of this.playlist.events()) member.emit(event, payload);
  }

  /** Sets the rank that a login gives, and sends the user list again if the member sees more now. */
  setRank(member: Member, rank: number): void {
    const before = member.rank;
    member.rank = rank;
    member.emit("rank", rank);
    if (crosses(before, rank) && member.inRoom) this.#sendUserlist(member);
  }

  /** Changes the rank of a member who is inside. */
  changeRank(member: Member, rank: number): void {
    const before = member.rank;
    member.rank = rank;
    if (crosses(before, rank)) this.#sendUserlist(member);
    member.emit("rank", rank);
  }

  setAfk(member: Member, afk: boolean): void {
    if (member.afk === afk) return;
    member.afk = afk;
    if (afk) member.emit("clearVoteskipVote");
    this.#sendMeta(member);
    this.broadcast("setAFK", { name: member.name, afk });
  }

  say(line: ChatLine): void {
    this.broadcast("chatMsg", line);
    this.#history = [...this.#history, line].slice(-HISTORY_SIZE);
    this.settings.onLine(line);
  }

  /** Shadow-muted and anonymous users get the line as it is, moderators get it marked. */
  sayInShadow(line: ChatLine): void {
    const marked = { ...line, meta: { ...line.meta, shadow: true } };
    for (const member of this.members) {
      if (member.shadowMuted || !member.named) member.emit("chatMsg", line);
      if (member.rank >= MODERATOR_RANK) member.emit("chatMsg", marked);
    }
  }

  clear(by: string): void {
    this.#history = [];
    this.broadcast("clearchat", { clearedBy: by });
    this.whisper(`${by} cleared chat.`, -1);
  }

  /** Mutes a name. A shadow mute is visible to moderators only, and a later mute keeps it. */
  mute(member: Member, shadow: boolean): void {
    const name = member.name.toLowerCase();
    this.#mutes.set(name, shadow || this.#mutes.get(name) === true);
    this.#applyMute(member);
    this.#sendMeta(member, shadow ? MUTE_RANK : undefined);
  }

  unmute(name: string): void {
    this.#mutes.delete(name.toLowerCase());
    const member = this.find(name);
    if (member === undefined) return;
    this.#applyMute(member);
    this.#sendMeta(member);
  }

  isMuted(name: string): boolean {
    return this.#mutes.has(name.toLowerCase());
  }

  close(): void {
    clearTimeout(this.#countTimer);
    this.playlist.close();
  }

  #announce(member: Member): void {
    const others = this.members.filter((other) => other !== member && other.is(member.name));
    for (const other of others) this.kick(other, "Duplicate login");
    member.aliases = [member.name];
    for (const viewer of this.members) viewer.emit("addUser", member.viewFor(viewer));
    this.whisper(`${member.name} joined (aliases: ${member.name})`, MODERATOR_RANK);
  }

  #applyMute(member: Member): void {
    const shadow = this.#mutes.get(member.name.toLowerCase());
    member.muted = shadow !== undefined;
    member.shadowMuted = shadow === true;
  }

  #restoreMute(member: Member): void {
    this.#applyMute(member);
    if (member.muted) this.#sendMeta(member, MUTE_RANK);
  }

  #sendUserlist(viewer: Member): void {
    const named = this.members.filter((member) => member.named);
    viewer.emit("userlist", named.map((member) => member.viewFor(viewer)));
  }

  #sendMeta(member: Member, rank = -Infinity): void {
    for (const viewer of this.members.filter((viewer) => viewer.rank >= rank)) {
      viewer.emit("setUserMeta", { name: member.name, meta: member.metaFor(viewer) });
    }
  }

  /** Sends `usercount` at once, then at most every 10 s. */
  #countChanged(): void {
    this.#countStale = this.#countTimer !== undefined;
    if (this.#countStale) return;
    this.broadcast("usercount", this.members.length);
    this.#countTimer = setTimeout(() => {
      this.#countTimer = undefined;
      if (this.#countStale) this.#countChanged();
    }, USERCOUNT_MS);
  }
}

/** Whether the user list that a member may see changes with the rank. */
function crosses(before: number, after: number): boolean {
  return [MODERATOR_RANK, SITE_RANK].some((edge) => (before < edge) !== (after < edge));
}

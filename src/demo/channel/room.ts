/**
 * The room: who is in it, what was said, and who is told what.
 *
 * @module
 */

import type { Server } from "socket.io";
import type { ChatLine, ChatMeta, DemoMedia } from "./types.ts";
import {
  type ChannelOpts,
  defaultOpts,
  MODERATOR_RANK,
  MUTE_RANK,
  NO_STYLE,
  PERMISSIONS,
  SITE_RANK,
} from "./facts.ts";
import { MediaClock } from "./media.ts";
import type { Member } from "./member.ts";

const ROOM = "channel";
const USERCOUNT_MS = 10_000;

/** What a {@linkcode Room} needs. */
export interface RoomSettings {
  /** The channel's name. */
  readonly name: string;
  /** UTF-16 units. */
  readonly maxMessageLength: number;
  /** Lines a newcomer is shown. */
  readonly historySize: number;
  /** Whether messages are counted. */
  readonly throttle: boolean;
  /** HTML. */
  readonly motd: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Called with every line that everyone received. */
  readonly onLine: (line: ChatLine) => void;
}

/** One channel's state, shared by all its sessions. */
export class Room {
  /** What it was made with. */
  readonly settings: RoomSettings;
  /** Everyone who joined, the anonymous too, in that order. */
  readonly members: Member[] = [];
  /** What moderators can change. */
  readonly opts: ChannelOpts;
  /** What plays. */
  readonly media: MediaClock;
  readonly #io: Server;
  readonly #muted = new Set<string>();
  readonly #shadowMuted = new Set<string>();
  readonly #banned = new Set<string>();
  /** Where the channel is now; undefined: here. */
  movedTo: string | undefined = undefined;
  #history: ChatLine[] = [];
  #countTimer: ReturnType<typeof setTimeout> | undefined;
  #countStale = false;

  /** An empty room. */
  constructor(io: Server, settings: RoomSettings) {
    this.#io = io;
    this.settings = settings;
    this.opts = defaultOpts(settings.name);
    this.media = new MediaClock((event, payload) => this.broadcast(event, payload), settings.now);
  }

  /** Sends one event to everyone in the room, encoded once. */
  broadcast(event: string, payload: unknown): void {
    this.#io.to(ROOM).emit(event, payload);
  }

  /** Tells everyone of at least `rank` something in the server's name. */
  whisper(msg: string, rank: number): void {
    const meta = { addClass: "server-whisper", addClassToNameAndTimestamp: true };
    const line = { username: "[server]", msg, meta, time: this.settings.now() };
    for (const member of this.members) {
      if (member.rank >= rank) member.emit("chatMsg", line);
    }
  }

  /** The member of that name, in any case. */
  find(name: string): Member | undefined {
    return this.members.find((member) => member.named && member.is(name));
  }

  /** Lets a member in: the doubles out, the others told, and everything a newcomer is sent. */
  enter(member: Member, rankKnown: boolean): void {
    member.inRoom = true;
    member.socket?.join(ROOM);
    if (member.named) this.#announce(member);
    this.members.push(member);
    for (const [event, payload] of this.#welcome(member)) member.emit(event, payload);
    for (const [event, payload] of this.media.playlistEvents()) member.emit(event, payload);
    for (const [event, payload] of this.media.currentEvents()) member.emit(event, payload);
    if (rankKnown) this.sendPlaylist(member);
    this.sendUserlist(member);
    this.#countChanged();
  }

  /** A member already in the room has a name now. */
  named(member: Member): void {
    this.#announce(member);
    this.#recallMute(member);
  }

  /** A member is gone. */
  leave(member: Member): void {
    if (!member.inRoom) return;
    member.inRoom = false;
    if (member.named) this.broadcast("userLeave", { name: member.name });
    this.members.splice(this.members.indexOf(member), 1);
    this.#countChanged();
  }

  /** Throws a member out, as a moderator or a second login of the same account does. */
  kick(member: Member, reason: string): void {
    member.emit("kick", { reason });
    if (member.socket === undefined) this.leave(member);
    else member.socket.disconnect();
  }

  /** Bans a name and throws out whoever bears it. */
  ban(name: string): void {
    this.#banned.add(name.toLowerCase());
    const member = this.find(name);
    if (member !== undefined) this.kick(member, "You're banned!");
  }

  /** Whether the name is banned. */
  isBanned(name: string): boolean {
    return this.#banned.has(name.toLowerCase());
  }

  /** Throws everybody out who has a socket: for this reason, or without a word. */
  empty(reason?: string): void {
    for (const member of [...this.members]) {
      if (reason !== undefined && member.socket) this.kick(member, reason);
      else member.socket?.disconnect();
    }
  }

  /** Sends the whole user list to one member. */
  sendUserlist(viewer: Member): void {
    const named = this.members.filter((member) => member.named);
    viewer.emit("userlist", named.map((member) => member.viewFor(viewer)));
  }

  /** Sends the playlist to one member. */
  sendPlaylist(member: Member): void {
    for (const [event, payload] of this.media.playlistEvents()) member.emit(event, payload);
  }

  /** Tells everyone of at least `rank` of a change in a member's `meta`. */
  sendMeta(member: Member, rank = Number.NEGATIVE_INFINITY): void {
    for (const viewer of this.members) {
      if (viewer.rank < rank) continue;
      viewer.emit("setUserMeta", { name: member.name, meta: member.metaFor(viewer) });
    }
  }

  /** Changes a member's rank; the user list is sent again when it now shows more or less. */
  setRank(member: Member, rank: number): void {
    const before = member.rank;
    member.rank = rank;
    member.emit("rank", rank);
    const crossed = [MODERATOR_RANK, SITE_RANK].some((edge) => (before < edge) !== (rank < edge));
    if (crossed && member.inRoom) this.sendUserlist(member);
  }

  /** Marks a member away or back. */
  setAfk(member: Member, afk: boolean): void {
    if (member.afk === afk) return;
    member.afk = afk;
    if (afk) member.emit("clearVoteskipVote");
    this.sendMeta(member);
    this.broadcast("setAFK", { name: member.name, afk });
  }

  /** Broadcasts a line and remembers it for newcomers. */
  say(username: string, msg: string, meta: ChatMeta, time: number): void {
    const line: ChatLine = { username, msg, meta, time };
    this.broadcast("chatMsg", line);
    this.#history.push(line);
    if (this.#history.length > this.settings.historySize) this.#history.shift();
    this.settings.onLine(line);
  }

  /** Empties everyone's chat. */
  clear(by: string): void {
    this.#history = [];
    this.broadcast("clearchat", { clearedBy: by });
    this.whisper(`${by} cleared chat.`, -1);
  }

  /** Mutes a member; in the shadow, so that only moderators see it. The name stays muted. */
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

  /** Whether the name is muted, here or away. */
  isMuted(name: string): boolean {
    return this.#muted.has(name.toLowerCase());
  }

  /** Takes a name off both lists. */
  forgetMute(name: string): void {
    this.#muted.delete(name.toLowerCase());
    this.#shadowMuted.delete(name.toLowerCase());
  }

  /** Plays something, or with null nothing. */
  play(media: DemoMedia | null): void {
    this.media.set(media);
  }

  /** Stops every timer. */
  close(): void {
    clearTimeout(this.#countTimer);
    this.media.close();
  }

  #announce(member: Member): void {
    for (const other of [...this.members]) {
      if (other !== member && other.named && other.is(member.name)) {
        this.kick(other, "Duplicate login");
      }
    }
    if (member.aliases.length === 0) member.aliases = [member.name];
    for (const viewer of this.members) viewer.emit("addUser", member.viewFor(viewer));
    this.whisper(`${member.name} joined (aliases: ${member.aliases.join(",")})`, MODERATOR_RANK);
  }

  #recallMute(member: Member): void {
    const name = member.name.toLowerCase();
    member.muted = this.#muted.has(name);
    member.shadowMuted = this.#shadowMuted.has(name);
    if (member.muted) this.sendMeta(member, MUTE_RANK);
  }

  *#welcome(member: Member): Generator<[string, unknown]> {
    yield ["setPermissions", PERMISSIONS];
    yield ["setPlaylistLocked", true];
    yield ["emoteList", []];
    if (member.named) this.#recallMute(member);
    for (const line of this.#history) yield ["chatMsg", line];
    yield ["drinkCount", 0];
    yield ["channelCSSJS", NO_STYLE];
    yield ["setMotd", this.settings.motd];
    yield ["channelOpts", this.opts];
  }

  /** The number of visitors is told at once, then at most every ten seconds. */
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

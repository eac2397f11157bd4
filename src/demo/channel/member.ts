import type { Socket } from "socket.io";
import { MODERATOR_RANK, SITE_RANK } from "./defaults.ts";
import { ChatThrottle } from "./throttle.ts";

/** A user or an anonymous viewer: a connected socket, or a puppet without one. */
export class Member {
  /** Empty until the login. */
  name = "";
  rank = -1;
  /** -1 anonymous, 0 guest, 1 account, 255 administrator. */
  siteRank = -1;
  registered = false;
  inRoom = false;
  muted = false;
  shadowMuted = false;
  afk = false;
  /** Names from the same address: only the own one, and none before the name is announced. */
  aliases: string[] = [];
  readonly throttle = new ChatThrottle();
  readonly socket: Socket | undefined;

  constructor(socket?: Socket) {
    this.socket = socket;
  }

  get named(): boolean {
    return this.name !== "";
  }

  emit(event: string, ...args: unknown[]): void {
    this.socket?.emit(event, ...args);
  }

  fail(msg: string): void {
    this.emit("errorMsg", { msg });
  }

  is(name: string): boolean {
    return this.name.toLowerCase() === name.toLowerCase();
  }

  outranks(other: Member): boolean {
    return this.rank >= other.rank || this.siteRank > other.siteRank;
  }

  /** The `meta` that `viewer` may see. */
  metaFor(viewer: Member): Record<string, unknown> {
    const { afk, muted, shadowMuted, aliases } = this;
    const isSiteAdmin = viewer.siteRank >= SITE_RANK;
    // A shadow mute is visible to moderators only.
    if (!isSiteAdmin && viewer.rank < MODERATOR_RANK) return { afk, muted: muted && !shadowMuted };
    return { afk, muted, smuted: shadowMuted, aliases, ip: isSiteAdmin ? "127.0.0.1" : "*.*.*.*" };
  }

  /** The entry in `userlist` and `addUser` that `viewer` may see. */
  viewFor(viewer: Member): Record<string, unknown> {
    const { name, rank } = this;
    return { name, rank, profile: { image: "", text: "" }, meta: this.metaFor(viewer) };
  }
}

import type { Socket } from "socket.io";
import { MODERATOR_RANK, SITE_RANK } from "./channel_facts.ts";
import { ChatThrottle } from "./channel_throttle.ts";

/** One user as `userlist` and `addUser` show it. */
export interface UserView {
  readonly name: string;
  readonly rank: number;
  readonly profile: { readonly image: string; readonly text: string };
  readonly meta: Readonly<Record<string, unknown>>;
}

/** One visitor: a connected socket, or a puppet without one. */
export class Member {
  /** Empty until logged in. */
  name = "";
  /** The rank that counts in the channel; -1 until logged in. */
  rank = -1;
  /** The rank on the whole site: -1 anonymous, 0 guest, 1 account, 255 administrator. */
  siteRank = -1;
  registered = false;
  inRoom = false;
  muted = false;
  shadowMuted = false;
  afk = false;
  aliases: string[] = [];
  readonly throttle = new ChatThrottle();
  readonly socket: Socket | undefined;

  constructor(socket?: Socket) {
    this.socket = socket;
  }

  /** Whether a login succeeded. */
  get named(): boolean {
    return this.name !== "";
  }

  /** Sends one event; puppets hear nothing. */
  emit(event: string, ...args: unknown[]): void {
    this.socket?.emit(event, ...args);
  }

  /** Whether this member bears the name, in any case. */
  is(name: string): boolean {
    return this.name.toLowerCase() === name.toLowerCase();
  }

  /** This member's `meta` as `viewer` may see it: moderators see more. */
  metaFor(viewer: Member): Record<string, unknown> {
    const privileged = viewer.siteRank >= SITE_RANK || viewer.rank >= MODERATOR_RANK;
    // Whoever is shadow muted must not learn it from the user list.
    if (!privileged) return { afk: this.afk, muted: this.muted && !this.shadowMuted };
    return {
      afk: this.afk,
      muted: this.muted,
      smuted: this.shadowMuted,
      aliases: this.aliases,
      ip: viewer.siteRank >= SITE_RANK ? "127.0.0.1" : "*.*.*.*",
    };
  }

  /** This member as `viewer` may see it. */
  viewFor(viewer: Member): UserView {
    return {
      name: this.name,
      rank: this.rank,
      profile: { image: "", text: "" },
      meta: this.metaFor(viewer),
    };
  }
}

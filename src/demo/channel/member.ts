import { MODERATOR_RANK, SITE_RANK } from "./facts.ts";
import { ChatThrottle } from "./throttle.ts";

/** What a member's socket is asked to do. */
export interface Wire {
  /** Sends one event. */
  emit(event: string, ...args: unknown[]): unknown;
  /** Receives what is broadcast to `room` from now on. */
  join(room: string): unknown;
  /** Says farewell and closes. */
  disconnect(): unknown;
}

/** One user as `userlist` and `addUser` show it. */
export interface UserView {
  /** As registered. */
  readonly name: string;
  /** The rank in the channel. */
  readonly rank: number;
  /** Always empty here. */
  readonly profile: { readonly image: string; readonly text: string };
  /** Away, muted, and for moderators more. */
  readonly meta: Readonly<Record<string, unknown>>;
}

/** One visitor: a connected socket, or a puppet without one. */
export class Member {
  /** Empty until logged in. */
  name: string = "";
  /** The rank that counts in the channel; -1 until logged in. */
  rank: number = -1;
  /** The rank on the whole site: -1 anonymous, 0 guest, 1 account, 255 administrator. */
  siteRank: number = -1;
  /** Whether it is an account, not a guest. */
  registered: boolean = false;
  /** Whether it has joined. */
  inRoom: boolean = false;
  /** Whether its lines are refused. */
  muted: boolean = false;
  /** Whether its lines only seem to be said. */
  shadowMuted: boolean = false;
  /** Whether it is away. */
  afk: boolean = false;
  /** Other names from the same address; here only its own. */
  aliases: string[] = [];
  /** Counts its messages. */
  readonly throttle: ChatThrottle = new ChatThrottle();
  /** Where its events go; a puppet has none. */
  readonly socket: Wire | undefined;

  /** A visitor without a name yet. */
  constructor(socket?: Wire) {
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

import type { Member } from "./member.ts";

const REGISTERED = {
  "-1": "seeplaylist oplaylistadd pollvote voteskip",
  "0": "chat",
  "1.5": "playlistadd playlistnext playlistmove playlistjump playlistaddlist playlistaddlive " +
    "oplaylistnext oplaylistmove oplaylistjump oplaylistaddlist " +
    "pollctl viewhiddenpoll viewvoteskip mute kick drink",
  "2": "playlistdelete oplaylistdelete playlistaddrawfile playlistshuffle playlistclear " +
    "playlistlock exceedmaxlength exceedmaxitems exceedmaxdurationperuser addnontemp settemp " +
    "ban leaderctl chatclear deletefromchannellib",
  "3": "playlistaddcustom motdedit filteredit filterimport emoteedit emoteimport",
};

const UNREGISTERED = {
  "-1": "seeplaylist playlistadd oplaylistadd pollvote voteskip",
  "0": "playlistnext playlistmove playlistdelete playlistjump playlistaddlist oplaylistnext " +
    "oplaylistmove oplaylistdelete oplaylistjump oplaylistaddlist playlistaddcustom " +
    "playlistaddlive exceedmaxlength addnontemp settemp playlistshuffle playlistclear pollctl " +
    "leaderctl drink chat",
  "1.5": "viewhiddenpoll viewvoteskip",
  "2": "playlistlock chatclear exceedmaxitems deletefromchannellib",
};

/** The rank that each action needs, as `setPermissions` tells it. */
export class Permissions {
  readonly ranks: Record<string, number>;

  /** @param registered A channel that nobody has registered has other ranks, and lacks some. */
  constructor(registered: boolean) {
    const actionsByRank = Object.entries(registered ? REGISTERED : UNREGISTERED);
    this.ranks = Object.fromEntries(
      actionsByRank.flatMap(([rank, actions]) =>
        actions.split(" ").map((action) => [action, Number(rank)])
      ),
    );
  }

  allow(member: Member, action: string): boolean {
    return member.rank >= (this.ranks[action] ?? Infinity);
  }

  /** Changes the ranks of known actions. */
  change(changes: Readonly<Record<string, unknown>>): void {
    for (const [action, rank] of Object.entries(changes)) {
      if (Object.hasOwn(this.ranks, action) && typeof rank === "number") this.ranks[action] = rank;
    }
  }
}

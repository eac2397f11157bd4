import type { Member } from "./member.ts";
import { isPayload } from "./payload.ts";
import type { Room } from "./room.ts";

/** Administrators change permissions and ranks. */
const ADMIN_RANK = 3;
const LEADER_RANK = 1.5;

/** Changes the ranks that actions need, and tells everybody all of them. */
export function setPermissions(room: Room, by: Member, changes: unknown): void {
  if (!isPayload(changes)) return;
  if (by.rank < ADMIN_RANK) return room.kick(by, "Attempted setPermissions as a non-admin");
  room.permissions.change(changes);
  if ("seeplaylist" in changes) { for (const member of room.members) room.sendPlaylist(member); }
  room.broadcast("setPermissions", room.permissions.ranks);
}

/** Changes a member's rank until the member leaves. */
export function setChannelRank(room: Room, by: Member, asked: unknown): void {
  if (!isPayload(asked) || by.rank < ADMIN_RANK) return;
  const { name, rank } = asked;
  if (typeof name !== "string" || typeof rank !== "number") return;
  const member = room.find(name);
  if (!member || rank < 1 || Math.max(rank, member.rank) >= by.rank) {
    return by.emit("channelRankFail", { msg: "Updating user rank failed" });
  }
  room.changeRank(member, rank);
  room.broadcast("setUserRank", { name, rank });
}

/** Names the leader of the playlist, or takes the lead from everybody with an empty name. */
export function assignLeader(room: Room, by: Member, name: string): void {
  if (!room.permissions.allow(by, "leaderctl")) {
    return room.kick(by, "Attempted assignLeader without sufficient permission");
  }
  const { leader } = room;
  if (leader) {
    room.leader = undefined;
    if (leader.member.rank === LEADER_RANK) room.changeRank(leader.member, leader.rank);
    room.broadcast("setUserRank", { name: leader.member.name, rank: leader.member.rank });
  }
  if (name === "") return room.broadcast("setLeader", "");
  const member = room.members.find((member) => member.name === name);
  if (!member) return by.fail(`Unable to assign leader: could not find user ${name}`);
  room.leader = { member, rank: member.rank };
  if (member.rank < LEADER_RANK) room.changeRank(member, LEADER_RANK);
  room.broadcast("setLeader", name);
  if (member.rank === LEADER_RANK) room.broadcast("setUserRank", { name, rank: LEADER_RANK });
}

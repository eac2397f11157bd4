import { assertEquals } from "@std/assert";
import { Room } from "../../src/chat/room.ts";
import type { ChannelUser, Media } from "../../src/cytube/events.ts";
import { FakeClock } from "../fakes/clock.ts";
import { test } from "../testing.ts";

const user = (name: string, more: Partial<ChannelUser> = {}): ChannelUser => ({
  name,
  rank: 1,
  afk: false,
  muted: false,
  ...more,
});

const FILM: Media = {
  id: "x1",
  type: "yt",
  title: "A film",
  seconds: 90,
  currentTime: -3,
  paused: true,
};

function roomOf(...users: ChannelUser[]): Room {
  const room = new Room();
  room.update({ type: "userlist", users });
  return room;
}

test("is empty at first", () => {
  const room = new Room();
  assertEquals(room.size, 0);
  assertEquals(room.media, null);
  assertEquals(room.rank, -1);
  assertEquals(room.antiflood.enabled, false);
});

test("tracks joins and leaves, in any case of the names", () => {
  const room = roomOf(user("Alice"), user("bob"));
  assertEquals(room.size, 2);
  room.update({ type: "addUser", user: user("Carol", { rank: 2 }) });
  room.update({ type: "userLeave", name: "BOB" });
  assertEquals(room.size, 2);
  assertEquals(room.user("CAROL"), user("Carol", { rank: 2 }));
  assertEquals(room.user("bob"), undefined);
  room.update({ type: "userLeave", name: "nobody" });
  assertEquals(room.size, 2);
});

test("lists a user who logs in twice once", () => {
  const room = roomOf(user("Alice"));
  room.update({ type: "addUser", user: user("alice", { afk: true }) });
  assertEquals(room.size, 1);
  assertEquals(room.user("Alice"), user("alice", { afk: true }));
  room.update({ type: "userLeave", name: "Alice" });
  room.update({ type: "addUser", user: user("Alice") });
  assertEquals(room.size, 1);
});

test("replaces the users with each user list", () => {
  const room = roomOf(user("alice"), user("bob"));
  room.update({ type: "userlist", users: [user("carol")] });
  assertEquals(room.size, 1);
  assertEquals(room.user("alice"), undefined);
});

test("ignores changes of users who are not here", () => {
  const room = roomOf(user("Alice"));
  room.update({ type: "setUserRank", name: "aLICE", rank: 3 });
  room.update({ type: "setUserMeta", name: "alice", afk: true, muted: true });
  assertEquals(room.user("alice"), user("Alice", { rank: 3, afk: true, muted: true }));
  room.update({ type: "setAFK", name: "alice", afk: false });
  assertEquals(room.user("alice"), user("Alice", { rank: 3, afk: false, muted: true }));
  room.update({ type: "setUserRank", name: "offline", rank: 3 });
  room.update({ type: "setUserMeta", name: "offline", afk: true, muted: true });
  room.update({ type: "setAFK", name: "offline", afk: true });
  assertEquals(room.size, 1);
});

test("bounds the number of users and keeps tracking the known ones", () => {
  const room = roomOf();
  const users = Array.from({ length: 10_001 }, (_, at) => user(`guest${at}`));
  room.update({ type: "userlist", users });
  room.update({ type: "addUser", user: user("late") });
  room.update({ type: "addUser", user: user("guest0", { rank: 3 }) });
  assertEquals([room.size, room.user("late"), room.user("guest0")?.rank], [
    10_000,
    undefined,
    3,
  ]);
  room.update({ type: "userLeave", name: "guest1" });
  room.update({ type: "addUser", user: user("late") });
  assertEquals(room.user("late")?.name, "late");
});

test("recognizes the bot in any case of its name", () => {
  const room = roomOf();
  room.ownName = "Rosey";
  assertEquals(["rosey", "ROSEY", "Rosey_", "rose"].map((name) => room.isSelf(name)), [
    true,
    true,
    false,
    false,
  ]);
});

test("tracks the bot's rank and the flood limits", () => {
  const room = roomOf();
  const antiflood = { enabled: true, burst: 4, perSecond: 1, resetSeconds: 4 };
  room.update({ type: "rank", rank: 2 });
  room.update({ type: "channelOpts", antiflood });
  assertEquals(room.rank, 2);
  assertEquals(room.antiflood, antiflood);
});

test("tracks the current media and its position", () => {
  const clock = new FakeClock();
  const room = new Room(clock);
  room.update({ type: "mediaUpdate", currentTime: 5, paused: false });
  assertEquals(room.media, null);
  room.update({ type: "changeMedia", media: FILM });
  clock.advance(60_000);
  assertEquals(room.media, { ...FILM, currentTime: 0 });
  room.update({ type: "mediaUpdate", currentTime: 5, paused: false });
  clock.advance(2500);
  assertEquals(room.media, { ...FILM, currentTime: 7.5, paused: false });
});

test("clears the media only when the playlist is empty", () => {
  const room = new Room();
  room.update({ type: "changeMedia", media: { ...FILM, seconds: 0 } });
  room.update({ type: "setPlaylistMeta", count: 1 });
  assertEquals(room.media?.title, "A film");
  room.update({ type: "setPlaylistMeta", count: 0 });
  assertEquals(room.media, null);
});

test("drops media that ended a while ago, but not live or paused media", () => {
  const playing = (media: Partial<Media>, ms: number) => {
    const clock = new FakeClock();
    const room = new Room(clock);
    room.update({ type: "changeMedia", media: { ...FILM, paused: false, ...media } });
    clock.advance(ms);
    return room.media !== null;
  };
  assertEquals(playing({ currentTime: 0 }, 120_000), true);
  assertEquals(playing({ currentTime: 0 }, 120_001), false);
  assertEquals(playing({ seconds: 0 }, 1e9), true);
  assertEquals(playing({ paused: true }, 1e9), true);
});

test("keeps what a channel told before the login, and forgets it with the connection", () => {
  const room = new Room();
  const poll = { title: "Which?", options: [{ text: "a", votes: "0" }] };
  const connect = () => room.update({ type: "rank", rank: -1 });
  connect();
  room.update({ type: "newPoll", poll });
  room.update({ type: "channelNotRegistered" });
  room.update({ type: "setLeader", name: "bob" });
  room.update({ type: "login", ok: true, name: "Rosey", error: "" });
  assertEquals([room.poll, room.registered, room.leader], [poll, false, "bob"]);
  connect();
  assertEquals([room.poll, room.registered, room.leader], [undefined, true, ""]);
});

test("knows the limit of a line, and makes no use of a longer one", () => {
  const room = new Room();
  assertEquals(room.maxLineUnits, 320);
  room.setLineLimit(200);
  assertEquals(room.maxLineUnits, 200);
  room.setLineLimit(1000);
  assertEquals(room.maxLineUnits, 320);
});

import { assertEquals, assertMatch } from "@std/assert";
import { Room } from "../../src/chat/room.ts";
import { roomFacts } from "../../src/chat/room_facts.ts";
import { test } from "../testing.ts";

function roomWithAll(): Room {
  const room = new Room();
  const items = ["A film", "Another\nfilm"].map((title, uid) => ({ uid, title, addedBy: "bob" }));
  room.update({ type: "playlist", items });
  room.update({ type: "setCurrent", uid: 0 });
  const options = [{ text: "Nosferatu", votes: "2" }, { text: "Metropolis", votes: "1?" }];
  room.update({ type: "newPoll", poll: { title: "What next?", options } });
  room.update({ type: "setMotd", motd: "No spoilers.\nBe nice." });
  return room;
}

test("tells only what the question is about", () => {
  const room = roomWithAll();
  const facts = (question: string, room: Room) =>
    roomFacts(question, { room, people: ["alice", "bob"], wallMs: Date.UTC(2026, 10, 24, 5, 22) });
  const next = "Next: Another film, added by bob.";
  const poll = "Poll: What next?: Nosferatu (2), Metropolis (1?).";
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ["rosey, how are you?", []],
    ["rosey, what's next?", [next]],
    ["rosey, was kommt danach?", [next]],
    ["rosey, was this added by bob?", ["What plays was added by bob."]],
    ["rosey, is there a poll?", [poll]],
    ["rosey, who is here?", ["Here: alice, bob."]],
    ["rosey, ¿quién está aquí?", ["Here: alice, bob."]],
    ["rosey, wer ist da?", ["Here: alice, bob."]],
    ["rosey, what are the rules?", ["Message of the day: No spoilers. Be nice."]],
    ["rosey, what do we vote for next?", [next, poll]],
    ["rosey, that is nextdoor", []],
    ["rosey, whoever thought of daylight timely was nicely voted", []],
  ];
  for (const [question, expected] of cases) assertEquals(facts(question, room), expected, question);
  assertEquals(facts("next, added, poll or rules?", new Room()), ["There is no poll."]);
  room.update({ type: "closePoll" });
  assertEquals(facts("the poll?", room), ["There is no poll."]);
});

test("tells the time when it is asked for, and at most twenty names", () => {
  const people = Array.from({ length: 25 }, (_, n) => `u${n}`);
  const options = { room: new Room(), people, wallMs: Date.UTC(2026, 10, 24, 5, 22) };
  const [time, ...more] = roomFacts("what time is it?", options);
  assertMatch(time!, /^It is Tuesday,? 24 November 2026 at \d\d:22\.$/);
  assertEquals(more, []);
  assertMatch(roomFacts("who?", options)[0]!, /^Here: u0, u1, .*, u19 and 5 more\.$/);
  assertEquals(roomFacts("who?", { ...options, people: [] }), []);
});

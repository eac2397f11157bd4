import { assertEquals, assertLessOrEqual, assertMatch } from "@std/assert";
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
    roomFacts(question, {
      room,
      people: ["alice", "bob"],
      isHidden: () => false,
      wallMs: Date.UTC(2026, 10, 24, 5, 22),
    });
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
  const wallMs = Date.UTC(2026, 10, 24, 5, 22);
  const options = { room: new Room(), people, isHidden: () => false, wallMs };
  const [time, ...more] = roomFacts("what time is it?", options);
  assertMatch(time!, /^It is Tuesday,? 24 November 2026 at \d\d:22\.$/);
  assertEquals(more, []);
  assertMatch(roomFacts("who?", options)[0]!, /^Here: u0, u1, .*, u19 and 5 more\.$/);
  assertEquals(roomFacts("who?", { ...options, people: [] }), []);
});

test("does not name who opted out as who added an item", () => {
  const isHidden = (name: string) => name === "bob";
  const options = { room: roomWithAll(), people: [], isHidden, wallMs: 0 };
  assertEquals(roomFacts("who added it, and what is next?", options), ["Next: Another film."]);
});

test("bounds a poll and all facts together", () => {
  const room = roomWithAll();
  const options = Array.from({ length: 50 }, () => ({ text: "o".repeat(300), votes: "3" }));
  room.update({ type: "newPoll", poll: { title: "t".repeat(300), options: options.slice(0, 2) } });
  const people = Array.from({ length: 20 }, (_, n) => `${n}`.padStart(20, "u"));
  const about = { room, people, isHidden: () => false, wallMs: 0 };
  const option = `${"o".repeat(60)} (3)`;
  assertEquals(roomFacts("poll?", about), [`Poll: ${"t".repeat(100)}: ${option}, ${option}.`]);
  room.update({ type: "newPoll", poll: { title: "t".repeat(300), options } });
  const [poll] = roomFacts("poll?", about);
  assertMatch(poll!, /^Poll: t{100}: (?:o{60} \(3\), ){5}.*…$/);
  assertLessOrEqual(poll!.length, 500);
  room.update({ type: "setMotd", motd: "m".repeat(1000) });
  const all = roomFacts("who is here, what time, what next, whose poll, which rules?", about);
  assertLessOrEqual(all.join(" ").length, 800);
  assertMatch(all.join(" "), /^It is .* Here: .* What plays was added by bob\.$/);
});

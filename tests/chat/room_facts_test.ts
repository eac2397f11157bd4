import { assertEquals } from "@std/assert";
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
  const next = "Next: Another film, added by bob.";
  const poll = "Poll: What next?: Nosferatu (2), Metropolis (1?).";
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ["rosey, how are you?", []],
    ["rosey, what's next?", [next]],
    ["rosey, was kommt danach?", [next]],
    ["rosey, who added this?", ["What plays was added by bob."]],
    ["rosey, who wins the poll?", [poll]],
    ["rosey, what are the rules?", ["Message of the day: No spoilers. Be nice."]],
    ["rosey, what do we vote for next?", [next, poll]],
    ["rosey, that is nextdoor", []],
  ];
  for (const [question, facts] of cases) assertEquals(roomFacts(question, room), facts, question);
  assertEquals(roomFacts("next, added, poll or rules?", new Room()), ["There is no poll."]);
  room.update({ type: "closePoll" });
  assertEquals(roomFacts("the poll?", room), ["There is no poll."]);
});

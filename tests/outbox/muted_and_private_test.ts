import { assertEquals } from "@std/assert";
import { Room } from "../../src/chat/room.ts";
import { routeToOutbox } from "../../src/event_router.ts";
import { test } from "../testing.ts";
import { dropped, isSettled, outboxOf } from "./outbox.ts";

test("a muted outbox sends private messages only", () => {
  const { outbox, sent, echo } = outboxOf();
  outbox.say(["a1", "a2"]);
  outbox.say(["p1", "p2"], { to: "alice" });
  outbox.say(["b1"]);
  assertEquals(outbox.muted, false);
  outbox.mute("You have been muted on this channel.", { answer: true });
  assertEquals(outbox.muted, true);
  outbox.say(["c1"]);
  assertEquals(sent, ["a1", "alice: p1"]);
  echo();
  echo();
  assertEquals(sent, ["a1", "alice: p1", "alice: p2"]);
  assertEquals(outbox.report.dropped, dropped({ "muted": 4 }));
  outbox.say(["p3"], { to: "alice" });
  // A late answer to a line of the room says nothing about it.
  outbox.mute("You have been muted on this channel.", { answer: true });
  assertEquals(outbox.report.waiting, 1);
  echo();
  outbox.unmute();
  outbox.say(["d1"]);
  assertEquals(sent.at(-1), "d1");
});

test("outbox waits for the echo of the sent line after a mute", async () => {
  const { outbox, sent, echo } = outboxOf();
  outbox.say(["a1", "a2"]);
  outbox.mute("a moderator said so");
  const drained = outbox.drained();
  assertEquals(await isSettled(drained), false);
  echo();
  await drained;
  assertEquals(sent, ["a1"]);
  assertEquals(outbox.report.said, 1);
  assertEquals(outbox.report.dropped, dropped({ "muted": 1 }));
});

test("outbox is unmuted after a rejoin until the channel says otherwise", () => {
  const { outbox, sent } = outboxOf();
  outbox.mute("a moderator said so");
  outbox.close();
  outbox.open();
  outbox.say(["a1"]);
  assertEquals(sent, ["a1"]);
});

test("outbox confirms each private message by its own copy", () => {
  const { outbox, clock, sent } = outboxOf();
  outbox.say(["the same"], { to: "alice" });
  outbox.say(["the same"], { to: "bob" });
  outbox.say(["the same"]);
  outbox.echoed({ text: "the same" });
  outbox.echoed({ text: "the same", to: "bob" });
  clock.advance(2000);
  assertEquals(sent, ["alice: the same"]);
  // The server answers with the name in its own case.
  outbox.echoed({ text: "the same", to: "Alice" });
  outbox.echoed({ text: "the same", to: "bob" });
  assertEquals(sent, ["alice: the same", "bob: the same", "the same"]);
});

test("an errorMsg drops only a line of the kind that it is about", () => {
  const { outbox, sent } = outboxOf();
  const presence = new Room();
  const errorMsg = (message: string) =>
    routeToOutbox(outbox, { type: "errorMsg", message }, { live: true, presence });
  const gone = "PM failed: alice isn't connected to this channel.";
  errorMsg(gone);
  outbox.say(["p1", "p2"], { to: "alice" });
  outbox.say(["a1"]);
  errorMsg("You do not have permission to kick bob");
  assertEquals(sent, ["alice: p1"]);
  errorMsg(gone);
  assertEquals(sent, ["alice: p1", "a1"]);
  errorMsg(gone);
  assertEquals(outbox.report.dropped, dropped({ "refused": 2 }));
  errorMsg("Unexpected error for message chatMsg: Missing key: string:msg");
  assertEquals(outbox.report.dropped, dropped({ "refused": 3 }));
});

test("private messages are bound by the server's limits only", () => {
  const { outbox, clock, sent, echo } = outboxOf();
  outbox.setLimits({ enabled: true, burst: 2, perSecond: 1, resetSeconds: 4 }, 1);
  outbox.say(["p1", "p2", "p3", "p4"], { to: "alice" });
  for (let line = 0; line < 4; line++) echo();
  assertEquals(sent.length, 4);
  // They have spent the room's burst.
  outbox.say(["a1"]);
  clock.advance(1000);
  assertEquals(sent.length, 4);
  clock.advance(50);
  assertEquals(sent.at(-1), "a1");
});

test("withdraw drops the lines that wait for the room", () => {
  const { outbox, sent, echo } = outboxOf();
  outbox.say(["a1", "a2"]);
  outbox.say(["p1"], { to: "alice" });
  outbox.withdraw("a moderator wants silence");
  outbox.say(["b1"]);
  for (let line = 0; line < 3; line++) echo();
  assertEquals(sent, ["a1", "alice: p1", "b1"]);
  assertEquals(outbox.report.dropped, dropped({ "withdrawn": 1 }));
});

for (const silence of ["withdraw", "mute"] as const) {
  const reason = silence === "mute" ? "muted" : "withdrawn";
  test(`a line lost by the server is not sent again after a ${silence}`, () => {
    const { outbox, clock, sent, echo } = outboxOf();
    outbox.say(["a1", "a2"]);
    outbox[silence]("a moderator wants silence");
    outbox.cooldown(1000);
    outbox.unmute();
    outbox.say(["b1"]);
    clock.advance(2000);
    echo();
    assertEquals(sent, ["a1", "b1"]);
    assertEquals(outbox.report.dropped, dropped({ [reason]: 2 }));
    assertEquals(outbox.report.delayed, 0);
  });
}

test("a private message lost by the server is sent again after a withdraw", () => {
  const { outbox, clock, sent } = outboxOf();
  outbox.say(["p1"], { to: "alice" });
  outbox.withdraw("a moderator wants silence");
  outbox.cooldown(1000);
  clock.advance(2000);
  assertEquals(sent, ["alice: p1", "alice: p1"]);
});

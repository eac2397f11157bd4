import { assertEquals } from "@std/assert";
import { account, type Evidence } from "../../tools/soak/account.ts";
import type { SoakReply } from "../../tools/soak/model.ts";
import { test } from "../testing.ts";

const LOG = "2026-01-01T00:00:00.000Z INFO ";
const trigger = (user: string, ask: number) =>
  `${LOG} LLM trigger: user=${user}, message="Rosey, ask ${ask}: what is on?"`;
const later = (user: string, ask: number) =>
  `${LOG} LLM trigger: user=${user}, message="line ${ask}: hello"`;
const heard = (user: string, ask: number) => `<${user}> Rosey, ask ${ask}: what is on?`;

/** Two users asked; each got a reply of three words in two lines. */
const GOOD: Evidence = {
  mentions: new Map([[0, "user001"], [2, "user002"]]),
  repeated: [],
  said: ["q0w0 q0w1", "q0w2", "q1w0 q1w1", "q1w2"],
  replies: [{ words: 3, asks: [0] }, { words: 3, asks: [2] }],
  log: [trigger("user001", 0), trigger("user002", 2)],
  chatLog: [heard("user001", 0), "<user003> line 1: hello", heard("user002", 2)],
};

function faults(change: Partial<Evidence>) {
  const { duplicates, outOfOrder, overLimit, unexplained } = account({ ...GOOD, ...change });
  return { duplicates, outOfOrder, overLimit, unexplained };
}

const NONE = { duplicates: [], outOfOrder: [], overLimit: [], unexplained: [] };

test("soak account: complete replies are answers, and two questions may share one", () => {
  assertEquals(faults({}), NONE);
  const { answered, heard: lines, heardMentions, gaps, reasons } = account(GOOD);
  assertEquals({ answered, lines, heardMentions, gaps }, {
    answered: 2,
    lines: 3,
    heardMentions: 2,
    gaps: 0,
  });
  assertEquals(reasons.size, 0);
  const shared = { ...GOOD, said: ["q0w0 q0w1 q0w2"], replies: [{ words: 3, asks: [0, 2] }] };
  assertEquals(account(shared).unexplained, ["reply 0 answers 0, 2"]);
  const ofOne = account({
    ...shared,
    mentions: new Map([[0, "user001"], [2, "user001"]]),
    log: [trigger("user001", 0), trigger("user001", 2)],
    chatLog: [heard("user001", 0), heard("user001", 2)],
  });
  assertEquals([ofOne.answered, ofOne.merged, ofOne.unexplained], [1, 1, []]);
});

test("soak account: finds lines that are duplicate, out of order, too long or of no reply", () => {
  const twice = ["q0w0 q0w1", "q0w2", "q0w2", "q1w0 q1w1", "q1w2"];
  assertEquals(faults({ said: twice }), { ...NONE, duplicates: ["q0w2"] });
  const late = ["q0w0 q0w1", "q1w0 q1w1", "q0w2", "q1w2"];
  assertEquals(faults({ said: late }), { ...NONE, outOfOrder: ["q0w2"] });
  const long = Array.from({ length: 60 }, (_, word) => `q0w${word}`).join(" ");
  assertEquals(
    faults({
      said: [long, ...GOOD.said.slice(2)],
      replies: [{ words: 60, asks: [0] }, GOOD.replies[1]!],
    }),
    { ...NONE, overLimit: [long] },
  );
  const foreign = [...GOOD.said, "q1w2 q1w4"];
  assertEquals(faults({ said: foreign }), {
    ...NONE,
    unexplained: ["line that no reply has: q1w2 q1w4"],
  });
});

test("soak account: finds a word that was neither sent nor dropped with a reason", () => {
  const said = GOOD.said.slice(0, 3);
  assertEquals(faults({ said }).unexplained, [
    "word 2 of reply 1 is neither said nor in the log",
  ]);
  const why = `${LOG} Line not said: it waited too long: "q1w2"`;
  const { unexplained, reasons, answered, notSaid } = account({
    ...GOOD,
    said,
    log: [...GOOD.log, why],
  });
  assertEquals(unexplained, []);
  assertEquals([...reasons], [["the rest of the reply was not said: it waited too long", 1]]);
  assertEquals([answered, notSaid], [1, 1]);
  const hole = [GOOD.said[0]!, GOOD.said[1]!, GOOD.said[3]!];
  const first = `${LOG} Line not said: no echo came within 5 s: "q1w0 q1w1"`;
  assertEquals(faults({ said: hole, log: [...GOOD.log, first] }).outOfOrder, [
    "reply 1 has a hole at 0",
  ]);
});

test("soak account: a question without a reply needs a logged reason", () => {
  const replies = GOOD.replies.slice(0, 1);
  const said = GOOD.said.slice(0, 2);
  assertEquals(faults({ said, replies }).unexplained, [
    "question 2 was heard and has no reply",
  ]);
  const log = [trigger("user001", 0), `${LOG} No answer for user002: queue full`];
  const refused = account({ ...GOOD, said, replies, log });
  assertEquals(refused.unexplained, []);
  assertEquals([...refused.reasons], [["queue full", 1]]);
  const stale = [...GOOD.log, `${LOG} No answer for user002: waited too long`];
  assertEquals([...account({ ...GOOD, said, replies, log: stale }).reasons], [
    ["waited too long", 1],
  ]);
  const stranger = [...GOOD.log, `${LOG} No answer for user003: queue full`];
  assertEquals(faults({ log: stranger }).unexplained, [
    "no question of user003 was refused: queue full",
  ]);
});

test("soak account: a line not received is a gap, a line out of order is a fault", () => {
  const chatLog = [GOOD.chatLog[0]!, GOOD.chatLog[2]!];
  assertEquals(account({ ...GOOD, chatLog }).gaps, 1);
  assertEquals(faults({ chatLog: [...GOOD.chatLog, "<user003> line 1: hello"] }).unexplained, [
    "line 1 was heard after line 2",
  ]);
});

test("soak account: a reply may be asked anew with one more question, and is not said then", () => {
  const first = { words: 3, asks: [0] };
  const both = { words: 3, asks: [0, 3] };
  const change = {
    replies: [first, both, GOOD.replies[1]!],
    said: ["q1w0 q1w1", "q1w2", "q2w0 q2w1 q2w2"],
    log: [...GOOD.log, later("user001", 3)],
    chatLog: [...GOOD.chatLog, "<user001> line 3: hello"],
  };
  assertEquals(faults(change), NONE);
  const { answered, continued, merged, superseded, begun } = account({ ...GOOD, ...change });
  assertEquals({ answered, continued, merged, superseded, begun }, {
    answered: 2,
    continued: 1,
    merged: 1,
    superseded: 1,
    begun: 2,
  });
  assertEquals(faults({ ...change, said: ["q0w0", ...change.said] }).unexplained, [
    "reply 0 was said and asked anew",
  ]);
  // A request that was cancelled arrives late.
  const late = {
    ...change,
    replies: [both, first, GOOD.replies[1]!],
    said: ["q0w0 q0w1", "q0w2", "q2w0 q2w1 q2w2"],
  };
  assertEquals(faults(late), NONE);
  assertEquals(account({ ...GOOD, ...late }).superseded, 1);
  const again = { ...change, replies: [first, first, GOOD.replies[1]!] };
  assertEquals(faults(again).unexplained, [
    "replies 0 and 1 answer one question: 0; 0",
    "word 0 of reply 0 is neither said nor in the log",
    "question 3 was heard and has no reply",
  ]);
});

test("soak account: a question of the history needs an answer or a reason, too", () => {
  const chatLog = GOOD.chatLog.slice(1);
  assertEquals(faults({ chatLog, repeated: [0] }), NONE);
  assertEquals(account({ ...GOOD, chatLog, repeated: [0] }).heardMentions, 2);
  const lost = { chatLog, repeated: [0], replies: [] as SoakReply[], said: [] };
  const log = [GOOD.log[1]!, `${LOG} No answer for user002: waited too long`];
  assertEquals(faults({ ...lost, log }).unexplained, ["question 0 was heard and has no reply"]);
  const busy = account({
    ...GOOD,
    ...lost,
    log: [...log, `${LOG} No answer for user001: busy`],
  });
  assertEquals(busy.unexplained, []);
  assertEquals([...busy.reasons], [["busy", 1], ["waited too long", 1]]);
  assertEquals(faults({ repeated: [0] }).unexplained.at(0), "a line was heard and repeated");
});

test("soak account: only a line of a moment later can go on with a question, and be refused", () => {
  const muted = (seconds: number) =>
    `2026-01-01T00:00:0${seconds}.000Z INFO  No answer for user002: muted`;
  const refused = account({ ...GOOD, log: [...GOOD.log, muted(3)] });
  assertEquals([refused.unexplained, refused.continued], [[], 1]);
  assertEquals(faults({ log: [...GOOD.log, muted(4)] }).unexplained, [
    "no question of user002 was refused: muted",
  ]);
});

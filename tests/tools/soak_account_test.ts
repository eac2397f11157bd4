import { assertEquals } from "@std/assert";
import { account, type Evidence } from "../../tools/soak/account.ts";
import { test } from "../testing.ts";

const LOG = "2026-01-01T00:00:00.000Z INFO ";
const trigger = (user: string, ask: number) =>
  `${LOG} LLM trigger: user=${user}, message="Rosey, ask ${ask}: what is on?"`;
const heard = (user: string, ask: number) => `<${user}> Rosey, ask ${ask}: what is on?`;

/** Two users asked; each got a reply of three words in two lines. */
const GOOD: Evidence = {
  mentions: new Map([[0, "user001"], [2, "user002"]]),
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
  const { answered, heard, heardMentions, gaps, reasons } = account(GOOD);
  assertEquals({ answered, heard, heardMentions, gaps }, {
    answered: 2,
    heard: 3,
    heardMentions: 2,
    gaps: 0,
  });
  assertEquals(reasons.size, 0);
  const shared = account({
    ...GOOD,
    said: ["q0w0 q0w1 q0w2"],
    replies: [{ words: 3, asks: [0, 2] }],
  });
  assertEquals([shared.answered, shared.merged, shared.unexplained], [1, 1, []]);
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
    "reply 1 has a hole at word 0",
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

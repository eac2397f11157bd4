import { assert, assertEquals, assertMatch } from "@std/assert";
import { Account } from "../../tools/chaos/account.ts";
import { ChaosModel, wordsOf } from "../../tools/chaos/model.ts";
import { planOf } from "../../tools/chaos/responses.ts";
import {
  CHANNEL_FAULTS,
  HOST_FAULTS,
  MODEL_FAULTS,
  type Round,
  schedule,
} from "../../tools/chaos/schedule.ts";
import { firstFault, growthOf, type Verdict, verdictLine } from "../../tools/chaos/verdict.ts";
import { test } from "../testing.ts";

function take(rounds: Generator<Round>, count: number): Round[] {
  return Array.from({ length: count }, () => rounds.next().value!);
}

test("chaos schedule: a short run has each kind of fault, with every seed", () => {
  for (let seed = 0; seed < 50; seed++) {
    const faults = [...schedule(seed, {})].flat();
    for (const kind of [...MODEL_FAULTS, ...CHANNEL_FAULTS, ...HOST_FAULTS]) {
      assertEquals(faults.filter((fault) => fault.kind === kind).length, 1, `${kind}, ${seed}`);
    }
  }
});

test("chaos schedule: the seed alone decides, and a long run has no end and three kicks", () => {
  const size = { minutes: 10 };
  assertEquals(take(schedule(7, size), 200), take(schedule(7, size), 200));
  assert(
    JSON.stringify(take(schedule(7, size), 9)) !== JSON.stringify(take(schedule(8, size), 9)),
  );
  const kicks = take(schedule(7, size), 200).flat().filter(({ kind }) => kind === "kicked");
  assertEquals(kicks.length, 3);
});

const LOG = "2026-01-01T00:00:00.000Z INFO ";

function play(run: (account: Account) => void): { account: Account; violations: string[] } {
  const violations: string[] = [];
  const account = new Account({ onViolation: (what) => violations.push(what) });
  account.asked(1, { user: "asker1", atMs: 1000, wasHeard: true });
  account.asked(2, { user: "asker2", atMs: 2000, wasHeard: true });
  run(account);
  account.close();
  return { account, violations };
}

test("chaos account: each question is answered once, in several lines, or explained", () => {
  const { account, violations } = play((account) => {
    account.said("q1r0w0ü q1r0w1ü", 1100);
    account.said("q1r0w2ü", 1200);
    account.logged(`${LOG} No answer for asker2: queue full`);
  });
  assertEquals(violations, []);
  assertEquals([account.questions, account.answered, account.lastAnswerMs], [2, 1, 1100]);
  assertEquals([...account.explained], [["queue full", 1]]);
});

test("chaos account: a question without an answer needs a reason", () => {
  assertEquals(play(() => {}).violations, [
    "the question of asker1 has no answer and no reason",
    "the question of asker2 has no answer and no reason",
  ]);
  const { account, violations } = play((account) => {
    account.logged(`${LOG} Line not said: no echo came within 5 s: "q1r0w0ü"`);
    account.decided({ user: "asker2", outcome: "waiting", detail: "" });
    account.decided({ user: "asker2", outcome: "model failed", detail: "connection refused" });
    account.asked(3, { user: "asker3", atMs: 3000, wasHeard: false });
    account.asked(4, { user: "asker4", atMs: 4000, wasHeard: true });
    account.lost(4100);
  });
  assertEquals(violations, []);
  assertEquals([...account.explained], [
    ["no echo came within N s", 1],
    ["model failed", 1],
    ["the bot was not in the channel", 1],
    ["the connection was lost", 1],
  ]);
});

test("chaos account: finds what is said twice, by two replies, of nobody or as a command", () => {
  const found = (...lines: string[]) =>
    play((account) => {
      for (const line of ["q1r0w0ü", "q2r1w0ü", ...lines]) account.said(line, 3000);
    }).violations;
  assertEquals(found(), []);
  assertEquals(found("q1r0w0ü"), ['said twice: "q1r0w0ü"']);
  assertEquals(found("q1r2w0ü"), ['question 1 has two replies: "q1r2w0ü"']);
  assertEquals(found("q1r0w1ü q2r1w1ü"), ['a line of two replies: "q1r0w1ü q2r1w1ü"']);
  assertEquals(found("q9r9w0ü"), ['nobody asked: "q9r9w0ü"']);
  assertEquals(found("Hello."), ['a line that no reply has: "Hello."']);
  const sent = play((account) => {
    for (const msg of ["/afk", "q1r0w0ü", "/kick bob q2r1w0ü"]) account.sent(msg);
    account.said("q1r0w0ü", 1);
    account.said("q2r1w0ü", 1);
  });
  assertEquals(sent.violations, ['command: "/kick bob q2r1w0ü"']);
});

test("chaos account: an answer to an older question does not end the wait for one", async () => {
  const { promise, resolve } = Promise.withResolvers<number>();
  play((account) => {
    account.answeredSince(1500).then(resolve);
    account.said("q1r0w0ü", 1600);
    account.said("q2r1w0ü", 2100);
  });
  assertEquals(await promise, 2100);
});

test("chaos model: a reply has the numbers of its question, and the bot's own probe a greeting", () => {
  const model = new ChaosModel(() => 0);
  const ask = (text: string) => model.reply([{ content: text }]);
  assertEquals(ask("Say hello."), "Hello.");
  const words = wordsOf(ask("asker7: Rosey, ask 7: what is on?"));
  assertEquals(words.slice(0, 2), [
    { question: 7, reply: 0, at: 0 },
    { question: 7, reply: 0, at: 1 },
  ]);
});

const bytes = (text: string) => Uint8Array.from(new TextEncoder().encode(text));
const WHOLE = bytes(
  "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: Grüße an alle\n\n",
);

test("chaos responses: cut after the first byte of a character, and reset", () => {
  const whole = bytes("HTTP/1.1 200 OK\r\n\r\nabcdef ü");
  const plan = planOf("cut within a character", { request: "", whole })!;
  assertEquals(plan.end, "reset");
  const [piece] = plan.pieces;
  assertEquals(piece!.at(-1), 0xc3);
  assertEquals(whole.length - piece!.length, 1);
});

test("chaos responses: only headers end with the empty line, and broken JSON keeps the type", () => {
  const sent = (kind: typeof MODEL_FAULTS[number]) => {
    const { pieces } = planOf(kind, { request: "Authorization: Bearer key", whole: WHOLE })!;
    const decoder = new TextDecoder();
    return pieces.map((piece) => decoder.decode(piece, { stream: true })).join("");
  };
  assertMatch(sent("only headers"), /event-stream\r\n\r\n$/);
  assertMatch(sent("broken JSON"), /Content-Type: text\/event-stream\r\n[^]*\r\n\r\ndata: \{/);
  assertMatch(sent("401 that repeats the key"), /Bearer key/);
  assertEquals(sent("one byte at a time"), new TextDecoder().decode(WHOLE));
  assertEquals(planOf("killed", { request: "", whole: WHOLE }), undefined);
});

const VERDICT: Verdict = {
  seed: 7,
  faults: 3,
  questions: 10,
  answered: 8,
  explained: new Map([["queue full", 2]]),
  slowestMs: 1000,
  memory: [80e6, 90e6],
  violations: [],
  wasAborted: false,
};
const FIGURES = "seed=7 faults=3 questions=10 answered=8 explained=2 peak_rss=90MB";

test("chaos verdict: the last line has the figures and the first thing that is wrong", () => {
  assertEquals(verdictLine(VERDICT), `PASS ${FIGURES}`);
  const violations = [{ seconds: 1.23, what: "said twice", faults: [], log: [] }];
  assertEquals(
    verdictLine({ ...VERDICT, violations }),
    `FAIL ${FIGURES} at 1.2 s: said twice`,
  );
  assertMatch(verdictLine({ ...VERDICT, wasAborted: true }), /^FAIL .* ended early$/);
});

test("chaos verdict: memory may grow while the bot warms up, and not later", () => {
  const grows = (from: number) =>
    Array.from({ length: 500 }, (_, at) => 80e6 + Math.max(0, at - from) * 1e6);
  assertEquals(growthOf([80e6, 200e6]), undefined);
  const warm = Array.from({ length: 500 }, (_, at) => at < 100 ? 80e6 + at * 1e6 : 180e6);
  assertEquals(growthOf(warm), 0);
  assertEquals(firstFault({ ...VERDICT, memory: warm }), undefined);
  assertMatch(firstFault({ ...VERDICT, memory: grows(200) })!, /MB more than after the warm-up/);
  assertMatch(firstFault({ ...VERDICT, memory: [900e6] })!, /^memory: 900 MB, at most 500 MB$/);
});

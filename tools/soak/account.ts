/** Accounts for every question and every line of a soak. */
import { pieceOf, type SoakReply } from "./model.ts";

export interface Evidence {
  /** The users who addressed the bot, by the number of the line. */
  readonly mentions: ReadonlyMap<number, string>;
  /** The lines that the channel's history repeated after a reconnect, by number. */
  readonly repeated: readonly number[];
  /** The bot's lines that the room received, in order. */
  readonly said: readonly string[];
  readonly replies: readonly SoakReply[];
  readonly log: readonly string[];
  readonly chatLog: readonly string[];
}

export interface Account {
  /** Users' lines that the bot received while it was connected. */
  readonly heard: number;
  /** How often lines are missing between two received ones. */
  readonly gaps: number;
  /** With those of the history. */
  readonly heardMentions: number;
  /** Lines that called nobody and went on with a question of a moment before. */
  readonly continued: number;
  /** Questions whose reply was said, whole, once and in order. */
  readonly answered: number;
  /** Replies of which the first words were said. */
  readonly begun: number;
  /** Replies that were not said. */
  readonly unsaid: number;
  /** Replies that were not wanted any more when the person said a second line. */
  readonly superseded: number;
  /** Questions that were answered together with an earlier one of the same person. */
  readonly merged: number;
  /** Questions by the logged reason why they have no reply, or not a whole one. */
  readonly reasons: ReadonlyMap<string, number>;
  /** Lines that were said twice. */
  readonly duplicates: readonly string[];
  /** Lines that came after a later one. */
  readonly outOfOrder: readonly string[];
  /** Lines beyond the server's limit. */
  readonly overLimit: readonly string[];
  /** Questions and lines that nothing explains. */
  readonly unexplained: readonly string[];
  /** Lines that the log reports as not said. */
  readonly notSaid: number;
  /** Those of them that the room received: the connection ended before the echo. */
  readonly saidUnnoticed: number;
}

const MAX_UNITS = 320;
/** What became of a reply, if it was not said. */
const UNSAID = "the reply was not said";
const REST_UNSAID = "the rest of the reply was not said";
const SUPERSEDED = "asked anew";
/** Reasons that refuse a question at once; other reasons end a queued one. */
const DECISIONS = /^(?:queue full|busy|muted|paused|model unavailable \()/;

/** A line that became a question, or a part of one. */
const TRIGGER = / LLM trigger: user=(\S+), message="(?:Rosey, ask|line) (\d+):/;
/** So long a line goes on with the question before it, and a moment for the log. */
const CONTINUE_MS = 3100;

/** Draws up the account. */
export function account(evidence: Evidence): Account {
  const { replies, mentions } = evidence;
  const lines = linesOf(evidence);
  const asked = new Map([...mentions, ...triggersOf(evidence.log)]);
  const hearing = hearingOf(evidence, asked);
  const refused = reasonsOf(evidence, { asked, heard: hearing.asks });
  const unexplained = [
    ...lines.unexplained,
    ...hearing.unexplained,
    ...refused.unexplained,
    ...strangersOf(replies, { mentions, asked }),
  ];
  const reasons = new Map<string, number>();
  let [answered, merged] = [0, 0];
  const count = (reason: string) => reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  const byAsk = new Map(
    replies.flatMap(({ asks }, reply) => asks.map((ask) => [ask, reply] as const)),
  );
  for (const ask of hearing.asks) {
    const reply = byAsk.get(ask);
    const reason = refused.reasons.get(ask);
    if (reason !== undefined) count(reason);
    else if (reply === undefined) unexplained.push(`question ${ask} was heard and has no reply`);
    else if (replies[reply]!.asks[0] !== ask) merged++;
    else if (lines.fates[reply] === "said") answered++;
    else count(lines.fates[reply]!);
  }
  refused.continued.forEach(count);
  const fates = (start: string) => lines.fates.filter((fate) => fate.startsWith(start)).length;
  const heardMentions = hearing.asks.filter((ask) => mentions.has(ask)).length;
  return {
    ...lines,
    ...hearing,
    heardMentions,
    continued: hearing.asks.length - heardMentions + refused.continued.length,
    answered,
    begun: fates("said") + fates(REST_UNSAID),
    unsaid: fates(UNSAID),
    superseded: fates(SUPERSEDED),
    merged,
    reasons,
    unexplained,
  };
}

/** The lines that became a question, or a part of one, and their users. */
function triggersOf(log: readonly string[]): [number, string][] {
  return log.flatMap((line) => {
    const [, user, n] = TRIGGER.exec(line) ?? [];
    return user === undefined ? [] : [[Number(n), user]];
  });
}

/** A question begins with a call, and its lines are of one person. */
function strangersOf(
  replies: readonly SoakReply[],
  { mentions, asked }: Pick<Evidence, "mentions"> & { asked: ReadonlyMap<number, string> },
): string[] {
  return replies.flatMap(({ asks }, reply) => {
    const isCalled = mentions.has(asks[0] ?? NaN);
    const users = new Set(asks.map((ask) => asked.get(ask)));
    return isCalled && users.size === 1 ? [] : [`reply ${reply} answers ${asks.join(", ")}`];
  });
}

/** What of each reply was said, and why the rest was not. */
function linesOf({ said, replies, log }: Evidence) {
  const [duplicates, outOfOrder, overLimit, unexplained]: string[][] = [[], [], [], []];
  const told = replies.map(({ words }) => new Uint8Array(words));
  const whys = replies.map(({ words }) => new Array<string | undefined>(words));
  const ends = replies.map(({ words }) => words);
  const mark = (line: string, each: (reply: number, word: number) => void) => {
    const piece = pieceOf(line);
    if (!piece || piece.to > (replies[piece.reply]?.words ?? 0)) {
      unexplained!.push(`line that no reply has: ${line}`);
      return;
    }
    if (piece.cut) ends[piece.reply] = piece.to;
    for (let word = piece.from; word < piece.to; word++) each(piece.reply, word);
    return piece;
  };
  let last = [-1, -1];
  for (const line of said) {
    if (line.length > MAX_UNITS) overLimit!.push(line);
    let again = false;
    const piece = mark(line, (reply, word) => again = told[reply]![word]!++ > 0 || again);
    if (!piece) continue;
    const { reply, from, to } = piece;
    if (again) duplicates!.push(line);
    else if (reply < last[0]! || (reply === last[0] && from < last[1]!)) outOfOrder!.push(line);
    last = [reply, to];
  }
  let [notSaid, saidUnnoticed] = [0, 0];
  for (const line of log) {
    const found = / Line not said: (.*): ("(?:[^"\\]|\\.)*")$/.exec(line);
    if (!found) continue;
    notSaid++;
    let unnoticed = false;
    const why = found[1]!.replace(/\d+/g, "N");
    mark(JSON.parse(found[2]!), (reply, word) => {
      whys[reply]![word] = why;
      unnoticed ||= told[reply]![word]! > 0;
    });
    if (unnoticed) saidUnnoticed++;
  }
  const { anew, unexplained: repeated } = askedAnew(replies);
  unexplained!.push(...repeated);
  const fates = replies.map((_, reply) => {
    if (anew.has(reply)) {
      if (told[reply]!.some(Boolean)) unexplained!.push(`reply ${reply} was said and asked anew`);
      return SUPERSEDED;
    }
    const words = Array.from({ length: ends[reply]! }, (_, word) => told[reply]![word]! > 0);
    const missing = words.indexOf(false);
    if (missing < 0) return "said";
    const part = missing > 0 ? REST_UNSAID : UNSAID;
    const lost = words.findIndex((told, word) => !told && whys[reply]![word] === undefined);
    if (lost >= 0) {
      unexplained!.push(`word ${lost} of reply ${reply} is neither said nor in the log`);
    }
    if (words.includes(true, missing)) outOfOrder!.push(`reply ${reply} has a hole at ${missing}`);
    return `${part}: ${whys[reply]![missing] ?? "for no reason"}`;
  });
  return {
    duplicates: duplicates!,
    outOfOrder: outOfOrder!,
    overLimit: overLimit!,
    unexplained: unexplained!,
    notSaid,
    saidUnnoticed,
    fates,
  };
}

/** The replies whose questions were asked again, each time with one more of the same person. */
function askedAnew(replies: readonly SoakReply[]) {
  const anew = new Set<number>();
  const unexplained: string[] = [];
  const byAsk = new Map<number, number>();
  const goesOn = (asks: readonly number[], earlier: readonly number[]) =>
    asks.length > earlier.length && earlier.every((ask, at) => ask === asks[at]);
  for (const [reply, { asks }] of replies.entries()) {
    const before = new Set(asks.flatMap((ask) => byAsk.get(ask) ?? []));
    for (const first of before) {
      const earlier = replies[first]!.asks;
      if (goesOn(asks, earlier)) anew.add(first);
      // A request that was cancelled may arrive after the one that took its place.
      else if (goesOn(earlier, asks)) anew.add(reply);
      else {
        unexplained.push(`replies ${first} and ${reply} answer one question: ${earlier}; ${asks}`);
      }
    }
    if (!anew.has(reply)) { for (const ask of asks) byAsk.set(ask, reply); }
  }
  return { anew, unexplained };
}

/** Checks that the received lines are in order and complete between two losses. */
function hearingOf({ chatLog, repeated }: Evidence, asked: ReadonlyMap<number, string>) {
  const asks = repeated.filter((n) => asked.has(n));
  const unexplained: string[] = [];
  let [lines, gaps, last] = [0, 0, -1];
  for (const line of chatLog) {
    const n = Number(/^<user\d+> (?:Rosey, ask|line) (\d+): /.exec(line)?.[1] ?? NaN);
    if (Number.isNaN(n)) continue;
    lines++;
    if (n <= last) unexplained.push(`line ${n} was heard after line ${last}`);
    if (n > last + 1) gaps++;
    last = n;
    if (asked.has(n)) asks.push(n);
  }
  if (new Set(asks).size < asks.length) unexplained.push("a line was heard and repeated");
  return { heard: lines, gaps, asks: asks.sort((a, b) => a - b), unexplained };
}

interface Refusal {
  readonly reason: string;
  /** Whether it may be about a line that went on with a question. */
  readonly mayContinue: boolean;
}

/** The logged reasons by question. A reason without a question belongs to the oldest of its user. */
function reasonsOf(
  { log, replies }: Evidence,
  { asked, heard }: { asked: ReadonlyMap<number, string>; heard: readonly number[] },
) {
  const reasons = new Map<number, string>();
  const continued: string[] = [];
  const unexplained: string[] = [];
  const taken = new Map<string, number>();
  const open = new Map<string, number[]>();
  const refusals = new Map<string, Refusal[]>();
  const replied = new Set(replies.flatMap(({ asks }) => asks));
  const triggered = new Set<number>();
  for (const line of log) {
    const trigger = TRIGGER.exec(line);
    if (trigger) {
      const n = Number(trigger[2]);
      triggered.add(n);
      taken.set(trigger[1]!, timeOf(line));
      if (!replied.has(n)) listOf(open, trigger[1]!).push(n);
    }
    const [, user, reason] = / No answer for (\S+): (.*)$/.exec(line) ?? [];
    if (user === undefined || reason === undefined) continue;
    if (DECISIONS.test(reason)) {
      const mayContinue = timeOf(line) - (taken.get(user) ?? -Infinity) <= CONTINUE_MS;
      listOf(refusals, user).push({ reason, mayContinue });
      continue;
    }
    const ended = listOf(open, user).splice(0);
    if (ended.length === 0) unexplained.push(`no question of ${user} is open: ${line}`);
    for (const n of ended) reasons.set(n, reason);
  }
  const refused = Map.groupBy(heard.filter((n) => !triggered.has(n)), (n) => asked.get(n)!);
  for (const [user, all] of refusals) {
    const questions = refused.get(user) ?? [];
    while (all.length > questions.length) {
      const at = all.findIndex(({ mayContinue }) => mayContinue);
      const [{ reason, mayContinue }] = all.splice(Math.max(0, at), 1) as [Refusal];
      if (mayContinue) continued.push(reason);
      else unexplained.push(`no question of ${user} was refused: ${reason}`);
    }
    for (const [at, { reason }] of all.entries()) reasons.set(questions[at]!, reason);
  }
  return { reasons, continued, unexplained };
}

function timeOf(line: string): number {
  return Date.parse(line.slice(0, line.indexOf(" ")));
}

function listOf<T>(lists: Map<string, T[]>, name: string): T[] {
  const list = lists.get(name) ?? [];
  lists.set(name, list);
  return list;
}

/** Accounts for every question and every line of a soak. */
import { pieceOf, type SoakReply } from "./model.ts";

export interface Evidence {
  /** The users who addressed the bot, by the number of the line. */
  readonly mentions: ReadonlyMap<number, string>;
  /** The bot's lines that the room received, in order. */
  readonly said: readonly string[];
  readonly replies: readonly SoakReply[];
  readonly log: readonly string[];
  readonly chatLog: readonly string[];
}

export interface Account {
  /** Users' lines that the bot received. */
  readonly heard: number;
  /** How often lines are missing between two received ones. */
  readonly gaps: number;
  readonly heardMentions: number;
  /** Questions whose reply was said, whole, once and in order. */
  readonly answered: number;
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
/** Reasons that refuse a question at once; other reasons end a queued one. */
const DECISIONS = /^(?:queue full|muted|paused|model unavailable \()/;

/** Draws up the account. */
export function account(evidence: Evidence): Account {
  const lines = linesOf(evidence);
  const hearing = hearingOf(evidence);
  const unexplained = [...lines.unexplained, ...hearing.unexplained];
  const { reasons: logged, left } = reasonsOf(evidence, hearing.mentions);
  unexplained.push(...left);
  const reasons = new Map<string, number>();
  let [answered, merged] = [0, 0];
  const count = (reason: string) => reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  const byAsk = new Map(
    evidence.replies.flatMap(({ asks }, reply) => asks.map((ask) => [ask, reply] as const)),
  );
  for (const ask of hearing.mentions) {
    const reply = byAsk.get(ask);
    const reason = logged.get(ask);
    if (reason !== undefined) count(reason);
    else if (reply === undefined) unexplained.push(`question ${ask} was heard and has no reply`);
    else if (evidence.replies[reply]!.asks[0] !== ask) merged++;
    else if (lines.fates[reply] === "said") answered++;
    else count(lines.fates[reply]!);
  }
  return {
    ...lines,
    ...hearing,
    heardMentions: hearing.mentions.length,
    answered,
    merged,
    reasons,
    unexplained,
  };
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
  const fates = replies.map((_, reply) => {
    const words = Array.from({ length: ends[reply]! }, (_, word) => told[reply]![word]! > 0);
    const missing = words.indexOf(false);
    if (missing < 0) return "said";
    const part = missing > 0 ? "the rest of the reply was not said" : "the reply was not said";
    const lost = words.findIndex((told, word) => !told && whys[reply]![word] === undefined);
    if (lost >= 0) {
      unexplained!.push(`word ${lost} of reply ${reply} is neither said nor in the log`);
    }
    if (words.includes(true, missing)) {
      outOfOrder!.push(`reply ${reply} has a hole at word ${missing}`);
    }
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

/** Checks that the received lines are in order and complete between two losses. */
function hearingOf({ chatLog, mentions }: Evidence) {
  const heard: number[] = [];
  const unexplained: string[] = [];
  let [lines, gaps, last] = [0, 0, -1];
  for (const line of chatLog) {
    const n = Number(/^<user\d+> (?:Rosey, ask|line) (\d+): /.exec(line)?.[1] ?? NaN);
    if (Number.isNaN(n)) continue;
    lines++;
    if (n <= last) unexplained.push(`line ${n} was heard after line ${last}`);
    if (n > last + 1) gaps++;
    last = n;
    if (mentions.has(n)) heard.push(n);
  }
  return { heard: lines, gaps, mentions: heard, unexplained };
}

/** The logged reasons by question. A reason without a question belongs to the oldest of its user. */
function reasonsOf({ log, mentions, replies }: Evidence, heard: readonly number[]) {
  const reasons = new Map<number, string>();
  const left: string[] = [];
  const taken = new Set<number>();
  const open = new Map<string, number[]>();
  const refusals = new Map<string, string[]>();
  const asked = new Set(replies.flatMap(({ asks }) => asks));
  for (const line of log) {
    const ask = / LLM trigger: user=\S+, message="Rosey, ask (\d+):/.exec(line)?.[1];
    if (ask !== undefined) {
      const n = Number(ask);
      taken.add(n);
      if (!asked.has(n)) listOf(open, mentions.get(n) ?? "").push(n);
    }
    const [, user, reason] = / No answer for (\S+): (.*)$/.exec(line) ?? [];
    if (user === undefined || reason === undefined) continue;
    if (DECISIONS.test(reason)) {
      listOf(refusals, user).push(reason);
      continue;
    }
    const ended = listOf(open, user).splice(0);
    if (ended.length === 0) left.push(`no question of ${user} is open: ${line}`);
    for (const n of ended) reasons.set(n, reason);
  }
  for (const n of heard) {
    if (taken.has(n)) continue;
    const reason = listOf(refusals, mentions.get(n)!).shift();
    if (reason !== undefined) reasons.set(n, reason);
  }
  for (const [user, more] of refusals) {
    for (const reason of more) left.push(`no question of ${user} was refused: ${reason}`);
  }
  return { reasons, left };
}

function listOf<T>(lists: Map<string, T[]>, name: string): T[] {
  const list = lists.get(name) ?? [];
  lists.set(name, list);
  return list;
}

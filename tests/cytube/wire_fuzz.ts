import { readdirSync } from "node:fs";
import { hostile, mulberry32, pick } from "../sanitize/attacks/random.ts";
import { loadTrace } from "../demo/trace.ts";
import { alter, HUGE, type Mutation, MUTATIONS } from "./wire_mutations.ts";

export interface WireEvent {
  readonly kind: Mutation | "recorded" | "talk";
  readonly name: string;
  readonly payload: unknown;
}

export const KINDS: readonly WireEvent["kind"][] = ["recorded", "talk", ...MUTATIONS];

/** Events that the bot ignores. They are chosen less often than the others. */
const UNHEARD =
  /^(?:set(?:P|Mot|Cur|Lead|Temp|UserProf)|play|drink|emote|channelC|usercount|ban|poll|queue)/;
const UNHEARD_SHARE = 0.125;
const RECORDED_SHARE = 0.1;
const TALK_SHARE = 0.15;

const PEOPLE =
  "alice bob moddy siteadmin carol GuestOne Rosey __proto__ constructor toString hasOwnProperty"
    .split(" ");
const COMMANDS =
  "!help|!help np|!np|!optout|!optin|!forget|!missed|!pause|!resume|!reset|!status|!why|!why alice|!ignore bob|!unignore bob|!model|!model m|!persona|!ignore __proto__|!why constructor"
    .split("|");

interface Recorded {
  readonly ev: string;
  readonly args: unknown;
}

const FOLDER = new URL("../fixtures/cytube-traces/", import.meta.url);
const RECORDED: readonly Recorded[] = readdirSync(FOLDER)
  .filter((file) => file.endsWith(".jsonl"))
  .flatMap(loadTrace)
  .filter(({ dir, who }) => dir === "in" && who !== "http");
/** Every event name is equally likely, however often it was recorded. */
const BY_NAME = [...Map.groupBy(RECORDED, ({ ev }) => ev).values()];
const HEARD = BY_NAME.filter(([first]) => !UNHEARD.test(first!.ev));
const UNHEARD_ONES = BY_NAME.filter(([first]) => UNHEARD.test(first!.ev));

/**
 * Makes events as no server should send them: recorded ones, most of them changed, between people who
 * talk. The same ones for the same seed.
 */
export function* wireEvents(seed: number): Generator<WireEvent, never> {
  const random = mulberry32(seed);
  for (;;) {
    const { ev, args } = recorded(random);
    const dice = random();
    if (dice < TALK_SHARE) yield talk(random);
    else if (dice < TALK_SHARE + RECORDED_SHARE) {
      yield { kind: "recorded", name: ev, payload: args };
    } else {
      const kind = pick(MUTATIONS, random);
      yield { kind, ...alter({ name: ev, payload: args }, kind, random) };
    }
  }
}

function recorded(random: () => number): Recorded {
  const all = random() < UNHEARD_SHARE ? UNHEARD_ONES : HEARD;
  return pick(pick(all, random), random);
}

/** A user joins, leaves, asks, gives a command or attacks. Without it the bot would answer nothing. */
function talk(random: () => number): WireEvent {
  const name = random() < 0.8 ? pick(PEOPLE, random) : `guest${Math.floor(random() * 1000)}`;
  const dice = random();
  if (dice < 0.1) return { kind: "talk", name: "userLeave", payload: { name } };
  if (dice < 0.3) {
    const rank = pick([0, 1, 1, 1, 2, 3, 255], random);
    const payload = { name, rank, meta: { afk: false, muted: false }, profile: {} };
    return { kind: "talk", name: "addUser", payload };
  }
  const payload = {
    username: name,
    msg: said(random),
    meta: {},
    time: Math.floor(random() * 1e13),
  };
  if (dice < 0.4) return { kind: "talk", name: "pm", payload: { ...payload, to: "Rosey" } };
  return { kind: "talk", name: "chatMsg", payload };
}

function said(random: () => number): string {
  const dice = random();
  if (dice < 0.3) return pick(COMMANDS, random);
  if (dice < 0.35) return `${pick(COMMANDS, random)} ${hostile(random)}`;
  if (dice < 0.7) return `rosey, ${hostile(random)}`;
  if (dice < 0.71) return `rosey ${pick(HUGE, random)}`;
  return hostile(random);
}

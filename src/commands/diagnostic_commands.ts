/** Commands that show the bot's state, for moderators. */
import { durationText } from "../clock.ts";
import type { ServerReport } from "../llm/server_statistics.ts";
import { plural } from "../plural.ts";
import type { Command, CommandContext } from "./command.ts";

const MAX_WHY_ENTRIES = 20;
/** A shorter load is that of a loaded model. */
const SHOWN_LOAD_SECONDS = 0.1;

export const DIAGNOSTIC_COMMANDS: readonly Command[] = [
  { name: "status", help: "how I am", access: "moderators", run: status },
  {
    name: "why",
    argument: "[NAME]",
    help: "why I answered or kept silent",
    access: "moderators",
    private: true,
    run: why,
  },
];

/** Without addresses: only the operator may know them. */
function status({ report }: CommandContext): string {
  const { connection, restrictions, decisions: { counts }, models, outbox, questionsWaiting } =
    report();
  const servers = models.map((server) => {
    const measured = measuresOf(server);
    return `${server.modelName} ${server.state}${measured && ` (${measured})`}`;
  });
  return [
    ["here for " + durationText(connection.stateForMs), ...restrictions].join(", "),
    servers.length > 0 ? `model: ${servers.join(", ")}` : "no model",
    `${plural(counts.answered ?? 0, "answer")}, ${
      plural(counts["model failed"] ?? 0, "failure")
    }, ` +
    `${questionsWaiting} waiting`,
    `${plural(outbox.said, "line")} said`,
  ].join("; ");
}

/** `12 ms, 35.2 tokens/s, load 4.1 s`, as far as it is known. */
function measuresOf({ latencyMs, speed = {} }: ServerReport): string {
  const { tokensPerSecond, loadSeconds = 0 } = speed;
  return [
    ...(latencyMs === undefined ? [] : [`${Math.round(latencyMs)} ms`]),
    ...(tokensPerSecond === undefined ? [] : [`${tokensPerSecond.toFixed(1)} tokens/s`]),
    ...(loadSeconds < SHOWN_LOAD_SECONDS ? [] : [`load ${loadSeconds.toFixed(1)} s`]),
  ].join(", ");
}

function why({ argument, chat }: CommandContext): string {
  const entries = chat.decisions.last(MAX_WHY_ENTRIES, argument || undefined);
  if (entries.length === 0) return "Nothing was decided about that lately.";
  return entries.map(({ at, user, outcome, words, private: isPrivate }) => {
    const time = new Date(at).toISOString().slice(11, 16);
    const what = isPrivate ? " (PM)" : words && ` "${words}"`;
    return `${time} ${user || "(nobody)"}${what}: ${outcome}`;
  }).join(" · ") + " (UTC)";
}

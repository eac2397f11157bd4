/** Checks a model server, without loading its model unless asked to. */
import { buildPrompt } from "../chat/prompt.ts";
import { systemClock } from "../clock.ts";
import type { Settings } from "../config/settings.ts";
import { isTimeout, ProviderError } from "../llm/errors.ts";
import { hintFor } from "../llm/hints.ts";
import { listText } from "../llm/monitor_log.ts";
import { loadModel } from "../llm/retry.ts";
import type { Message, Probe, Provider, ReplyOptions } from "../llm/provider.ts";
import { hostName, proxyFor } from "../proxy.ts";
import type { Redact } from "../redact.ts";
import { type Asking, checkDetails } from "./details.ts";
import { type Finding, type Found, report } from "./finding.ts";

/** Probes that the latency is the median of; the first one also connects. */
const PROBES = 4;
const SLOW_MS = 500;
const SHOWN_CHARS = 60;

export async function latencyMs(request: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await request();
  return performance.now() - begun;
}

export interface ServerCheckOptions {
  /** What the model is asked; undefined: nothing. */
  readonly question?: readonly Message[];
  /** The persona's. */
  readonly parameters?: ReplyOptions["parameters"];
  readonly signal: AbortSignal;
  /** Removes secrets from what the server says. */
  readonly redact: Redact;
  /** Called with what the check waits for. */
  readonly onStep?: (step: string) => void;
}

/** Returns findings in the order in which things can go wrong. */
export async function checkServer(
  provider: Provider,
  settings: Asking,
  options: ServerCheckOptions,
): Promise<Finding[]> {
  const { question, signal, redact } = options;
  const findings: Found[] = [];
  const proxy = proxyFor(new URL(provider.host));
  if (proxy) {
    findings.push(report("note", `asked through the proxy ${proxy.url} of ${proxy.variable}`));
  }
  try {
    const probe = await probeTwice(provider, options);
    findings.push(await checkLatency(provider, signal), checkModel(provider, probe, options));
    const details = await provider.inspect?.(signal);
    if (details) findings.push(...await checkDetails(provider, details, { settings, ...options }));
    if (question) {
      await load(provider, options);
      findings.push(...await checkAnswer(provider, question, options));
      findings.push(...adjusted(provider, redact));
    }
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    const hasFailure = findings.some(({ level }) => level === "failure");
    if (!hasFailure || error.kind !== "model_missing") {
      findings.push(report("failure", error.reason, error.hint));
    }
    if (isTimeout(error) && !findings.some(({ level }) => level === "ok")) {
      findings.push(report("note", "it was asked twice; the bot goes on asking, for longer"));
    }
  }
  const about = `model server ${provider.host}`;
  return findings.map(({ advice, ...finding }) => ({
    about,
    ...finding,
    ...(advice && { advice: hintFor(advice, settings) }),
  }));
}

/** Asks a slow server again, as the bot does: the provider gives it more time then. */
export async function probeTwice(
  provider: Provider,
  { signal, onStep }: Pick<ServerCheckOptions, "signal" | "onStep">,
): Promise<Probe> {
  try {
    onStep?.(`asking ${provider.host} for its models`);
    return await provider.probe(signal);
  } catch (error) {
    if (!isTimeout(error)) throw error;
    onStep?.(`asking ${provider.host} again, for longer: ${error.reason}`);
    return await provider.probe(signal);
  }
}

async function load(provider: Provider, { signal, onStep }: ServerCheckOptions): Promise<void> {
  const { model, host, loadTimeoutMs } = provider;
  const step = `loading ${model} on ${host}, for at most ${loadTimeoutMs / 1000} s`;
  onStep?.(step);
  const onRestart = ({ reason }: ProviderError) => onStep?.(`${step}, again: ${reason}`);
  await loadModel(provider, { signal, clock: systemClock, onRestart });
}

async function checkLatency(provider: Provider, signal: AbortSignal): Promise<Found> {
  const times: number[] = [];
  // A list of models may take long for reasons of its own.
  while (times.length < PROBES) times.push(await latencyMs(() => provider.alive(signal)));
  const median = times.sort((a, b) => a - b)[Math.floor(times.length / 2)]!;
  const found = `reachable; median latency ${median.toFixed(median < 10 ? 1 : 0)} ms`;
  if (median < SLOW_MS) return report("ok", found);
  const ping = `ping -c 10 ${hostName(new URL(provider.host))}`;
  return report("warning", found, `${ping}; a nearer or less busy server`);
}

function checkModel(
  provider: Provider,
  { models, hasModel, takesAnyName, unlisted }: Probe,
  { redact, question }: ServerCheckOptions,
): Found {
  const { model, host, listsEveryModel, missingModelHint, loadTimeoutMs } = provider;
  if (unlisted?.kind === "model_loading") {
    const limit = `at most ${loadTimeoutMs / 1000} s`;
    return report("note", `it is loading its model; the bot waits for that, ${limit}`);
  }
  if (models === undefined) {
    const next = unlisted?.kind === "wrong_api" ? unlisted.hint : "--ask tells whether it answers";
    return report("warning", `it does not list its models: ${unlisted?.reason}`, next);
  }
  if (hasModel) return report("ok", `it has ${model}`);
  if (hasModel === undefined) {
    return report("note", `it does not list ${model}, which need not be`, missingModelHint);
  }
  const found = `model "${model}" is not on ${host}: ${redact(listText(models))}`;
  if (listsEveryModel) return report("failure", found, missingModelHint);
  if (takesAnyName) {
    return report("warning", `${found}, and answers to any name with that`, missingModelHint);
  }
  const ask = question ? "" : "; --ask tells whether it answers";
  return report("warning", found, missingModelHint + ask);
}

/** A prompt of the bot's own, so that the server refuses here what it would refuse there. */
export function checkQuestion({ llm, user, channel }: Settings): Message[] {
  const text = `${user.name}, say hello in one short sentence.`;
  return buildPrompt({
    persona: llm.persona.text,
    bot: user.name,
    channel: channel.name,
    wallMs: Date.now(),
    maxChars: Infinity,
    question: { user: "operator", text, kind: "call" },
  });
}

async function checkAnswer(
  provider: Provider,
  question: readonly Message[],
  options: ServerCheckOptions,
): Promise<Found[]> {
  const { parameters, signal, redact, onStep } = options;
  const shouldStop = (said: string) => said.length >= SHOWN_CHARS ? "enough" : undefined;
  // Without the persona's beginning, the answer is not the bot's.
  const asked = { shouldStop, allowTruncation: false, parameters };
  const answer = async () => {
    onStep?.(`waiting for an answer of ${provider.model} on ${provider.host}`);
    const begun = performance.now();
    const { text } = await provider.chat(question, signal, asked);
    const seconds = ((performance.now() - begun) / 1000).toFixed(1);
    const shown = JSON.stringify(redact(text).slice(0, SHOWN_CHARS));
    return report("ok", `the model answers within ${seconds} s: ${shown}`);
  };
  try {
    return [await answer()];
  } catch (error) {
    if (!isTimeout(error) || provider.sharesLoads) throw error;
    const late = `the first answer was late: ${error.reason}; the bot then waits for a load`;
    await load(provider, options);
    return [report("note", late), await answer()];
  }
}

function adjusted({ adjustments = [] }: Provider, redact: Redact): Found[] {
  return adjustments.map(({ found, advice }) =>
    report(advice === undefined ? "note" : "warning", redact(found), advice)
  );
}

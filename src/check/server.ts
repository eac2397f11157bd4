/** Checks a model server, without loading its model unless asked to. */
import { buildPrompt } from "../chat/prompt.ts";
import type { ServerSettings } from "../config/servers.ts";
import type { Settings } from "../config/settings.ts";
import { ProviderError } from "../llm/errors.ts";
import { type Configured, hintFor } from "../llm/hints.ts";
import type { Details, Message, Probe, Provider, ReplyOptions } from "../llm/provider.ts";
import { plural } from "../plural.ts";
import { hostName, proxyFor } from "../proxy.ts";
import type { Redact } from "../redact.ts";
import type { Finding } from "./finding.ts";

/** Probes that the latency is the median of; the first one also connects. */
const PROBES = 4;
const SLOW_MS = 500;
/** A larger difference of clocks breaks certificates and makes logs hard to compare. */
const CLOCK_MS = 120_000;
const SHOWN_CHARS = 60;
/** What the persona, a question and some history need. */
const SMALL_WINDOW = 2048;
const SHORT_STAY_MS = 60_000;

type Found = Omit<Finding, "about">;

/** The result of one probe: a latency, or the reason of its failure. */
export type ProbeResult = Pick<Provider, "host" | "label"> & {
  latencyMs?: number;
  reason?: string;
};

export async function probeOnce(provider: Provider, signal: AbortSignal): Promise<ProbeResult> {
  const { host, label } = provider;
  try {
    return { host, label, latencyMs: await latencyMs(() => provider.probe(signal)) };
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    return { host, label, reason: error.message };
  }
}

async function latencyMs(request: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await request();
  return performance.now() - begun;
}

/** `section` is where the server is configured; default: `llm`. */
export type Asking = Pick<ServerSettings, "think" | "options" | "keepAlive"> & Configured;

export interface ServerCheckOptions {
  /** What the model is asked; undefined: nothing. */
  readonly question?: readonly Message[];
  /** The persona's. */
  readonly parameters?: ReplyOptions["parameters"];
  readonly signal: AbortSignal;
  /** Removes secrets from what the server says. */
  readonly redact: Redact;
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
    const probe = await provider.probe(signal);
    findings.push(await checkLatency(provider, signal), checkModel(provider, probe, redact));
    const details = await provider.inspect?.(signal);
    if (details) findings.push(...await checkDetails(provider, details, { settings, ...options }));
    if (question) {
      await provider.load(signal);
      findings.push(await checkAnswer(provider, question, options));
      findings.push(...adjusted(provider, redact));
    }
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    const hasFailure = findings.some(({ level }) => level === "failure");
    if (!hasFailure || error.kind !== "model_missing") {
      findings.push(report("failure", error.reason, error.hint));
    }
  }
  const about = `model server ${provider.host}`;
  return findings.map(({ advice, ...finding }) => ({
    about,
    ...finding,
    ...(advice && { advice: hintFor(advice, settings) }),
  }));
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
  { models, hasModel, unlisted }: Probe,
  redact: Redact,
): Found {
  const { model, host, listsEveryModel, missingModelHint } = provider;
  if (models === undefined) {
    const next = unlisted?.kind === "wrong_api" ? unlisted.hint : "--ask tells whether it answers";
    return report("warning", `it does not list its models: ${unlisted?.reason}`, next);
  }
  if (hasModel) return report("ok", `it has ${model}`);
  if (hasModel === undefined) {
    return report("note", `it does not list ${model}, which need not be`, missingModelHint);
  }
  const has = models.length > 0 ? `it has ${redact(models.slice(0, 8).join(", "))}` : "it has none";
  const found = `model "${model}" is not on ${host}: ${has}`;
  return listsEveryModel
    ? report("failure", found, missingModelHint)
    : report("warning", found, `${missingModelHint}; --ask tells whether it answers`);
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
  { parameters, signal, redact }: ServerCheckOptions,
): Promise<Found> {
  const begun = performance.now();
  const shouldStop = (said: string) => said.length >= SHOWN_CHARS ? "enough" : undefined;
  // Without the persona's beginning, the answer is not the bot's.
  const options = { shouldStop, allowTruncation: false, parameters };
  const { text } = await provider.chat(question, signal, options);
  const seconds = ((performance.now() - begun) / 1000).toFixed(1);
  const shown = JSON.stringify(redact(text).slice(0, SHOWN_CHARS));
  return report("ok", `the model answers within ${seconds} s: ${shown}`);
}

function adjusted({ adjustments = [] }: Provider, redact: Redact): Found[] {
  return adjustments.map(({ found, advice }) =>
    report(advice === undefined ? "note" : "warning", redact(found), advice)
  );
}

async function checkDetails(
  provider: Provider,
  details: Details,
  { settings, signal, redact }: ServerCheckOptions & { readonly settings: Asking },
): Promise<Found[]> {
  const { keepAlive, think, section } = settings;
  const status = await provider.status(signal);
  const { loaded, remoteHost, memoryBytes, vramBytes, contextTokens } = status;
  const findings = details.software ? [report("ok", redact(details.software))] : [];
  const { model, staysLoadedMs } = provider;
  if (details.requires) {
    const found = `${model} needs version ${redact(details.requires)} of it`;
    findings.push(report("warning", found, "on the server: install a newer Ollama"));
  }
  findings.push(checkCapabilities(details, { model, think, section, redact }));
  if (details.serverTime !== undefined) findings.push(checkClock(details.serverTime));
  const notLoaded = report("note", "the model is not loaded: the first answer waits for that");
  if (remoteHost) findings.push(report("ok", `the model runs on ${redact(remoteHost)}`));
  else findings.push(loaded ? checkMemory(memoryBytes, vramBytes) : notLoaded);
  if (staysLoadedMs < SHORT_STAY_MS && !remoteHost) {
    const found = `the model is unloaded after ${keepAlive}: most questions wait for a load`;
    findings.push(report("warning", found, 'a longer llm.keep_alive, e.g. "5m"'));
  }
  const wanted = Number(settings.options.num_ctx) || undefined;
  if (remoteHost) return findings;
  return [...findings, ...checkWindow(contextTokens, wanted, details.trainedTokens)];
}

function checkMemory(size: number | undefined, vram: number | undefined): Found {
  if (!size || vram === undefined) return report("ok", "the model is loaded");
  const share = Math.round(100 * vram / size);
  const found = `the model is loaded: ${(size / 1e9).toFixed(1)} GB, ${share} % of it on the GPU`;
  if (share >= 90) return report("ok", found);
  const advice = "answers are slow without the GPU: a smaller model, or a smaller num_ctx";
  return report("warning", found, advice);
}

type Thinking = Pick<Asking, "think" | "section"> & Pick<Provider, "model"> & {
  readonly redact: Redact;
};

function checkCapabilities({ capabilities }: Details, about: Thinking): Found {
  const { model, think, section = "llm", redact } = about;
  if (!capabilities) return report("note", "it does not tell what its model can do");
  const can = redact(capabilities.join(", "));
  if (!capabilities.includes("completion")) {
    return report("failure", `${model} cannot chat: it can ${can}`, "choose another model");
  }
  if (think && !capabilities.includes("thinking")) {
    const found = `${model} cannot think, and ${section}.think is ${think}`;
    return report("failure", found, "set llm.think to false");
  }
  const more = capabilities.filter((name) => name !== "completion");
  return report("ok", `the model can ${redact(["chat", ...more].join(", "))}`);
}

function checkClock(serverTime: number): Found {
  const apart = Math.abs(Date.now() - serverTime);
  if (apart < CLOCK_MS) return report("ok", "its clock and this machine's agree");
  const found = `its clock and this machine's are ${
    plural(Math.round(apart / 60_000), "minute")
  } apart`;
  return report("warning", found, "timedatectl set-ntp true, on whichever is wrong");
}

function checkWindow(
  shown: number | undefined,
  wanted: number | undefined,
  trainedTokens: number | undefined,
): Found[] {
  const tokens = shown ?? wanted;
  const trained = trainedTokens ? ` (it was made for ${trainedTokens})` : "";
  if (tokens === undefined) {
    return trained ? [report("note", `the window is chosen when it loads${trained}`)] : [];
  }
  const found = `the window is ${tokens} tokens${trained}`;
  if (wanted && tokens !== Math.min(wanted, trainedTokens ?? wanted)) {
    const other = `${found}, and num_ctx is ${wanted}: each change of it loads the model again`;
    const advice = "use the same num_ctx in llm.options and in all other programs that ask there";
    return [report("warning", other, advice)];
  }
  const advice = "raise num_ctx in llm.options: persona and conversation have to fit";
  return [tokens < SMALL_WINDOW ? report("warning", found, advice) : report("ok", found)];
}

function report(level: Finding["level"], found: string, advice?: string): Found {
  return { level, found, advice };
}

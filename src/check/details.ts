/** Checks what a model server tells of itself and of its model. */
import type { ServerSettings } from "../config/servers.ts";
import { isTimeout } from "../llm/errors.ts";
import type { Configured } from "../llm/hints.ts";
import type { Details, Provider } from "../llm/provider.ts";
import type { Redact } from "../redact.ts";
import { plural } from "../plural.ts";
import { type Found, report } from "./finding.ts";

/** A larger difference of clocks breaks certificates and makes logs hard to compare. */
const CLOCK_MS = 120_000;
/** What the persona, a question and some history need. */
const SMALL_WINDOW = 2048;
const SHORT_STAY_MS = 60_000;

/** `section` is where the server is configured; default: `llm`. */
export type Asking = Pick<ServerSettings, "think" | "options" | "keepAlive"> & Configured;

export async function checkDetails(
  provider: Provider,
  details: Details,
  { settings, signal, redact }: { settings: Asking; signal: AbortSignal; redact: Redact },
): Promise<Found[]> {
  const { keepAlive, think, section } = settings;
  const status = await provider.status(signal).catch((error) => {
    if (!isTimeout(error)) throw error;
  });
  const findings = details.software ? [report("ok", redact(details.software))] : [];
  const { model, staysLoadedMs } = provider;
  if (details.requires) {
    const found = `${model} needs version ${redact(details.requires)} of it`;
    findings.push(report("warning", found, "on the server: install a newer Ollama"));
  }
  findings.push(checkCapabilities(details, { model, think, section, redact }));
  if (details.serverTime !== undefined) findings.push(checkClock(details.serverTime));
  if (status === undefined) {
    const found =
      "it does not tell in time what is loaded: Ollama delays that while it loads a model";
    return [...findings, report("note", `${found}; the bot asks again`)];
  }
  const { loaded, remoteHost, memoryBytes, vramBytes, contextTokens } = status;
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
  const minutes = plural(Math.round(apart / 60_000), "minute");
  const found = `its clock and this machine's are ${minutes} apart`;
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

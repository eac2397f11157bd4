/** The questions of `rosey init` about the model server, the model and fallbacks. */
import type { Finding } from "../check/finding.ts";
import { checkServer, probeTwice } from "../check/server.ts";
import type { LoadedConfig } from "../config/load.ts";
import { correctedHost } from "../config/ollama_host.ts";
import { OLLAMA, OPENAI } from "../config/settings_providers.ts";
import { isTimeout, ProviderError } from "../llm/errors.ts";
import type { Draft } from "../migrate/rule.ts";
import { oneLine } from "../one_line.ts";
import { redactor } from "../redact.ts";
import { isFailure, modelServers, startProgress } from "./check.ts";
import { ANYBODY, loaded, type Setup, text, untilGood, Unusable } from "./init_answer.ts";

/** Suggested if the server has no models. */
const MODEL = "llama3.2:3b";
const SHOWN_MODELS = 30;
/** In the place of a model that is not chosen yet. */
const NO_MODEL = "-";

/** Asks for the model server and the model. */
export async function askModelServer(setup: Setup): Promise<void> {
  const { draft, flags, questions } = setup;
  const old: Draft = Object(draft.llm);
  if (old.enabled === false && !flags.server) {
    console.log("llm.enabled is false: no model server is asked for");
    return;
  }
  console.log("The model server is Ollama, or an OpenAI-compatible one, whose URL ends with /v1.");
  const written = old.provider === "openai" ? old.openai_base_url ?? OPENAI : old.ollama_host;
  // A list of servers is kept as it is, if it can be used.
  const isList = written !== undefined && typeof written !== "string";
  let last: Probed = { findings: [], models: [], wantsKey: false, isSilent: false };
  await untilGood(setup, {
    question: "Model server",
    flag: "--server",
    given: flags.server ?? (isList ? "" : undefined),
    fallback: text(written) ?? (Deno.env.get("OLLAMA_HOST") || OLLAMA),
    // The address that was probably meant.
    corrected: (url) => /^https?:\/\//.test(url) ? undefined : correctedHost(url),
    test: async (url) => {
      const isOld = url === "" || url === written;
      const forms = isOld ? [{ ...old, enabled: true }] : candidates(url, old);
      let key: string | undefined;
      const tries: [Draft, Probed][] = [];
      for (const form of forms) {
        const llm = () => draft.llm = key ? withKey(form, url, key) : form;
        let found = await probed(setup, llm());
        if (found.wantsKey && key === undefined && url !== "" && !questions.unattended) {
          key = await questions.ask("The server's API key", { secret: true, fallback: "" });
          if (key) found = await probed(setup, llm());
        }
        tries.push([llm(), found]);
        if (found.isSilent || !found.findings.some(isFailure)) break;
      }
      const good = tries.find(([, { findings }]) => !findings.some(isFailure));
      [draft.llm, last] = good ?? tries[0]!;
      return last.findings;
    },
  });
  await askModel(setup, last);
  const variable = Deno.env.get("OLLAMA_HOST");
  const { provider, ollama_host: host = OLLAMA } = Object(draft.llm);
  if (variable && provider !== "openai" && variable !== host) {
    console.log("  ! the variable OLLAMA_HOST names another server and wins: unset it");
  }
}

async function askModel(setup: Setup, { models, findings }: Probed): Promise<void> {
  const { draft, flags, signal } = setup;
  const isUp = !findings.some(isFailure);
  const suggested = models[0] ?? MODEL;
  await untilGood(setup, {
    question: "Model (its name or number)",
    flag: "--model",
    given: flags.model,
    fallback: text(Object(draft.llm).model) ?? suggested,
    corrected: () => suggested,
    test: async (answer) => {
      draft.llm = { ...Object(draft.llm), model: models[Number(answer) - 1] ?? answer };
      // A server that does not answer cannot be asked for the model.
      if (!isUp) return [];
      const config = loadedMain(setup, Object(draft.llm));
      using found = modelServers(config);
      const options = { signal, redact: redactor(config.secrets) };
      const tests = found.servers.map(({ provider, settings }) =>
        checkServer(provider, settings, options)
      );
      // Some servers take any name, but the one in their list is meant.
      const strict = (await Promise.all(tests)).flat().map((finding): Finding =>
        / is not on /.test(finding.found) ? { ...finding, level: "failure" } : finding
      );
      // The whole list follows at the end.
      return strict.filter(({ found, level }) => level === "failure" || found.startsWith("it has"));
    },
  });
}

/** Asks whether another provider of an old configuration is used, too. */
export async function askFallback(setup: Setup, fallback: Draft): Promise<void> {
  const { draft, questions } = setup;
  const name = oneLine(`${fallback.provider} with ${fallback.model ?? "no model"}`);
  if (questions.unattended) {
    console.log(`  · ${name} is left out; it could be one of llm.fallbacks`);
  } else if (await questions.confirm(`Use ${name} while the other server is away?`)) {
    const llm: Draft = Object(draft.llm);
    draft.llm = { ...llm, fallbacks: [llm.fallbacks ?? [], fallback].flat() };
  }
}

/** What an address may be, the most likely first. */
function candidates(url: string, llm: Draft): Draft[] {
  const others = Object.entries(llm).filter(([key]) => !/^(?:provider|ollama_|openai_)/.test(key));
  const rest = { ...Object.fromEntries(others), enabled: true };
  const key = Deno.env.get("OPENAI_API_KEY") ? { openai_api_key: { env: "OPENAI_API_KEY" } } : {};
  const openai = (base: string) => ({ ...rest, provider: "openai", openai_base_url: base, ...key });
  const ollama = { ...rest, ollama_host: url };
  if (/\/v\d+\/?$/.test(url)) return [openai(url), ollama];
  return [ollama, openai(`${url.replace(/\/+$/, "")}/v1`)];
}

function withKey(llm: Draft, url: string, key: string): Draft {
  if (llm.provider === "openai") return { ...llm, openai_api_key: key };
  return { ...llm, ollama_host: { url, api_key: key } };
}

interface Probed {
  readonly findings: readonly Finding[];
  readonly models: readonly string[];
  readonly wantsKey: boolean;
  /** Whether a server timed out; another path of it is not tried. */
  readonly isSilent: boolean;
}

/** Without fallbacks: they say nothing about the address that was entered. The check at the end has them. */
function loadedMain(setup: Setup, { fallbacks: _, ...llm }: Draft): LoadedConfig {
  return loaded(setup, { ...ANYBODY, llm: { model: NO_MODEL, ...llm } });
}

/** Asks the main servers for their models. */
async function probed(setup: Setup, llm: Draft): Promise<Probed> {
  const config = loadedMain(setup, llm);
  using made = modelServers(config);
  const redact = redactor(config.secrets);
  const lacksKey = made.wrong.some(({ found }) => found.includes("no API key"));
  if (made.wrong.length > 0 && !lacksKey) throw new Unusable(made.wrong);
  const findings = [...made.wrong];
  const models: string[] = [];
  let wantsKey = lacksKey;
  let isSilent = false;
  using progress = startProgress();
  for (const { provider: { host, label }, provider } of made.servers) {
    const about = `model server ${host}`;
    try {
      const { models: listed = [], unlisted } = await probeTwice(provider, {
        signal: setup.signal,
        onStep: progress.onStep,
      });
      if (unlisted && /^(?:wrong_api|auth)$/.test(unlisted.kind)) throw unlisted;
      const first = models.push(...listed) - listed.length + 1;
      const names = listed.slice(0, SHOWN_MODELS).map((name, at) => `${first + at}  ${name}`);
      const more = listed.length - names.length;
      if (more > 0) names.push(`and ${more} more`);
      const list = unlisted
        ? `it does not list its models: ${unlisted.reason}`
        : "it has no models";
      const what = listed.length > 0 ? "its models:" : list;
      findings.push({ about, level: "ok", found: `${label} answers at ${host}; ${what}` });
      for (const name of names) findings.push({ about, level: "note", found: redact(name) });
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
      wantsKey ||= error.kind === "auth";
      isSilent ||= isTimeout(error);
      findings.push({ about, level: "failure", found: error.reason, advice: error.hint });
    }
  }
  return { findings, models, wantsKey, isSilent };
}

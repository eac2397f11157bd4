/** The questions of `rosey init`, each with a test of its answer and a second try. */
import { checkChannel } from "../check/channel.ts";
import { type Finding, findingLines } from "../check/finding.ts";
import { checkServer } from "../check/server.ts";
import { loadConfig, type LoadedConfig } from "../config/load.ts";
import { correctedHost } from "../config/ollama_host.ts";
import { OLLAMA, OPENAI } from "../config/settings_providers.ts";
import { ConfigError } from "../errors.ts";
import { ProviderError } from "../llm/errors.ts";
import type { Draft } from "../migrate/migrate.ts";
import { oneLine } from "../one_line.ts";
import { hasColours } from "../output.ts";
import { redactor } from "../redact.ts";
import { isFailure, modelServers } from "./check.ts";
import type { InitFlags } from "./flags.ts";
import type { Questions } from "./questions.ts";

export interface Setup {
  /** Of the new configuration. */
  readonly path: string;
  /** The configuration so far, as in the file. */
  readonly draft: Draft;
  readonly flags: InitFlags;
  readonly questions: Questions;
  /** What was found good already, and is not said again. */
  readonly seen: Set<string>;
  readonly signal: AbortSignal;
}

/** An answer failed its test and nobody can give another one, or wants to. */
export class NotAnswered extends Error {
  override readonly name = "NotAnswered";
}

const SITE = "https://cytu.be";
/** Suggested if the server has no models. */
const MODEL = "llama3.2:3b";
/** Of the channel, not of the account. */
const WANTS_PASSWORD = /asks for a(?:nother)? password|needs a password|password is another one/;
const SHOWN_MODELS = 30;
/** In the place of a model that is not chosen yet. */
const NO_MODEL = "-";

/** Asks for the site and the channel. */
export async function askChannel(setup: Setup): Promise<void> {
  const { draft, flags, questions } = setup;
  await untilGood(setup, async (again) => {
    const [oldName, ...password] = [draft.channel].flat();
    const site = again ? undefined : flags.domain;
    draft.domain = site ??
      await questions.ask("CyTube site", { fallback: text(draft.domain) ?? SITE });
    const fallback = text(oldName);
    const given = again ? undefined : flags.channel;
    const name = given ?? await questions.ask("Channel", { fallback, flag: "--channel" });
    draft.channel = name === oldName && password.length > 0 ? [name, ...password] : name;
    const findings = await tested({ ...setup, draft: { ...draft, user: "Rosey", llm: {} } });
    return findings.filter(({ level }) => level !== "note");
  });
}

/** Asks for the bot's account. Returns what is known of the channel then. */
export async function askUser(setup: Setup): Promise<readonly Finding[]> {
  const { draft, flags, questions } = setup;
  let isRefused = false;
  return await untilGood(setup, async (again) => {
    const [oldName, oldPassword] = [draft.user].flat();
    const fallback = text(oldName);
    const given = again ? undefined : flags.user;
    const name = given ?? await questions.ask("Bot's user name", { fallback, flag: "--user" });
    const known = oldName === name && !isRefused ? oldPassword : undefined;
    draft.user = await withPassword(name, known, questions);
    const tests = () => tested({ ...setup, draft: { ...draft, llm: {} } }, { login: true });
    const findings = await tests();
    isRefused = findings.some(({ found }) => found.startsWith("Cannot log in"));
    const isClosed = findings.some(({ found }) => WANTS_PASSWORD.test(found));
    if (!isClosed || questions.unattended) return findings;
    show(findings.slice(1));
    const [channel] = [draft.channel].flat();
    draft.channel = [channel, await questions.ask("The channel's password", { secret: true })];
    return await tests();
  });
}

/** A password of the environment stays there. */
async function withPassword(name: string, old: unknown, questions: Questions): Promise<unknown> {
  if (Deno.env.get("ROSEY_PASSWORD")) {
    console.log("Password: that of the variable ROSEY_PASSWORD");
    return [name, { env: "ROSEY_PASSWORD" }];
  }
  const question = old ? "Password (Enter: as before)" : "Password (Enter: none, be a guest)";
  const password = await questions.ask(question, { secret: true, fallback: "" }) || old;
  return password ? [name, password] : name;
}

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
  // Several servers stay as they are.
  const isList = written !== undefined && typeof written !== "string";
  let fallback = text(written) ?? (Deno.env.get("OLLAMA_HOST") || OLLAMA);
  let last: Probed | undefined;
  await untilGood(setup, async (again) => {
    const given = again ? undefined : flags.server;
    const url = given ?? (isList ? "" : await questions.ask("Model server", { fallback }));
    const isOld = url === "" || url === written;
    const tries = isOld ? [{ ...old, enabled: true }] : candidates(url, old);
    let first: Probed | undefined;
    for (const server of tries) {
      draft.llm = server;
      let found = await probed(setup);
      if (found.wantsKey && !questions.unattended) {
        const key = await questions.ask("The server's API key", { secret: true, fallback: "" });
        draft.llm = withKey(server, url, key);
        found = await probed(setup);
      }
      last = found;
      if (!found.findings.some(isFailure)) return found.findings;
      first ??= found;
    }
    // The address that was probably meant is suggested in the second try.
    fallback = /^https?:\/\//.test(url) ? url : correctedHost(url) ?? url;
    draft.llm = isOld ? tries[0] : candidates(fallback, old)[0];
    return first?.findings ?? [];
  });
  await askModel(setup, last);
  const variable = Deno.env.get("OLLAMA_HOST");
  const { provider, ollama_host: host = OLLAMA } = Object(draft.llm);
  if (variable && provider !== "openai" && variable !== host) {
    console.log("  ! the variable OLLAMA_HOST names another server and wins: unset it");
  }
}

async function askModel(setup: Setup, server: Probed | undefined): Promise<void> {
  const { draft, flags, questions } = setup;
  const { models, findings = [] } = server ?? { models: [] };
  const isUp = !findings.some(isFailure);
  const before = text(Object(draft.llm).model);
  await untilGood(setup, async (again) => {
    const fallback = (again ? undefined : before) ?? models[0] ?? MODEL;
    const given = (again ? undefined : flags.model) ??
      await questions.ask("Model (its name or number)", { fallback });
    const model = models[Number(given) - 1] ?? given;
    draft.llm = { ...Object(draft.llm), model };
    // Of a server that is kept although it does not answer nothing can be found out.
    const config = isUp ? loaded(setup) : [];
    if (Array.isArray(config)) return config;
    using found = modelServers(config);
    const options = { signal: setup.signal, redact: redactor(config.secrets) };
    const tests = found.servers.map(({ provider, settings }) =>
      checkServer(provider, settings, options)
    );
    const findings = [...found.wrong, ...(await Promise.all(tests)).flat()];
    // Some servers take any name, but the one in their list is meant.
    const strict = findings.map((finding): Finding =>
      / is not on /.test(finding.found) ? { ...finding, level: "failure" } : finding
    );
    // The whole list follows at the end.
    return strict.filter(({ found, level }) => level === "failure" || found.startsWith("it has"));
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
  readonly findings: Finding[];
  readonly models: readonly string[];
  readonly wantsKey: boolean;
}

/** Asks the servers of a draft for their models. */
async function probed(setup: Setup): Promise<Probed> {
  const llm: Draft = { model: NO_MODEL, ...Object(setup.draft.llm) };
  const config = loaded({ ...setup, draft: { ...setup.draft, llm } });
  if (Array.isArray(config)) return { findings: config, models: [], wantsKey: false };
  using made = modelServers(config);
  const redact = redactor(config.secrets);
  const findings = [...made.wrong];
  const models: string[] = [];
  let wantsKey = made.wrong.some(({ found }) => found.includes("no API key"));
  for (const { provider: { host, label }, provider } of made.servers) {
    const about = `model server ${host}`;
    try {
      const { models: listed = [], unlisted } = await provider.probe(setup.signal);
      if (unlisted && /^(?:wrong_api|auth)$/.test(unlisted.kind)) throw unlisted;
      const first = models.push(...listed) - listed.length + 1;
      const names = listed.slice(0, SHOWN_MODELS).map((name, at) => `${first + at}  ${name}`);
      const more = listed.length - names.length;
      if (more > 0) names.push(`and ${more} more`);
      findings.push({ about, level: "ok", found: `${label} answers at ${host}; its models:` });
      for (const name of names) findings.push({ about, level: "note", found: redact(name) });
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
      wantsKey ||= error.kind === "auth";
      findings.push({ about, level: "failure", found: error.reason, advice: error.hint });
    }
  }
  return { findings, models, wantsKey };
}

/** Tests the channel, and with `login` the account. */
async function tested(setup: Setup, { login = false } = {}): Promise<readonly Finding[]> {
  const config = loaded(setup);
  if (Array.isArray(config)) return config;
  const { settings, secrets } = config;
  return await checkChannel(settings, { login, signal: setup.signal, redact: redactor(secrets) });
}

/** The draft as the bot would load it, or what is wrong with it. */
function loaded({ path, draft }: Setup): LoadedConfig | Finding[] {
  const json = JSON.stringify(draft);
  try {
    return loadConfig(path, {
      readFile: (file) => file === path ? json : Deno.readTextFileSync(file),
      // The answer is tested, not what the variable says.
      env: (name) => name === "OLLAMA_HOST" ? undefined : Deno.env.get(name),
    });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map((found) => ({ about: "the answer", level: "failure", found }));
  }
}

/** Repeats a step until its test succeeds, or the operator keeps the answer anyway. */
async function untilGood(
  { questions, seen }: Setup,
  step: (again: boolean) => Promise<readonly Finding[]>,
): Promise<readonly Finding[]> {
  for (let again = false;; again = true) {
    const findings = await step(again);
    show(findings.filter(({ found }) => !seen.has(found)));
    for (const { found, level } of findings) if (level === "ok") seen.add(found);
    if (!findings.some(isFailure)) return findings;
    if (questions.unattended) throw new NotAnswered();
    if (await questions.confirm("Keep this answer anyway?")) return findings;
  }
}

/** Prints findings as answers to the question above: without headings and names of settings. */
function show(findings: readonly Finding[]): void {
  const shown = findings.map(({ found, advice, ...finding }) => ({
    ...finding,
    found: found.replace(/^LLM error: (?:Cannot use [^ ]+: )?/, ""),
    advice: advice?.replace(/ in the configuration|^correct llm\b.*/, ""),
  }));
  const lines = findingLines(shown, { colours: hasColours() });
  for (const line of lines) if (line.startsWith(" ")) console.log(line);
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

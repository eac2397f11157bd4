import { findingLines } from "../check/finding.ts";
import { durationText } from "../clock.ts";
import { serversOf } from "../config/servers.ts";
import { EXIT } from "../errors.ts";
import { ProviderError } from "../llm/errors.ts";
import type { UsableServer } from "../llm/make_providers.ts";
import { sameModel } from "../llm/model_name.ts";
import type { ListedModel } from "../llm/provider.ts";
import { jsonText, oneLine } from "../one_line.ts";
import { hasColours } from "../output.ts";
import { type Redact, redactor } from "../redact.ts";
import { PROGRAM } from "../version.ts";
import type { ModelsFlags } from "./flags.ts";
import { loadAndWarn, usableServers } from "./open_models.ts";
import { sizeText } from "./pull_progress.ts";
import { tableLines, type TableOptions, terminalWidth } from "./terminal.ts";

/** Stands for the name where none is configured yet: this command shows what there is to choose. */
const NO_MODEL = "?";
/** Ollama's `keep_alive: -1` is 292 years. */
const FOREVER_MS = 365 * 86_400_000;
const UNKNOWN = "-";

interface ServerModels {
  readonly label: string;
  readonly host: string;
  /** Where it is configured: `llm` or `llm.fallbacks[0]`. */
  readonly section: string;
  readonly model: string;
  readonly models?: readonly ListedModel[];
  /** Why it has no list, or not the model, and what to do. */
  readonly problem?: string;
  readonly advice?: string;
}

/**
 * `rosey models`: lists the models of every configured server. Fails if one cannot be asked.
 *
 * @throws {ConfigError} When the configuration cannot be read.
 */
export async function models(flags: ModelsFlags, signal: AbortSignal): Promise<number> {
  const { settings: { llm }, path, secrets } = loadAndWarn(flags);
  const { usable, hasMistakes } = usableServers(
    serversOf(llm).map((server) => ({ ...server, model: server.model || NO_MODEL })),
    path,
  );
  if (usable.length === 0) return EXIT.config;
  const redact = redactor(secrets);
  const found = await Promise.all(usable.map(async (server) => {
    try {
      return await modelsOf(server, { signal, redact });
    } finally {
      server.provider.close();
    }
  }));
  signal.throwIfAborted();
  const ok = !hasMistakes && found.every(({ models }) => models !== undefined);
  if (flags.json) {
    console.log(jsonText({ ok, servers: found }));
  } else {
    const options = { colours: hasColours(), width: terminalWidth(), nowMs: Date.now() };
    console.log(found.map((server) => serverLines(server, options).join("\n")).join("\n\n"));
  }
  return ok ? EXIT.ok : EXIT.failure;
}

async function modelsOf(
  { provider, settings: { section } }: UsableServer,
  { signal, redact }: { readonly signal: AbortSignal; readonly redact: Redact },
): Promise<ServerModels> {
  const { label, host, missingModelHint } = provider;
  const model = provider.model === NO_MODEL ? "" : provider.model;
  const about = { label, host, section, model };
  try {
    const models = (await provider.listModels!(signal)).map((listed) => ({
      ...listed,
      name: redact(listed.name),
      capabilities: listed.capabilities?.map(redact),
      remoteHost: listed.remoteHost && redact(listed.remoteHost),
    }));
    if (model === "") {
      const advice = models.length > 0 ? "to one of these" : `and pull it: ${PROGRAM} pull`;
      return {
        ...about,
        models,
        problem: "no model is chosen",
        advice: `set ${section}.model ${advice}`,
      };
    }
    if (models.some(({ name }) => sameModel(name, model))) return { ...about, models };
    return { ...about, models, problem: `it does not list ${model}`, advice: missingModelHint };
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    return { ...about, problem: error.reason, advice: error.hint };
  }
}

/** The server's name, its table of models, and what is wrong. */
function serverLines(
  { label, host, model, models, problem, advice }: ServerModels,
  { nowMs, ...options }: TableOptions & { readonly nowMs: number },
): string[] {
  const about = `${label} at ${host}`;
  const rows = models?.map((listed) => rowOf(listed, { model, nowMs })) ?? [];
  // Columns of which the server tells nothing are left out.
  const columns = Object.keys(rows[0] ?? {})
    .filter((name) => rows.some((row) => row[name] !== UNKNOWN));
  const table = rows.length === 0 ? [] : tableLines(
    [columns, ...rows.map((row) => columns.map((name) => row[name]!))],
    options,
  );
  const level = models === undefined ? "failure" : "warning";
  const [, ...findings] = problem === undefined
    ? []
    : findingLines([{ about, level, found: problem, advice }], options);
  return [oneLine(about), ...table, ...findings];
}

/** Cells by the names of their columns. */
function rowOf(
  listed: ListedModel,
  { model, nowMs }: { readonly model: string; readonly nowMs: number },
): Record<string, string> {
  const { name, sizeBytes, loaded, remoteHost, capabilities } = listed;
  const isLoaded = loaded === undefined ? UNKNOWN : loaded ? "yes" : "no";
  return {
    "  MODEL": `${model !== "" && sameModel(name, model) ? "*" : " "} ${name}`,
    SIZE: sizeBytes ? sizeText(sizeBytes) : UNKNOWN,
    LOADED: remoteHost === undefined ? isLoaded : `on ${remoteHost}`,
    VRAM: vramText(listed),
    CONTEXT: contextText(listed),
    EXPIRES: expiryText(listed, nowMs),
    CAPABILITIES: capabilities?.join(", ") || UNKNOWN,
  };
}

/** The part of the model that is on GPUs, and all of it. */
function vramText({ memoryBytes, vramBytes }: ListedModel): string {
  if (vramBytes === undefined) return UNKNOWN;
  const all = memoryBytes === undefined ? "" : ` of ${sizeText(memoryBytes)}`;
  return `${sizeText(vramBytes)}${all}`;
}

function contextText({ contextTokens, trainedTokens }: ListedModel): string {
  if (contextTokens !== undefined) return String(contextTokens);
  return trainedTokens === undefined ? UNKNOWN : `up to ${trainedTokens}`;
}

function expiryText({ expiresAt }: ListedModel, nowMs: number): string {
  if (expiresAt === undefined) return UNKNOWN;
  const leftMs = Date.parse(expiresAt) - nowMs;
  if (leftMs > FOREVER_MS) return "never";
  return leftMs <= 0 ? "now" : `in ${durationText(leftMs)}`;
}

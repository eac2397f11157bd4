/** Log lines about one server: one per change of its state, not one per failure. */
import { getLogger } from "@logtape/logtape";
import { BoundedMap } from "../bounded_map.ts";
import type { FailureKind, Phase, ProviderError } from "./errors.ts";
import type { Probe, Provider } from "./provider.ts";

const log = getLogger(["rosey", "llm"]);

const CONNECTION_ERRORS: readonly FailureKind[] = ["refused", "dns", "tls", "reset"];

/** A server that failed in one phase is back when it succeeds in that phase. */
const RANKS: Readonly<Record<Phase, number>> = { pull: 0, probe: 0, load: 1, answer: 2 };
const MAX_LOGGED = 50;
const MAX_NAMES = 8;

export class MonitorLog {
  readonly #provider: Provider;
  /** The rank of the phase that must succeed before the server is logged as enabled. */
  #missing = RANKS.probe;
  /** Failures that were logged in full since the server was last enabled. */
  readonly #logged = new BoundedMap<string, true>(MAX_LOGGED);
  #loadFailed = false;
  #wasDisplaced = false;
  #offered: readonly string[] | undefined;

  constructor(provider: Provider) {
    this.#provider = provider;
  }

  probed({ models, hasModel }: Probe): void {
    this.#offered = models;
    const { model, host, listsEveryModel, missingModelHint: hint } = this.#provider;
    const isNew = this.#passed("probe");
    // A server that lists every model rejects the load; that is logged instead.
    if (!isNew || !models || listsEveryModel || hasModel !== false) return;
    const about = { model, host, offered: listText(models), hint };
    log.warning('Model "{model}" is not on {host}: {offered}; {hint}', about);
  }

  loaded(seconds: number): void {
    const { model } = this.#provider;
    this.#loadFailed = false;
    this.#passed("load");
    log.debug("Model {model} is loaded after {seconds} s", { model, seconds: seconds.toFixed(2) });
  }

  /** Another client has loaded the model with another window. Logged once. */
  displaced(tokens: number | undefined): void {
    if (this.#wasDisplaced) return;
    this.#wasDisplaced = true;
    const { model, host } = this.#provider;
    log.warning(
      "Another client of {host} has loaded {model} with another num_ctx, {tokens} tokens: each " +
        "change loads it again; use the same num_ctx in both",
      { model, host, tokens },
    );
  }

  /** A load that a proxy cut off after some seconds is started again. */
  loadRestarted(error: ProviderError, triedSeconds: number): void {
    if (!this.#isNew(`load restarted: ${keyOf(error)}`)) return;
    const { host } = this.#provider;
    const seconds = Math.round(triedSeconds);
    const about = { host, seconds, reason: error.message };
    const text = "A proxy ended the load on {host} after {seconds} s; loading again: {reason}";
    log.warning(text, about);
  }

  answered(): void {
    this.#passed("answer");
    this.#logged.clear();
  }

  /** The model cannot be loaded, but chat may still work. */
  loadFailed(error: ProviderError): void {
    this.#passed("load");
    if (this.#loadFailed) return;
    this.#loadFailed = true;
    const { model, host } = this.#provider;
    const about = { model, host, reason: error.message };
    log.warning(`${titleOf(error)}: model {model} could not be loaded on {host}: {reason}`, about);
  }

  /** A request failed. The same failure is logged with its hint only once. */
  failed(error: ProviderError): void {
    const { host } = this.#provider;
    const reason = this.#isNew(keyOf(error)) ? error.message : error.reason;
    const where = reason.includes(host) ? "" : "; asked {host}";
    log.error(`${titleOf(error)}: {reason}${where}`, { reason, host });
  }

  lost(error: ProviderError, phase: Phase): void {
    this.#missing = Math.max(this.#missing, RANKS[phase]);
    if (!this.#isNew(`${phase} ${keyOf(error)}`)) return;
    const { label, host } = this.#provider;
    const { reason } = error;
    const hint = error.hint ? `; ${error.hint}` : "";
    // The server's words go in a field of their own, which is redacted.
    const has = error.kind === "model_missing" && this.#offered ? listText(this.#offered) : "";
    const offered = has && " ({has})";
    const about = { label, host, reason, hint, ...(has && { has }) };
    log.error(`{label} unavailable at {host}: {reason}${offered}{hint}`, about);
  }

  #isNew(key: string): boolean {
    if (this.#logged.has(key)) return false;
    this.#logged.set(key, true);
    return true;
  }

  /** Logs the server as enabled if this phase was missing. Returns whether it was. */
  #passed(phase: Phase): boolean {
    if (this.#missing < 0 || RANKS[phase] < this.#missing) return false;
    this.#missing = -1;
    this.#logged.clear();
    const { name, model, host } = this.#provider;
    log.info("LLM enabled: provider={name}, model={model}, host={host}", { name, model, host });
    return true;
  }
}

/** Operators search for these words. */
function titleOf({ kind }: ProviderError): string {
  if (CONNECTION_ERRORS.includes(kind)) return "LLM connection error";
  return kind === "timeout" || kind === "idle" ? "LLM timeout" : "LLM error";
}

/** Ports, times and sizes differ each time. */
function keyOf({ kind, reason }: ProviderError): string {
  return `${kind} ${reason.replace(/\d+/g, "0")}`;
}

export function listText(models: readonly string[]): string {
  return models.length === 0 ? "it has none" : `it has ${models.slice(0, MAX_NAMES).join(", ")}`;
}

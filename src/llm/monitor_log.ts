/**
 * What the log says of a server that comes and goes: one line for each change, not for each failure.
 *
 * @module
 */
import { getLogger } from "@logtape/logtape";
import { BoundedMap } from "../bounded_map.ts";
import type { Phase } from "./hints.ts";
import {
  failureClass,
  type Probe,
  type Provider,
  type ProviderError,
  sameModel,
} from "./provider.ts";

const log = getLogger(["rosey", "llm"]);

/** What operators grep for. */
const CLASSES = {
  connection: "LLM connection error",
  timeout: "LLM timeout",
  other: "LLM error",
} as const;

/** A server that comes back has to come as far as it had not. */
const STAGES: readonly Phase[] = ["probe", "load", "answer"];

/** A server may say something else each time. */
const MAX_TOLD = 50;

/** The lines about one server. */
export class MonitorLog {
  readonly #provider: Provider;
  /** What must succeed before the server is said to be there; undefined when it was said. */
  #missing: Phase | undefined = "probe";
  /** Failures that were told in full since then. */
  readonly #told = new BoundedMap<string, true>(MAX_TOLD);
  #unloadable = false;
  #offered: readonly string[] | undefined;

  /**
   * Nothing was said yet.
   *
   * @param provider Whose server.
   */
  constructor(provider: Provider) {
    this.#provider = provider;
  }

  /**
   * The server is there.
   *
   * @param probe What it answered.
   */
  found({ models }: Probe): void {
    this.#offered = models;
    const { name, model, host } = this.#provider;
    const isNew = this.#passed("probe");
    // Whoever can be told to load a model says by that whether it is there.
    if (!isNew || name === "ollama" || has(models, model)) return;
    log.warning('Model "{model}" is not on {host}: {has}; set llm.model to one that it has', {
      model,
      host,
      has: listText(models),
    });
  }

  /**
   * The model is in memory.
   *
   * @param seconds What that took.
   */
  loaded(seconds: number): void {
    this.#unloadable = false;
    this.#passed("load");
    log.debug("Model {model} is loaded after {seconds} s", {
      model: this.#provider.model,
      seconds: seconds.toFixed(2),
    });
  }

  /**
   * A proxy did not wait for the load, which begins anew.
   *
   * @param error What it answered.
   * @param seconds How long it had waited.
   */
  givenUp(error: ProviderError, seconds: number): void {
    if (!this.#isNews(`given up: ${keyOf(error)}`)) return;
    log.warning("The load on {host} was given up after {seconds} s and begins anew: {reason}", {
      host: this.#provider.host,
      seconds: Math.round(seconds),
      reason: error.message,
    });
  }

  /** The model has answered. */
  answered(): void {
    this.#passed("answer");
    this.#told.clear();
  }

  /**
   * The model cannot be loaded, but may answer all the same.
   *
   * @param error Why.
   */
  unloadable(error: ProviderError): void {
    const { model, host } = this.#provider;
    this.#passed("load");
    if (this.#unloadable) return;
    this.#unloadable = true;
    log.warning(
      `${CLASSES[failureClass(error.kind)]}: model {model} could not be loaded on {host}: {reason}`,
      {
        model,
        host,
        reason: error.message,
      },
    );
  }

  /**
   * A question was not answered.
   *
   * @param error Why.
   */
  failed(error: ProviderError): void {
    const { host } = this.#provider;
    const reason = this.#reason(error);
    // With several servers it must be told which.
    const where = reason.includes(host) ? "" : "; asked {host}";
    log.error(`${CLASSES[failureClass(error.kind)]}: {reason}${where}`, { reason, host });
  }

  /**
   * The server, or its model, cannot be used.
   *
   * @param error Why.
   * @param step What was tried.
   */
  lost(error: ProviderError, step: Phase): void {
    if (this.#missing === undefined || rank(step) > rank(this.#missing)) this.#missing = step;
    const key = `${step} ${keyOf(error)}`;
    if (!this.#isNews(key)) return;
    const { label, host } = this.#provider;
    const lacks = error.kind === "model_missing" && this.#offered
      ? ` (${listText(this.#offered)})`
      : "";
    const reason = [error.found + lacks, error.next].filter(Boolean).join("; ");
    log.error("{label} unavailable at {host}: {reason}", { label, host, reason });
  }

  /** In full once, then in short. */
  #reason(error: ProviderError): string {
    return this.#isNews(keyOf(error)) ? error.message : error.found;
  }

  #isNews(key: string): boolean {
    if (this.#told.has(key)) return false;
    this.#told.set(key, true);
    return true;
  }

  /** @returns Whether the server is said to be there by that. */
  #passed(step: Phase): boolean {
    if (this.#missing === undefined) return false;
    if (rank(step) < rank(this.#missing)) return false;
    this.#missing = undefined;
    this.#told.clear();
    const { name, model, host } = this.#provider;
    log.info("LLM enabled: provider={name}, model={model}, host={host}", { name, model, host });
    return true;
  }
}

function rank(step: Phase): number {
  return STAGES.indexOf(step);
}

/** Ports, times and sizes are others each time. */
function keyOf({ kind, found }: ProviderError): string {
  return `${kind} ${found.replace(/\d+/g, "0")}`;
}

function has(models: readonly string[] | undefined, model: string): boolean {
  return models === undefined || models.some((found) => sameModel(found, model));
}

/** How many of a server's models are named. */
const NAMED = 8;

function listText(models: readonly string[] = []): string {
  return models.length === 0 ? "it has none" : `it has ${models.slice(0, NAMED).join(", ")}`;
}

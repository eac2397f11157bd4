/**
 * What the log says of a server that comes and goes: one line for each change, not for each failure.
 *
 * @module
 */
import { getLogger } from "@logtape/logtape";
import { pullAdvice } from "./failure.ts";
import { type Probe, type Provider, sameModel } from "./provider.ts";

const log = getLogger(["rosey", "llm"]);

/** The lines about one server. */
export class LinkLog {
  readonly #provider: Provider;
  /** Why it is away, as was said; empty when it was said to be there. */
  #said: string | undefined;

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
    if (this.#said === "") return;
    this.#said = "";
    const { name, model, host } = this.#provider;
    log.info("LLM enabled: provider={name}, model={model}, host={host}", { name, model, host });
    if (models === undefined || models.some((found) => sameModel(found, model))) return;
    log.warning('Model "{model}" is not on {host}: {advice}', {
      model,
      host,
      advice: models.length === 0
        ? `it has none; ${pullAdvice(model)}`
        : `it has ${models.slice(0, 8).join(", ")}; ${pullAdvice(model)}`,
    });
  }

  /**
   * The server is away.
   *
   * @param reason Why.
   */
  lost(reason: string): void {
    if (this.#said === reason) return;
    this.#said = reason;
    const { label, host } = this.#provider;
    log.error("{label} unavailable at {host}: {reason}", { label, host, reason });
  }
}

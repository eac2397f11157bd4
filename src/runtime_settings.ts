/**
 * The settings of the `llm` section that are in force: the operator's, and over them what moderators
 * chose. A reload ends their choice.
 *
 * @module
 */
import type { LlmSettings } from "./config/settings.ts";
import { DEFAULT_PERSONA_NAME } from "./config/settings_llm.ts";
import { sameModel } from "./llm/provider.ts";

/** Settings that change while the bot runs. */
export class RuntimeSettings {
  readonly #apply: (llm: LlmSettings) => void;
  #base: LlmSettings;
  #model: string | undefined;
  #persona: string | undefined;

  /**
   * Those of the operator are in force.
   *
   * @param base The operator's.
   * @param apply Told of every change.
   */
  constructor(base: LlmSettings, apply: (llm: LlmSettings) => void) {
    this.#base = base;
    this.#apply = apply;
  }

  /** The model's name. */
  get model(): string {
    return this.#model ?? this.#base.model;
  }

  /** The persona's name. */
  get persona(): string {
    return this.#persona ?? DEFAULT_PERSONA_NAME;
  }

  /** Names of personas that can be chosen. */
  get personas(): readonly string[] {
    return [DEFAULT_PERSONA_NAME, ...Object.keys(this.#base.personas)];
  }

  /**
   * The operator decided anew.
   *
   * @param base All of it.
   */
  adopt(base: LlmSettings): void {
    this.#base = base;
    this.#model = undefined;
    this.#persona = undefined;
    this.#change();
  }

  /**
   * A moderator chooses a model, for every server; with the operator's own each server is asked for the
   * one that the operator wrote for it.
   *
   * @param name One that the server offers.
   */
  chooseModel(name: string): void {
    this.#model = sameModel(name, this.#base.model) ? undefined : name;
    this.#change();
  }

  /**
   * A moderator chooses a persona.
   *
   * @param name In any case.
   * @returns Its name as the operator wrote it; undefined where there is none.
   */
  choosePersona(name: string): string | undefined {
    const found = this.personas.find((known) => known.toLowerCase() === name.toLowerCase());
    if (found === undefined) return undefined;
    this.#persona = found === DEFAULT_PERSONA_NAME ? undefined : found;
    this.#change();
    return found;
  }

  #change(): void {
    const base = this.#base;
    const model = this.#model;
    const persona = this.#persona === undefined ? base.persona : base.personas[this.#persona];
    const ollamaHosts = base.ollamaHosts.map((host) => ({ ...host, model }));
    this.#apply(
      model === undefined ? { ...base, persona } : { ...base, persona, model, ollamaHosts },
    );
  }
}

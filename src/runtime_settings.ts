/** The `llm` settings in use: the operator's, overlaid with what moderators chose at run time. */
import { DEFAULT_PERSONA_NAME, type Personas } from "./config/personas.ts";
import type { LlmSettings } from "./config/settings.ts";
import { sameModel } from "./llm/model_name.ts";

export class RuntimeSettings {
  readonly #apply: (llm: LlmSettings) => void;
  #base: LlmSettings;
  #model: string | undefined;
  #persona: string | undefined;

  constructor(base: LlmSettings, apply: (llm: LlmSettings) => void) {
    this.#base = base;
    this.#apply = apply;
  }

  get model(): string {
    return this.#model ?? this.#base.model;
  }

  get persona(): string {
    return this.#persona ?? DEFAULT_PERSONA_NAME;
  }

  get personas(): Personas {
    return { [DEFAULT_PERSONA_NAME]: this.#base.persona, ...this.#base.personas };
  }

  /** Replaces the operator's settings; ends the moderators' choices. */
  updateSettings(base: LlmSettings): void {
    this.#base = base;
    this.#model = undefined;
    this.#persona = undefined;
    this.#change();
  }

  /**
   * Uses a model on every server but the fallbacks; the operator's own model restores each server's
   * own setting.
   */
  chooseModel(name: string): void {
    this.#model = sameModel(name, this.#base.model) ? undefined : name;
    this.#change();
  }

  /** @returns The persona's name as configured; undefined if there is none. */
  choosePersona(name: string): string | undefined {
    const names = Object.keys(this.personas);
    const found = names.find((known) => known.toLowerCase() === name.toLowerCase());
    if (found === undefined) return undefined;
    this.#persona = found;
    this.#change();
    return found;
  }

  #change(): void {
    const base = this.#base;
    const model = this.#model;
    const persona = this.personas[this.persona] ?? base.persona;
    const ollamaHosts = base.ollamaHosts.map((host) => ({ ...host, model }));
    this.#apply(
      model === undefined ? { ...base, persona } : { ...base, persona, model, ollamaHosts },
    );
  }
}

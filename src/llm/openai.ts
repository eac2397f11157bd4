/**
 * The chat completions API of OpenAI and of servers that are compatible with it (LM Studio, vLLM,
 * llama.cpp, LiteLLM, OpenRouter). Source: https://platform.openai.com/docs/api-reference/chat
 */
import { getLogger } from "@logtape/logtape";
import { delay } from "../clock.ts";
import { isTimeout, ProviderError, providerError } from "./errors.ts";
import { hintFor } from "./hints.ts";
import { HttpProvider, type HttpProviderOptions } from "./http_provider.ts";
import { sameModel } from "./model_name.ts";
import { OPENAI_ERRORS, OTHER_MODEL } from "./openai_errors.ts";
import {
  type AdaptedForm,
  adaptedForm,
  allowsLimit,
  FIRST_FORM,
  type OpenAiParameters,
  requestBody,
} from "./openai_request.ts";
import { listedModel, readChat, readList, takesAnyName, windowOf } from "./openai_response.ts";
import type {
  Adjustment,
  ChatOptions,
  ListedModel,
  Message,
  ModelStatus,
  Probe,
  Provider,
  Reply,
} from "./provider.ts";

const log = getLogger(["rosey", "llm"]);

const STARTING_PAUSE_MS = 2000;

export type OpenAiOptions = HttpProviderOptions & Partial<OpenAiParameters>;

export class OpenAiProvider extends HttpProvider implements Provider {
  readonly name = "openai";
  readonly label = "OpenAI-compatible server";
  readonly sharesLoads = false;
  /** Some servers take any name for the one model that they have. */
  readonly listsEveryModel = false;
  readonly missingModelHint: string;
  readonly staysLoadedMs = Infinity;
  /** Whether the server answers while it works on another request. */
  #isConcurrent = false;
  /** Whether the server loads its model because it has just been started. */
  #isStarting = false;
  /** Whether the server may load the model for the next answer: it says so, died, or was late. */
  #isCold = false;
  #contextTokens: number | undefined;
  /** What the server took the last time. */
  #form = FIRST_FORM;
  #guesses = 0;
  #adjustments: readonly Adjustment[] = [];
  readonly #parameters: OpenAiParameters;

  constructor(options: OpenAiOptions) {
    super(options, OPENAI_ERRORS);
    this.missingModelHint = hintFor(OTHER_MODEL, options.server);
    this.#parameters = { options: options.options ?? {}, think: options.think };
  }

  get adjustments(): readonly Adjustment[] {
    return this.#adjustments;
  }

  /** Not every such server has a list of its models. */
  async probe(signal: AbortSignal): Promise<Probe> {
    this.#isStarting = false;
    try {
      const list = await this.sendProbe({ path: "/models", signal }, readList);
      this.#contextTokens = windowOf(list, this.model) ?? this.#contextTokens;
      const models = list.map(({ id }) => String(id));
      const hasModel = models.some((name) => sameModel(name, this.model));
      return { models, hasModel, takesAnyName: takesAnyName(list) };
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
      this.#isStarting = error.kind === "model_loading";
      if (this.#isStarting || hidesList(error)) return { unlisted: error };
      throw error;
    }
  }

  /** Some servers do one thing at a time: a timeout counts only if the server has answered before. */
  async alive(signal: AbortSignal): Promise<void> {
    try {
      await this.signOfLife("/models", signal);
      this.#isConcurrent = true;
    } catch (error) {
      if (!isTimeout(error) || this.#isConcurrent) throw error;
    }
  }

  /** Waits for a server that has just started; sends a short chat to one that loads on demand. */
  async load(signal: AbortSignal): Promise<void> {
    const { clock } = this.server;
    while (this.#isStarting) {
      await delay(STARTING_PAUSE_MS, { signal, clock });
      await this.probe(signal);
    }
    const limitMs = this.loadTimeoutMs;
    const options = { maxTokens: 1, totalMs: limitMs };
    while (this.#isCold) {
      try {
        await this.chat([{ role: "user", content: "Hi" }], signal, options);
        this.#isCold = false;
      } catch (error) {
        const { kind } = providerError(error);
        // An empty reply still proves that the model is loaded.
        if (kind === "empty") this.#isCold = false;
        else if (kind !== "model_loading") throw error;
        else await delay(STARTING_PAUSE_MS, { signal, clock });
      }
    }
  }

  status(): Promise<ModelStatus> {
    return Promise.resolve({ loaded: true, contextTokens: this.#contextTokens });
  }

  async listModels(signal: AbortSignal): Promise<readonly ListedModel[]> {
    return (await this.sendProbe({ path: "/models", signal }, readList))
      .filter(({ id }) => typeof id === "string").map(listedModel);
  }

  async chat(
    messages: readonly Message[],
    signal: AbortSignal,
    options: ChatOptions = {},
  ): Promise<Reply> {
    let begun = false;
    const onBegin = () => {
      begun = true;
      options.onBegin?.();
    };
    const chat = { ...options, onBegin };
    const send = (maxTokens?: number) => this.#send(messages, signal, { ...chat, maxTokens });
    const parameters = this.#parametersWith(options.parameters);
    const isLimited = options.maxTokens === undefined && allowsLimit(parameters);
    try {
      return await (isLimited ? this.limitTokens(send) : send(options.maxTokens));
    } catch (error) {
      const { kind, retry } = providerError(error);
      if (retry === "now" || (kind === "timeout" && !begun)) this.#isCold = true;
      throw error;
    }
  }

  /** Sends a request that is refused again in another form, and keeps to a form that is taken. */
  async #send(
    messages: readonly Message[],
    signal: AbortSignal,
    options: ChatOptions,
  ): Promise<Reply> {
    const { clock } = this.server;
    const deadlineMs = clock.now() + (options.totalMs ?? this.responseTimeoutMs);
    const parameters = this.#parametersWith(options.parameters);
    const adapted: AdaptedForm[] = [];
    for (let form = this.#form;; form = adapted.at(-1)!.form) {
      const body = requestBody({ ...options, model: this.model, messages, parameters, form });
      const request = { path: "/chat/completions", body, signal };
      const limits = { ...options, totalMs: deadlineMs - clock.now() };
      try {
        const reply = await this.sendChat(request, limits, readChat);
        this.#adopt(adapted);
        return reply;
      } catch (error) {
        if (!(error instanceof ProviderError)) throw error;
        const next = adaptedForm(error, { form, messages, parameters, body });
        // An empty answer shows that the request was taken.
        if (error.kind === "empty") this.#adopt(adapted);
        if (next === undefined) throw error;
        adapted.push(next);
      }
    }
  }

  #parametersWith(own: ChatOptions["parameters"]): OpenAiParameters {
    const { options, think } = this.#parameters;
    return { options: { ...options, ...own }, think };
  }

  /** Remembers what a request had to be changed to; what was guessed once may be a mistake. */
  #adopt(adapted: readonly AdaptedForm[]): void {
    if (adapted.some(({ isGuess }) => isGuess) && ++this.#guesses < 2) return;
    this.#form = adapted.at(-1)?.form ?? this.#form;
    for (const { adjustment } of adapted) {
      this.#adjustments = [...this.#adjustments, adjustment];
      const { found, advice } = adjustment;
      const about = { host: this.host, found, advice };
      if (advice) log.warning("Model server {host}: {found}; {advice}", about);
      else log.info("Model server {host}: {found}", about);
    }
  }
}

/** Some keys and gateways cannot list models; chat may still work. */
function hidesList({ kind, status, blames }: ProviderError): boolean {
  if (kind === "auth") return status === 403;
  if (kind === "redirect") return false;
  return kind === "wrong_api" || (status !== undefined && ["model", "request"].includes(blames));
}

/** Ollama's own API. Source: https://github.com/ollama/ollama/blob/main/docs/api.md */
import { CLOUD, isCloudHost } from "../config/ollama_host.ts";
import { isTimeout, ProviderError } from "./errors.ts";
import { exchange } from "./http.ts";
import { HttpProvider, type HttpProviderOptions } from "./http_provider.ts";
import { keepAliveMs, keepAliveOfLoad } from "./keep_alive.ts";
import { isCloudName, sameModel } from "./model_name.ts";
import { missingModelHint, OLLAMA_ERRORS } from "./ollama_errors.ts";
import { listModels } from "./ollama_models.ts";
import {
  answerOf,
  listOf,
  readChat,
  readFields,
  readList,
  trainedTokensOf,
  unlessHidden,
} from "./ollama_response.ts";
import type {
  ChatOptions,
  Details,
  ListedModel,
  Message,
  ModelStatus,
  Probe,
  Provider,
  Reply,
} from "./provider.ts";
import { PULL_LIMITS, type PullOptions, readPull } from "./pull.ts";
import { hidesBegin, rendersInGo } from "./reasoning.ts";
import { type Fields, hostOf, numberOf } from "./response_text.ts";

export interface OllamaOptions extends HttpProviderOptions {
  /** How long the model stays loaded: seconds, or a Go duration such as `5m`. */
  readonly keepAlive: string | number;
  readonly options: Readonly<Record<string, unknown>>;
  readonly think: boolean | string;
}

export class OllamaProvider extends HttpProvider implements Provider {
  readonly name = "ollama";
  readonly label = "Ollama server";
  readonly sharesLoads = true;
  readonly listsEveryModel = true;
  readonly missingModelHint: string;
  readonly staysLoadedMs: number;
  readonly #options: OllamaOptions;
  readonly #isCloud: boolean;
  #templateSeen = false;
  /** Where the model runs, if elsewhere: then this server does not load it, nor list it as loaded. */
  #remoteHost: string | undefined;
  /** The window that the model has when this bot loaded it; undefined: not known yet. */
  #ownTokens: number | undefined;

  constructor(options: OllamaOptions) {
    super(options, OLLAMA_ERRORS);
    this.missingModelHint = missingModelHint(this);
    this.staysLoadedMs = keepAliveMs(options.keepAlive);
    this.#options = options;
    this.#isCloud = isCloudHost(this.host);
    this.#readRemoteHost();
  }

  /** A server whose list does not come in time may answer chats all the same. */
  async probe(signal: AbortSignal): Promise<Probe> {
    try {
      const list = await this.sendProbe({ path: "/api/tags", signal }, readList);
      const found = list.find(({ name }) => sameModel(name, this.model));
      if (found) this.#readRemoteHost(found);
      // Since version 0.18, Ollama asks its cloud also for models that it does not list.
      const hasModel = found !== undefined || (isCloudName(this.model) ? undefined : false);
      return { models: list.map(({ name }) => name), hasModel };
    } catch (error) {
      if (!isTimeout(error)) throw error;
      await this.alive(signal).catch((cause) => {
        throw signal.aborted ? cause : error;
      });
      return { unlisted: error };
    }
  }

  alive(signal: AbortSignal): Promise<void> {
    return this.signOfLife("/api/version", signal);
  }

  /** A chat without messages loads the model; it must have the options of the chats that follow. */
  async load(signal: AbortSignal): Promise<void> {
    if (this.#remoteHost !== undefined && !this.#isCloud && await this.#findRemote(signal)) return;
    const keep_alive = keepAliveOfLoad(this.#options.keepAlive);
    const body = { ...this.#chatBody([]), keep_alive, stream: false };
    const totalMs = this.loadTimeoutMs;
    const request = { path: "/api/chat", phase: "load", body, signal, totalMs } as const;
    await exchange(this.server, request, async (body) => {
      const { done } = answerOf(await body.text(), body.request);
      if (done !== true) throw new ProviderError("truncated", "the model's load did not end");
    });
    this.#ownTokens = undefined;
    await this.#readTemplate(signal);
  }

  /**
   * A proxy may hide the list of loaded models; then the model counts as loaded. A request with other
   * options than those that a model was loaded with loads it again, which shows in its window.
   */
  async status(signal: AbortSignal): Promise<ModelStatus> {
    const contextTokens = numberOf(this.#options.options.num_ctx);
    const remoteHost = this.#remoteHost;
    if (remoteHost !== undefined) return { loaded: true, remoteHost, contextTokens };
    const list = this.sendProbe({ path: "/api/ps", signal }, readFields);
    const models = listOf(await unlessHidden(list, { anyStatus: true }) ?? {});
    if (models === undefined) {
      return { loaded: true, ...(contextTokens !== undefined && { contextTokens }) };
    }
    const found = models.find(({ name }) => sameModel(String(name), this.model));
    const shownTokens = numberOf(found?.context_length);
    this.#ownTokens ??= shownTokens;
    const displaced = shownTokens !== undefined && shownTokens !== this.#ownTokens;
    return {
      loaded: found !== undefined && !displaced,
      displaced,
      contextTokens: shownTokens ?? contextTokens,
      memoryBytes: numberOf(found?.size),
      vramBytes: numberOf(found?.size_vram),
    };
  }

  async inspect(signal: AbortSignal): Promise<Details> {
    const request = { path: "/api/version", signal };
    const about = this.sendProbe(request, async (body, { headers }) => ({
      version: (await readFields(body)).version,
      serverTime: Date.parse(headers.get("date") ?? ""),
    }));
    const { version, serverTime = NaN } = await unlessHidden(about) ?? {};
    const shown = await unlessHidden(this.#show(signal)) ?? {};
    const { capabilities, requires } = shown;
    await this.#checkSignedIn(signal);
    return {
      software: typeof version === "string" ? `Ollama ${version}` : undefined,
      requires: isOlder(String(version), String(requires)) ? String(requires) : undefined,
      capabilities: Array.isArray(capabilities) ? capabilities.map(String) : undefined,
      trainedTokens: trainedTokensOf(shown),
      serverTime: Number.isNaN(serverTime) ? undefined : serverTime,
    };
  }

  chat(messages: readonly Message[], signal: AbortSignal, asked: ChatOptions = {}): Promise<Reply> {
    const { maxTokens, allowTruncation = true, seed } = asked;
    const chat = this.#chatBody(messages);
    const parameters = { ...chat.options, ...asked.parameters };
    const send = (num_predict?: number) => {
      const options = {
        ...parameters,
        ...(num_predict && { num_predict }),
        ...(seed !== undefined && { seed }),
      };
      const truncate = allowTruncation ? {} : { truncate: false };
      const body = { ...chat, options, stream: true, ...truncate };
      return this.sendChat({ path: "/api/chat", body, signal }, asked, readChat);
    };
    const isSet = maxTokens !== undefined || parameters.num_predict !== undefined;
    return isSet || this.#options.think ? send(maxTokens) : this.limitTokens(send);
  }

  listModels(signal: AbortSignal): Promise<readonly ListedModel[]> {
    return listModels((request, read) => this.sendProbe({ ...request, signal }, read));
  }

  /** Pulls from the registry. After a failure the server keeps what it has received. */
  pull(model: string, { signal, onProgress }: PullOptions): Promise<number> {
    const request = { path: "/api/pull", body: { model }, signal, ...PULL_LIMITS };
    return exchange({ ...this.server, model }, request, (body) => readPull(body, onProgress));
  }

  async #show(signal: AbortSignal): Promise<Fields> {
    const request = { path: "/api/show", body: { model: this.model }, signal };
    const shown = await this.sendProbe(request, readFields);
    this.#readRemoteHost(shown);
    return shown;
  }

  /** The cloud's own server does not say that the model runs elsewhere. */
  #readRemoteHost({ remote_host: url }: Fields = {}): void {
    const named = this.#isCloud || isCloudName(this.model) ? CLOUD : undefined;
    this.#remoteHost = hostOf(url) ?? named;
  }

  /**
   * Does what Ollama's own client does instead of a load. Returns false if that is hidden, or refused
   * because the cloud is switched off: the answer to a chat tells which.
   */
  async #findRemote(signal: AbortSignal): Promise<boolean> {
    const shown = await unlessHidden(this.#show(signal));
    if (!shown) return false;
    this.#noteTemplate(shown);
    await this.#checkSignedIn(signal);
    return true;
  }

  /** Only a server that is signed in may use Ollama's cloud. Other failures do not matter here. */
  async #checkSignedIn(signal: AbortSignal): Promise<void> {
    if (this.#remoteHost !== CLOUD || this.#isCloud) return;
    try {
      await this.sendProbe({ path: "/api/me", body: {}, signal }, readFields);
    } catch (error) {
      if (!(error instanceof ProviderError) || error.status === 401) throw error;
    }
  }

  /** Finds out from the template, once, how the model marks its reasoning. Failures do not matter. */
  async #readTemplate(signal: AbortSignal): Promise<void> {
    const format = this.reasoningFormat;
    // With `think`, the server removes the reasoning from the answers itself.
    if (this.#options.think || this.#templateSeen || format.thinking !== "unknown") return;
    try {
      this.#noteTemplate(await this.#show(signal));
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
    }
  }

  #noteTemplate({ template }: Fields): void {
    const format = this.reasoningFormat;
    this.#templateSeen = true;
    if (typeof template !== "string" || format.thinking !== "unknown") return;
    if (hidesBegin(template)) format.thinking = "presumed";
    else if (rendersInGo(template)) format.thinking = "plain";
  }

  #chatBody(messages: readonly Message[]) {
    const { keepAlive, options, think } = this.#options;
    return { model: this.model, messages, think, keep_alive: keepAlive, options };
  }
}

/** Compares `0.9.2` with `0.18.0`; a version of a server that was built by hand is `0.0.0`. */
function isOlder(version: string, required: string): boolean {
  const [has, needs] = [version, required].map((text) => /^v?(\d+)\.(\d+)\.(\d+)/.exec(text));
  if (!has || !needs || has[0] === "0.0.0") return false;
  const at = [1, 2, 3].find((part) => has[part] !== needs[part]);
  return at !== undefined && Number(has[at]) < Number(needs[at]);
}

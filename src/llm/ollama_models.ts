/** What an Ollama server has, and what is loaded. */
import type { Read } from "./http.ts";
import { sameModel } from "./model_name.ts";
import { listOf, readFields, readList, trainedTokensOf, unlessHidden } from "./ollama_response.ts";
import type { ListedModel } from "./provider.ts";
import { type Fields, hostOf, numberOf } from "./response_text.ts";

type Send = <T>(
  request: { readonly path: string; readonly body?: unknown },
  read: Read<T>,
) => Promise<T>;

/** A server of the last year tells all in its lists; an older one is asked about each model. */
export async function listModels(send: Send): Promise<ListedModel[]> {
  const list = await send({ path: "/api/tags" }, readList);
  const shown = await unlessHidden(send({ path: "/api/ps" }, readFields), { anyStatus: true });
  const running = listOf(shown ?? {});
  const models: ListedModel[] = [];
  for (const model of list) {
    const loaded = running?.find(({ name }) => sameModel(String(name), model.name));
    const isTold = Array.isArray(model.capabilities) && trainedTokensOf(model) !== undefined;
    const body = { model: model.name };
    const more = isTold ? model : await unlessHidden(send({ path: "/api/show", body }, readFields));
    models.push(described(model, more ?? {}, { loaded, isLoadKnown: running !== undefined }));
  }
  return models;
}

function described(
  model: Fields & { readonly name: string },
  more: Fields,
  { loaded, isLoadKnown }: { readonly loaded?: Fields; readonly isLoadKnown: boolean },
): ListedModel {
  const { name, size } = model;
  const capabilities = more.capabilities ?? model.capabilities;
  const remoteHost = hostOf(model.remote_host);
  const expires = new Date(String(loaded?.expires_at));
  return {
    name,
    // That of a model that runs elsewhere is a stub's.
    sizeBytes: remoteHost === undefined ? numberOf(size) : undefined,
    loaded: isLoadKnown && remoteHost === undefined ? loaded !== undefined : undefined,
    memoryBytes: numberOf(loaded?.size),
    vramBytes: numberOf(loaded?.size_vram),
    contextTokens: numberOf(loaded?.context_length),
    trainedTokens: trainedTokensOf(model) ?? trainedTokensOf(more),
    expiresAt: Number.isNaN(expires.getTime()) ? undefined : expires.toISOString(),
    capabilities: Array.isArray(capabilities) ? capabilities.map(String) : undefined,
    remoteHost,
  };
}

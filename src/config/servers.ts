/** The model servers as one list: those of `llm` itself, then those of `llm.fallbacks`. */
import { isPublic } from "./headers.ts";
import { isCloudHost, isLoopback } from "./ollama_host.ts";
import type { LlmSettings } from "./settings.ts";
import type { ServerEntry } from "./settings_llm.ts";
import { type HostSettings, PROVIDER_SETTINGS } from "./settings_providers.ts";

/** One model server, with all that it has of its entry. */
export interface ServerSettings extends ServerEntry, HostSettings {
  /** The entry, for messages: `llm` or `llm.fallbacks[0]`. */
  readonly section: string;
  readonly model: string;
  readonly caCertificates: string | undefined;
  readonly headers: ServerEntry["headers"];
}

/** Every server, in the order in which they are asked. An unknown provider has one without address. */
export function serversOf(llm: LlmSettings): ServerSettings[] {
  const entries: readonly ServerEntry[] = [llm, ...llm.fallbacks];
  const servers = entries.flatMap((entry, at) => {
    const section = at === 0 ? "llm" : `llm.fallbacks[${at - 1}]`;
    const hosts = hostsOf(entry, section);
    return hosts.map((host): ServerSettings => ({
      ...entry,
      ...host,
      section,
      model: host.model ?? entry.model,
      caCertificates: host.caCertificates ?? entry.caCertificates,
      // Those of a gateway at home are not for Ollama's cloud.
      headers: host.headers ??
        (hosts.length > 1 && isCloud({ ...entry, ...host }) ? {} : entry.headers),
    }));
  });
  // If Ollama's cloud is one of several servers, the key of the variable is meant for it alone.
  const hasCloud = servers.some((server) => server.variable && isCloud(server));
  return servers.map((server) => {
    const { variable, section } = server;
    const isMeant = hasCloud ? isCloud(server) : section === "llm";
    if (!variable || !isMeant) return server;
    return { ...server, apiKey: variable.key, keySource: variable.name };
  });
}

function hostsOf(entry: ServerEntry, section: string): readonly HostSettings[] {
  const { provider } = entry;
  if (isKnown(provider)) return PROVIDER_SETTINGS[provider].hosts(entry, section);
  return [{ url: "", source: `${section}.provider`, keySource: "" }];
}

export function isKnown(provider: string): provider is keyof typeof PROVIDER_SETTINGS {
  return Object.hasOwn(PROVIDER_SETTINGS, provider);
}

function isCloud({ provider, url }: Pick<ServerSettings, "provider" | "url">): boolean {
  return provider === "ollama" && isCloudHost(url);
}

/** Warns of credentials that are not sent, and of those that others can read on the way. */
export function credentialWarnings(servers: readonly ServerSettings[]): string[] {
  const unsent = servers.flatMap(({ url, source, apiKey, headers }) => {
    const isReplaced = headers.authorization !== undefined;
    const why = isReplaced ? "its headers have an Authorization" : "there is an API key";
    const hasPassword = URL.parse(url)?.password && (apiKey || isReplaced);
    const names = [hasPassword && "name:password@", apiKey && isReplaced && "API key"];
    return names.filter(Boolean).map((name) => `${source}: its ${name} is not sent, as ${why}`);
  });
  const readable = servers.filter(isReadable).map(({ source }) => source).join(", ");
  if (readable === "") return unsent;
  const advice = "use https://, or a tunnel";
  return [...unsent, `${readable}: a key or password crosses http:// unencrypted; ${advice}`];
}

function isReadable({ url: written, apiKey, headers }: ServerSettings): boolean {
  const url = URL.parse(written);
  if (url?.protocol !== "http:" || isLoopback(url)) return false;
  return Boolean(apiKey || url.password) || Object.keys(headers).some((name) => !isPublic(name));
}

/**
 * What to do about a server that cannot be asked.
 *
 * @module
 */
import type { FailureKind, Provider, ProviderError } from "../llm/provider.ts";

const KINDS: Record<FailureKind, (provider: Provider) => string> = {
  refused: () =>
    "on the server: systemctl status ollama; it must listen on more than its own localhost: " +
    "OLLAMA_HOST=0.0.0.0:11434",
  dns: () => "use the IP address, or add the name to /etc/hosts",
  timeout: ({ host }) =>
    `curl ${host}/api/tags from here; open the port in the server's firewall; ping -c 10 ${
      new URL(host).hostname
    }`,
  idle: () => "look at the server's load and at the network between",
  tls: ({ host }) => `curl -v ${host} shows the certificate; llm.ca_file for a private authority`,
  reset: () => "look at the server's log, and at that of a proxy before it",
  http: () => "look at the server's log: journalctl -u ollama",
  not_ollama: ({ host }) => `open ${host} in a browser: it should say "Ollama is running"`,
  model_missing: ({ model }) => `on the server: ollama pull ${model}`,
  busy: () => "wait, or raise OLLAMA_MAX_QUEUE on the server",
  auth: () => "set OLLAMA_API_KEY (openai: OPENAI_API_KEY), or name:password@ in the address",
  redirect: () => "set the address that it moved to",
  protocol: () => "check scheme and port of the address",
  truncated: () => "look at the server's log: journalctl -u ollama",
  too_large: () => "check the address: this is not what a model's server answers",
  empty: () => "try the model on the server: ollama run",
  aborted: () => "try again",
};

/**
 * The next step after a failure.
 *
 * @param error What failed.
 * @param provider Where.
 * @returns One sentence.
 */
export function adviceFor(error: ProviderError, provider: Provider): string {
  return KINDS[error.kind](provider);
}

import { checkChannel } from "../check/channel.ts";
import { checkConfiguration, unusable, unusableServer } from "../check/configuration.ts";
import { type Finding, findingLines } from "../check/finding.ts";
import { checkQuestion, checkServer, probeOnce } from "../check/server.ts";
import { delay } from "../clock.ts";
import { loadConfig, type LoadedConfig } from "../config/load.ts";
import { type ServerSettings, serversOf } from "../config/servers.ts";
import { ConfigError, EXIT } from "../errors.ts";
import type { Provider } from "../llm/provider.ts";
import { providersOf } from "../llm/make_providers.ts";
import { jsonText, oneLine } from "../one_line.ts";
import { redactor } from "../redact.ts";
import type { CheckFlags } from "./flags.ts";
import { hasColours } from "./terminal.ts";

/** `rosey check`: checks what the bot needs, or with `--watch` repeatedly the model servers. */
export async function check(flags: CheckFlags, signal: AbortSignal): Promise<number> {
  const about = `configuration ${flags.config}`;
  let config: LoadedConfig;
  try {
    config = loadConfig(flags.config, { flags });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    report(error.problems.map((problem) => unusable(problem, flags.config)), flags);
    return EXIT.config;
  }
  if (flags.watch !== undefined) {
    return await watch(config, { ...flags, about, seconds: flags.watch, signal });
  }
  const findings = await checkAll(config, { ...flags, about, signal });
  report(findings, flags);
  return findings.some(isFailure) ? EXIT.failure : EXIT.ok;
}

export interface CheckOptions {
  /** What the configuration is called in findings. */
  readonly about: string;
  readonly login?: boolean;
  readonly ask?: boolean;
  /** What is known of the channel already; default: it is checked. */
  readonly channel?: readonly Finding[];
  readonly signal: AbortSignal;
}

/** Checks a configuration that was loaded, the channel and every model server. */
export async function checkAll(config: LoadedConfig, options: CheckOptions): Promise<Finding[]> {
  const { about, login = false, ask = false, channel, signal } = options;
  using found = modelServers(config, about);
  const { servers, wrong } = found;
  const usable: Finding = { about, level: "ok", found: "it can be used" };
  const question = ask ? checkQuestion(config.settings) : undefined;
  const parameters = config.settings.llm.persona.options;
  const server = { login, question, parameters, signal, redact: redactor(config.secrets) };
  const findings = (await Promise.all([
    wrong.length === 0 ? [usable] : [],
    checkConfiguration(config, about),
    wrong,
    channel ?? checkChannel(config.settings, server),
    ...servers.map(({ provider, settings }) => checkServer(provider, settings, server)),
  ])).flat();
  // Findings of aborted checks are incomplete.
  signal.throwIfAborted();
  return findings;
}

interface ModelServers extends Disposable {
  readonly servers: readonly { readonly provider: Provider; readonly settings: ServerSettings }[];
  /** About servers whose settings are wrong. */
  readonly wrong: readonly Finding[];
}

/** The model servers of a configuration; none if the model is off. */
export function modelServers({ settings: { llm } }: LoadedConfig, about: string): ModelServers {
  const made = (llm.enabled ? serversOf(llm) : [])
    .map((settings) => ({ settings, ...providersOf([settings]) }));
  const servers = made.flatMap(({ settings, providers }) =>
    providers.map((provider) => ({ provider, settings }))
  );
  return {
    servers,
    wrong: made.flatMap(({ mistakes }) => mistakes.map((found) => unusableServer(found, about))),
    [Symbol.dispose]() {
      for (const { provider } of servers) provider.close();
    },
  };
}

export function isFailure({ level }: Finding): boolean {
  return level === "failure";
}

/** Prints findings for a person, or as JSON. */
export function report(findings: readonly Finding[], { json }: { readonly json?: boolean }): void {
  const failures = findings.filter(isFailure).length;
  if (json) {
    console.log(jsonText({ ok: failures === 0, findings }));
    return;
  }
  for (const line of findingLines(findings, { colours: hasColours() })) console.log(line);
  console.log(failures === 0 ? "\nNo failures." : `\nFailures: ${failures}.`);
}

/** Prints one line per server and interval. */
async function watch(
  config: LoadedConfig,
  options: { about: string; seconds: number; json?: boolean; signal: AbortSignal },
): Promise<number> {
  const { about, seconds, json, signal } = options;
  using found = modelServers(config, about);
  const { servers, wrong } = found;
  if (wrong.length > 0 || servers.length === 0) {
    const found = "llm.enabled is false: there is no server to watch";
    const off: Finding = { about, level: "failure", found, advice: "set llm.enabled to true" };
    report(wrong.length > 0 ? wrong : [off], { json });
    return EXIT.config;
  }
  while (!signal.aborted) {
    const results = await Promise.all(servers.map(({ provider }) => probeOnce(provider, signal)));
    if (signal.aborted) break;
    const time = new Date().toISOString();
    for (const { host, label, latencyMs, reason } of results) {
      const ok = latencyMs !== undefined;
      const words = ok ? `OK, ${latencyMs.toFixed(1)} ms` : `DOWN: ${reason}`;
      const line = json
        ? jsonText({ time, host, ok, latencyMs, reason })
        : oneLine(`${time} ${label} at ${host}: ${words}`);
      console.log(line);
    }
    await delay(seconds * 1000, { signal }).catch(() => {});
  }
  return EXIT.ok;
}

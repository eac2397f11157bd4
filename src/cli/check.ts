import { checkChannel } from "../check/channel.ts";
import { checkConfiguration, correction, headingOf, unusable } from "../check/configuration.ts";
import { type Finding, findingLines } from "../check/finding.ts";
import { checkQuestion, checkServer, latencyMs } from "../check/server.ts";
import { delay } from "../clock.ts";
import { loadConfig, type LoadedConfig } from "../config/load.ts";
import { serversOf } from "../config/servers.ts";
import { ConfigError, EXIT } from "../errors.ts";
import { providerError } from "../llm/errors.ts";
import { providersOf } from "../llm/make_providers.ts";
import { jsonText, oneLine } from "../one_line.ts";
import { hasColours } from "../output.ts";
import { redactor } from "../redact.ts";
import type { CheckFlags } from "./flags.ts";
import { openPrinter } from "./pull_progress.ts";
import { terminalWidth } from "./terminal.ts";

/** `rosey check`: checks what the bot needs, or with `--watch` repeatedly the model servers. */
export async function check(flags: CheckFlags, signal: AbortSignal): Promise<number> {
  let config: LoadedConfig;
  try {
    config = loadConfig(flags.config, { flags });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    report(unusable(error), flags);
    return EXIT.config;
  }
  if (flags.watch !== undefined) {
    return await watch(config, { ...flags, seconds: flags.watch, signal });
  }
  const findings = await checkAll(config, { ...flags, signal });
  report(findings, flags);
  return findings.some(isFailure) ? EXIT.failure : EXIT.ok;
}

export interface CheckOptions {
  readonly login?: boolean;
  readonly ask?: boolean;
  /** What is known of the channel already; default: it is checked. */
  readonly channel?: readonly Finding[];
  readonly signal: AbortSignal;
}

/** Checks a configuration that was loaded, the channel and every model server. */
export async function checkAll(config: LoadedConfig, options: CheckOptions): Promise<Finding[]> {
  const { login = false, ask = false, channel, signal } = options;
  const about = headingOf(config);
  using found = modelServers(config);
  const { servers, wrong } = found;
  const lack = servers.length > 0
    ? "without some of its model servers"
    : "the bot runs without a model";
  const usable: Finding = wrong.length === 0
    ? { about, level: "ok", found: "it can be used" }
    : { about, level: "note", found: `it can be used, but ${lack}` };
  const question = ask ? checkQuestion(config.settings) : undefined;
  const parameters = config.settings.llm.persona.options;
  using progress = startProgress();
  const { onStep } = progress;
  const server = { login, question, parameters, signal, redact: redactor(config.secrets), onStep };
  const findings = (await Promise.all([
    [usable],
    checkConfiguration(config),
    wrong,
    channel ?? checkChannel(config.settings, server),
    ...servers.map(({ provider, settings }) => checkServer(provider, settings, server)),
  ])).flat();
  // Findings of aborted checks are incomplete.
  signal.throwIfAborted();
  return findings;
}

/** Shows on a terminal what the check waits for, and the seconds since its start. */
export function startProgress(): Disposable & { readonly onStep: (step: string) => void } {
  const printer = openPrinter();
  const begun = performance.now();
  let latest = "checking";
  const timer = setInterval(() => {
    const seconds = Math.round((performance.now() - begun) / 1000);
    if (terminalWidth() !== undefined) printer.show(oneLine(`  ${seconds} s: ${latest}`));
  }, 1000);
  return {
    onStep: (step) => latest = step,
    [Symbol.dispose]() {
      clearInterval(timer);
      printer.end();
    },
  };
}

/** The model servers of a configuration, none if the model is off; and what is wrong with others. */
export function modelServers(config: LoadedConfig) {
  const { llm } = config.settings;
  const { usable: servers, mistakes } = providersOf(llm.enabled ? serversOf(llm) : []);
  const wrong = mistakes.map((mistake): Finding => {
    const advice = correction(mistake, config.path);
    return { about: headingOf(config), level: "failure", found: mistake.message, advice };
  });
  return {
    servers,
    wrong,
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
  if (json) return console.log(jsonText({ ok: !findings.some(isFailure), findings }));
  for (const line of findingLines(findings, { colours: hasColours() })) console.log(line);
  console.log(`\n${countText(findings)}`);
}

/** Such as `1 warning, no failures.` */
function countText(findings: readonly Finding[]): string {
  const count = (level: Finding["level"]) => {
    const { length } = findings.filter((finding) => finding.level === level);
    return `${length || "no"} ${level}${length === 1 ? "" : "s"}`;
  };
  const hasWarnings = findings.some(({ level }) => level === "warning");
  const text = hasWarnings ? `${count("warning")}, ${count("failure")}` : count("failure");
  return `${text[0]!.toUpperCase()}${text.slice(1)}.`;
}

/** Prints one line per server and interval. */
async function watch(
  config: LoadedConfig,
  options: { seconds: number; json?: boolean; signal: AbortSignal },
): Promise<number> {
  const { seconds, json, signal } = options;
  using found = modelServers(config);
  const { servers, wrong } = found;
  if (wrong.length > 0 || servers.length === 0) {
    const found = "llm.enabled is false: there is no server to watch";
    const about = headingOf(config);
    const off: Finding = { about, level: "failure", found, advice: "set llm.enabled to true" };
    report(wrong.length > 0 ? wrong : [off], { json });
    return EXIT.config;
  }
  while (!signal.aborted) {
    const results = await Promise.all(
      servers.map(({ provider }) => latencyMs(() => provider.probe(signal)).catch(providerError)),
    );
    if (signal.aborted) break;
    const time = new Date().toISOString();
    for (const [at, found] of results.entries()) {
      const { host, label } = servers[at]!.provider;
      const ok = typeof found === "number";
      const words = ok ? `OK, ${found.toFixed(1)} ms` : `DOWN: ${found.message}`;
      const about = ok ? { latencyMs: found } : { reason: found.message };
      const line = `${time} ${label} at ${host}: ${words}`;
      console.log(json ? jsonText({ time, host, ok, ...about }) : oneLine(line));
    }
    await delay(seconds * 1000, { signal }).catch(() => {});
  }
  return EXIT.ok;
}

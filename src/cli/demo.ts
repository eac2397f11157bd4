import { runBot } from "../bot.ts";
import { abortable, delay } from "../clock.ts";
import { loadConfig } from "../config/load.ts";
import { parseHost } from "../config/ollama_host.ts";
import type { Settings } from "../config/settings.ts";
import { htmlToText } from "../cytube/html.ts";
import { DemoChannel } from "../demo/channel/server.ts";
import { SCRIPTED_MODEL, serveScriptedModel } from "../demo/model_server.ts";
import { channelPage } from "../demo/page/page.ts";
import { errorMessage, EXIT } from "../errors.ts";
import { OllamaProvider } from "../llm/ollama.ts";
import { setupLogging } from "../log.ts";
import { oneLine } from "../one_line.ts";
import { redactor } from "../redact.ts";
import type { DemoFlags } from "./flags.ts";

const BOT = "Rosey";
const VISITOR = "visitor";
const PROBE_TIMEOUT_MS = 1000;
/** The next line of an answer comes within this time. */
const NEXT_LINE_MS = 500;
/** What a command says in the room comes within this time. */
const COMMAND_MS = 2000;
/** After its downloads Deno erases its progress bar, and what was printed since its last look. */
const DOWNLOAD_BAR_MS = 400;
const CALL = 'call the bot by its name: --say "rosey, what is playing?"';
const SPOKEN: readonly string[] = ["waiting", "merged", "answered"];
/** What to do about a line without an answer, by the reason. */
const HINTS: Readonly<Record<string, string>> = {
  "not called": CALL,
  "addressed to others": CALL,
  "command": "the reply is private: say it on the page that rosey demo opens",
  "not shown": "the channel shows no line for it: say something else",
};

type Model = Readonly<Record<"host" | "model" | "label", string>>;

class NoAnswerError extends Error {
  /** @param reason Why a line has no answer, as `!why` says it. */
  constructor(readonly reason: string, detail = "") {
    super(`no answer: ${reason}${detail && ` (${detail})`}`);
  }
}

/**
 * `rosey demo`: runs the bot with an embedded channel, and an embedded model server if there is no real
 * one. With `--say` it fails when the line has no answer.
 */
export async function demo(flags: DemoFlags, signal: AbortSignal): Promise<number> {
  const quiet = flags.say !== undefined;
  const secrets = [Deno.env.get("OLLAMA_API_KEY") ?? ""];
  const level = quiet ? "WARN" : "INFO";
  await using _logging = await setupLogging({ level, format: "auto", secrets });
  await using stack = new AsyncDisposableStack();
  const real = flags.scripted ? null : await realModel(signal);
  const model = real ?? {
    host: `http://127.0.0.1:${stack.use(serveScriptedModel()).addr.port}`,
    model: SCRIPTED_MODEL,
    label: "a scripted stand-in, not a language model",
  };
  const motd = "Rosey's demo channel";
  const page = channelPage({ title: motd, subtitle: `answers by ${model.label}` });
  const { port = 0 } = flags;
  const channel = await DemoChannel.start({ port, name: "demo", motd, page }).catch((error) => {
    console.error(`rosey demo: ${oneLine(errorMessage(error))}; choose another --port`);
  });
  if (!channel) return EXIT.failure;
  stack.use(channel);
  channel.setMedia({ id: "demo", title: "Nosferatu (1922)", seconds: 5640, type: "fi" });

  const stop = new AbortController();
  const joined = Promise.withResolvers<void>();
  const modelUp = Promise.withResolvers<void>();
  const silent = new AbortController();
  const silence = (user: string, reason: string, detail?: string) => {
    if (user !== VISITOR || SPOKEN.includes(reason)) return;
    const abort = () => silent.abort(new NoAnswerError(reason, detail));
    setTimeout(abort, reason === "command" ? COMMAND_MS : 0);
  };
  const bot = runBot(settingsFor(channel.url, model), AbortSignal.any([signal, stop.signal]), {
    onJoined: () => joined.resolve(),
    onModelUp: () => modelUp.resolve(),
    onHeard: ({ user }, { action, reason }) => action === "ignore" && silence(user, reason),
    onDecided: ({ user, outcome, detail }) => silence(user, outcome, detail),
  });
  // Errors are reported by those who await `bot`.
  const ended = bot.catch(() => {});
  stack.defer(async () => {
    stop.abort();
    await ended;
  });

  if (flags.say === undefined) {
    await Promise.race([joined.promise, bot]);
    const label = oneLine(model.label);
    const open = `The channel is open: ${channel.url}  (answers by ${label}; Ctrl-C ends it)`;
    await delay(DOWNLOAD_BAR_MS, { signal }).then(() => console.log(open), () => {});
    await bot;
    return EXIT.ok;
  }
  const overdue = AbortSignal.timeout(flags.timeout * 1000);
  const limit = AbortSignal.any([signal, silent.signal, overdue]);
  const talk = async (line: string) => {
    await abortable(Promise.all([joined.promise, modelUp.promise]), limit);
    await converse(channel, line, limit);
  };
  try {
    await Promise.race([talk(flags.say), bot.then(() => Promise.reject(new Error("it ended")))]);
    return EXIT.ok;
  } catch (cause) {
    const error = limit.aborted ? limit.reason : cause;
    const late = `no answer within ${flags.timeout} s`;
    const why = overdue.aborted ? late : redactor(secrets)(errorMessage(error));
    console.error(`rosey demo: ${signal.aborted ? "stopped" : oneLine(why)}`);
    const hint = error instanceof NoAnswerError ? HINTS[error.reason] : undefined;
    if (hint) console.error(`    → ${hint}`);
    return EXIT.failure;
  }
}

async function converse(channel: DemoChannel, line: string, signal: AbortSignal): Promise<void> {
  const heard = (timeoutMs: number) =>
    channel.nextLine(({ username }) => username === BOT, timeoutMs, signal);
  const first = heard(2 ** 31 - 1);
  channel.addPuppet(VISITOR, 1);
  channel.say(VISITOR, line);
  if (channel.lines.at(-1)?.username !== VISITOR) {
    first.catch(() => {});
    throw new NoAnswerError("not shown");
  }
  console.log(`${VISITOR}: ${oneLine(line)}`);
  let said: Awaited<typeof first> | undefined = await first;
  while (said) {
    const next = heard(NEXT_LINE_MS);
    console.log(`${BOT}: ${oneLine(htmlToText(said.msg))}`);
    said = await next.catch(() => undefined);
  }
}

function settingsFor(domain: string, { host, model }: Model): Settings {
  const llm = { enabled: true, model, ollama_host: host, llm_cooldown: 1, response_timeout: 60 };
  const config = { domain, channel: "demo", user: BOT, llm };
  return loadConfig("demo", {
    readFile: () => JSON.stringify(config),
    env: (name) => name === "OLLAMA_API_KEY" ? Deno.env.get(name) : undefined,
  }).settings;
}

/** An Ollama server with a model, at `OLLAMA_HOST` or on this machine. */
async function realModel(signal: AbortSignal): Promise<Model | null> {
  for (const host of [Deno.env.get("OLLAMA_HOST"), "http://localhost:11434"]) {
    if (!host) continue;
    try {
      const server = { ...parseHost(host), model: "" };
      const options = { keepAlive: 0, options: {}, think: false };
      const limits = { responseTimeoutMs: PROBE_TIMEOUT_MS, loadTimeoutMs: PROBE_TIMEOUT_MS };
      const provider = new OllamaProvider({ server, ...options, ...limits });
      const limit = AbortSignal.any([signal, AbortSignal.timeout(PROBE_TIMEOUT_MS)]);
      const model = (await provider.probe(limit)).models?.[0];
      if (model !== undefined) return { host, model, label: `${model} on ${server.url}` };
    } catch {
      // No server at this address: try the next one, then the scripted model.
    }
  }
  return null;
}

/** What becomes of each key of the Python Rosey's configurations. */
import { siteUrl } from "../config/ollama_host.ts";
import { isObject, type RawSection } from "../config/schema.ts";
import {
  type Draft,
  EMPTY,
  flag,
  isFlag,
  isKey,
  isText,
  list,
  NONE,
  notTaken,
  number,
  object,
  PLACEHOLDER,
  type Rule,
  SAME,
  text,
} from "./rule.ts";

const OFF = "off, as it is without the setting";
const KEYWORD = "llm.speak_on.keyword";
const MESSAGES = "llm.speak_on.messages";
const BUS = "the bot is one program and needs no message bus";
const DATABASE = "it is another database; state_file keeps what survives a restart";
const PLUGINS = "there are no plugins";

/** Values of the old templates and guides that somebody should have replaced. */
const PLACEHOLDERS: readonly unknown[] = [
  ...["YourChannelName", "YourChannel", "your_channel", "your-channel-name"],
  ...["YourUsername", "YourBotName", "your_bot", "YourPassword"],
  ...["sk-YOUR_OPENAI_API_KEY", "sk-YOUR_API_KEY_HERE", "sk-YOUR_KEY"],
  ...["YOUR_OPENROUTER_API_KEY", "YOUR_AZURE_API_KEY"],
  ...["https://your-site.com", "https://your-channel.com"],
];

export function isPlaceholder(value: unknown): boolean {
  return PLACEHOLDERS.includes([value].flat()[0]);
}

const dropped = (reason: string): Rule => () => `left out: ${reason}`;
const none: Rule = () => NONE;
/** A setting that has another name in the new configuration. */
const renamed = (to: string): Rule => (value, { move }) => move(to, value);
const file = (to: string) =>
  text((path, { files, move }) =>
    path === "" ? "left out: it is empty" : move(to, files.writable(path))
  );

const LEVELS: ReadonlyMap<string, string> = new Map(Object.entries({
  WARNING: "WARN",
  CRITICAL: "ERROR",
  FATAL: "ERROR",
  NOTSET: "DEBUG",
}));
const level = text((name, { move }) => {
  const upper = name.toUpperCase();
  return move("log_level", LEVELS.get(upper) ?? upper);
});

interface Provider {
  /** The value of `llm.provider` in the new configuration. */
  readonly provider: string;
  /** Its limit of tokens, in `llm.options`. */
  readonly limit: string;
  /** What a server that is not in use must have to be a fallback. */
  readonly needs: readonly [key: string, name: string];
  readonly keys: Readonly<Record<string, string>>;
  /** What the old configuration did not name. */
  readonly baseUrl?: string;
}

const OPENAI = { provider: "openai", limit: "max_tokens", needs: ["api_key", "API key"] } as const;

/** Sections of the old `llm`. */
const PROVIDERS: ReadonlyMap<string, Provider> = new Map(Object.entries<Provider>({
  ollama: {
    provider: "ollama",
    limit: "num_predict",
    needs: ["base_url", "address"],
    keys: { base_url: "ollama_host", model: "model" },
  },
  openai: {
    ...OPENAI,
    keys: { api_key: "openai_api_key", model: "model", base_url: "openai_base_url" },
  },
  openrouter: {
    ...OPENAI,
    keys: {
      api_key: "openai_api_key",
      model: "model",
      site_url: "headers.HTTP-Referer",
      site_name: "headers.X-Title",
    },
    baseUrl: "https://openrouter.ai/api/v1",
  },
}));

function providerOf(old: RawSection): string {
  const { provider } = Object(old.llm);
  return isText(provider) ? provider.trim().toLowerCase() : "ollama";
}

/** The section of one provider: the one in use, or a fallback. */
const provider = (name: string) =>
  object((section, { old, config, fallbacks, place, tell }) => {
    const { provider, limit, needs: [key, missing], keys, baseUrl } = PROVIDERS.get(name)!;
    const isMain = name === providerOf(old);
    const needed = section[key];
    if (!isMain && (!isText(needed) || needed === "" || isPlaceholder(needed))) {
      if (needed !== undefined && !isText(needed)) {
        tell(`.${key}`, "not taken over: it is not a text");
      }
      return `not in use and without ${missing}: left out`;
    }
    const target: Draft = isMain ? config : { llm: { provider } };
    if (baseUrl) {
      place(target, "llm.openai_base_url", baseUrl);
    }
    const entries = Object.entries(section).filter(([key]) => isKey(key));
    for (const [key, value] of entries) {
      const to = Object.hasOwn(keys, key) ? keys[key] : undefined;
      const taken = isMain ? `→ llm.${to}` : `→ llm.fallbacks[].${to}, if you want it`;
      const became = to === undefined
        ? NONE
        : isPlaceholder(value)
        ? PLACEHOLDER
        : place(target, `llm.${to}`, value) ?? taken;
      tell(`.${key}`, became);
    }
    if (!isMain) {
      const { temperature, max_tokens } = Object(old.llm);
      const options = { temperature, [limit]: max_tokens };
      for (const [key, value] of Object.entries(options)) {
        if (typeof value === "number") place(target, `llm.options.${key}`, value);
      }
      fallbacks.set(name, Object(target.llm));
    }
    return entries.length === 0 ? EMPTY : undefined;
  });

/** The words that call the bot; without any it is its own name. */
function called({ commands, direct_mention: mention }: RawSection, { user }: Draft) {
  const isList = Array.isArray(commands) && commands.every(isText);
  const words = isList ? commands.filter((word) => word.trim() !== "") : [];
  if (mention === false) {
    const told = words.length > 0
      ? "the bot's own name is not in llm.llm_triggers"
      : "no counterpart: without other words the bot's own name calls it";
    return { words, told };
  }
  if (words.length === 0) return { words, told: "as it is without llm.llm_triggers" };
  const bot = [user].flat().slice(0, 1);
  return {
    words: [...bot.filter(isText), ...words],
    told: "→ llm.llm_triggers, as the bot's own name",
  };
}

/** One entry if chance and cooldown are the same for all words, else a list. */
const keywords = list((entries, { config, place, tell }) => {
  const taken = entries.flatMap((entry, at) => {
    if (!isObject(entry)) {
      tell(`[${at}]`, notTaken(entry, "an object"));
      return [];
    }
    const { phrases, probability = 0.1, cooldown_seconds: cooldown = 300, ...others } = entry;
    for (const key of Object.keys(others).filter(isKey)) tell(`[${at}].${key}`, NONE);
    const words = [phrases ?? []].flat();
    const keyword = { words, chance: probability, cooldown };
    const wrong = words.length === 0
      ? NONE
      : probability === 0
      ? "a chance of 0 is off: left out"
      : place({}, KEYWORD, keyword);
    if (wrong !== undefined) tell(`[${at}]`, wrong);
    return wrong === undefined ? [keyword] : [];
  });
  if (taken.length === 0) return OFF;
  const isOne = new Set(taken.map(({ chance, cooldown }) => `${chance} ${cooldown}`)).size === 1;
  const one = { ...taken[0], words: taken.flatMap(({ words }) => words) };
  return place(config, KEYWORD, isOne ? one : taken) ?? `→ ${KEYWORD}`;
});
const onJoin = object((section, { old, move, tell }) => {
  const { enabled = true, probability, ...others } = section;
  if (!isFlag(enabled)) tell(".enabled", notTaken(enabled, "true or false"));
  for (const key of Object.keys(others).filter(isKey)) tell(`.${key}`, NONE);
  const isOff = enabled === false || probability === 0 ||
    Object(Object(Object(old.llm).triggers).greetings).enabled === false;
  return isOff
    ? OFF
    : move("llm.speak_on.join", probability === undefined ? {} : { chance: probability });
});

/** The rules by the key in the old file. A key of a platform may also stand at the top level. */
export const RULES: ReadonlyMap<string, Rule> = new Map(Object.entries<Rule>({
  "platforms[].type": text(() => "not needed"),
  "platforms[].name": text(() => "not needed"),
  "platforms[].enabled": flag(() => "not needed"),
  "version": dropped("this configuration has none"),
  "response_timeout": dropped(
    "it was a limit of the socket; llm.response_timeout is something else",
  ),
  "restart_delay": dropped("the bot reconnects by itself, with growing pauses"),
  "shell": dropped("there is no shell; moderators use commands in the channel, such as !status"),
  "db": dropped(DATABASE),
  "database": dropped(DATABASE),
  "nats": dropped(BUS),
  "nats_url": dropped(BUS),
  "plugins": dropped(PLUGINS),
  "plugin_dir": dropped(PLUGINS),
  "domain": text((address, { move }) => move("domain", siteUrl(address))),
  "cytube.host": text((host, { section: { secure }, move }) =>
    move("domain", isFlag(secure) ? `${secure ? "https" : "http"}://${host}` : siteUrl(host))
  ),
  "cytube.secure": flag((_, { section: { host } }) => isText(host) ? "→ domain" : NONE),
  "cytube.channel": renamed("channel"),
  "cytube.username": renamed("user"),
  "log_level": level,
  "logging.level": level,
  "chat_log_file": file("chat_log_file"),
  "media_log_file": file("media_log_file"),
  "state_file": file("state_file"),
  "logging.chat_log_file": file("chat_log_file"),
  "logging.media_log_file": file("media_log_file"),
  "llm.ca_file": file("llm.ca_file"),
  "llm.personas": (value, { files, move }) =>
    move("llm.personas", isText(value) ? files.writable(value) : value),
  "llm.system_prompt_file": text((path, { files, move }) => {
    const found = files.readable(path);
    if (found) return move("llm.system_prompt_file", found);
    return `left out: there is no file ${path}; the bot has a persona of its own`;
  }),
  "llm.provider": text((name, { old, move }) => {
    const known = PROVIDERS.get(providerOf(old))?.provider;
    const became = move("llm.provider", known ?? name);
    return became === SAME && known !== undefined && known !== name ? `→ ${known}` : became;
  }),
  "llm.ollama": provider("ollama"),
  "llm.openai": provider("openai"),
  "llm.openrouter": provider("openrouter"),
  "llm.max_context_messages": renamed("llm.max_history_messages"),
  "llm.temperature": number((value, { move }) => move("llm.options.temperature", value)),
  "llm.max_tokens": number((value, { old, move }) =>
    move(`llm.options.${(PROVIDERS.get(providerOf(old)) ?? OPENAI).limit}`, value)
  ),
  "llm.log_only": flag((isOn) => isOn ? "start the bot with --dry-run" : "not needed"),
  "llm.triggers.enabled": flag((isOn, { config, place }) => {
    if (isOn) return "always on";
    return place(config, "llm.enabled", false) ?? "→ llm.enabled: false";
  }),
  "llm.triggers.direct_mention": flag((_, { section, config }) => called(section, config).told),
  "llm.triggers.commands": list((commands, { section, config, move }) => {
    const odd = commands.findIndex((command) => !isText(command));
    if (odd >= 0) return notTaken(commands[odd], "a text");
    const { words } = called(section, config);
    if (words.length === 0) return "empty: the bot's own name calls it";
    return move("llm.llm_triggers", words);
  }),
  "llm.triggers.ambient_chat.enabled": flag((isOn, { config, move }) => {
    const { messages } = Object(Object(config.llm).speak_on);
    return isOn ? move(MESSAGES, { every: 20, ...messages }) : OFF;
  }),
  "llm.triggers.ambient_chat.every_n_messages": number((every, { section, move }) =>
    section.enabled === true ? move(`${MESSAGES}.every`, Math.max(2, every)) : OFF
  ),
  "llm.triggers.ambient_chat.randomness": () =>
    "no counterpart: the count does not vary; chance may make it rarer",
  "llm.triggers.keywords": keywords,
  "llm.triggers.greetings.enabled": flag((isOn) => isOn ? "as it is with llm.speak_on.join" : OFF),
  "llm.triggers.greetings.on_join": onJoin,
  "llm.triggers.greetings.on_status_change": none,
}));

/** `llm.triggers` of the Python Rosey: when the bot speaks. */
import { isObject, type RawSection } from "../config/schema.ts";

/** Sets a value of the new configuration. */
export type SetValue = (key: string, value: unknown) => void;
/** Reports what became of an old key. */
export type Tell = (key: string, became: string) => void;

interface Keyword {
  readonly words: unknown[];
  readonly chance: number;
  readonly cooldown: number;
}

/** The old defaults. */
const KEYWORD = { probability: 0.1, cooldown_seconds: 300 };
const NONE = "no counterpart: left out";
const OFF = "off, as it is without the setting";

/**
 * @param triggers With its keys as in the old file.
 * @param bot The bot's name.
 */
export function migrateTriggers(
  triggers: RawSection,
  { bot, set, tell }: { bot: string | undefined; set: SetValue; tell: Tell },
): void {
  for (const [key, value] of Object.entries(triggers)) {
    if (key === "enabled") {
      if (value === false) set("llm.enabled", false);
      tell(key, value === false ? "→ llm.enabled: false" : "always on");
    } else if (key === "direct_mention") {
      tell(key, called(triggers, bot).told);
    } else if (key === "commands") {
      const { words } = called(triggers, bot);
      if (words.length > 0) set("llm.llm_triggers", words);
      tell(key, words.length > 0 ? "→ llm.llm_triggers" : "empty: the bot's own name calls it");
    } else if (key === "ambient_chat") {
      ambientChat(Object(value), { set, tell: (inner, became) => tell(`${key}.${inner}`, became) });
    } else if (key === "keywords") {
      keywords(value, { set, tell });
    } else if (key === "greetings") {
      greetings(Object(value), { set, tell: (inner, became) => tell(`${key}.${inner}`, became) });
    } else if (!/^[_$]/.test(key)) {
      tell(key, NONE);
    }
  }
}

/** The words that call the bot; without any it is its own name. */
function called({ commands, direct_mention: mention }: RawSection, bot: string | undefined) {
  const words = (Array.isArray(commands) ? commands : []).filter((word) =>
    typeof word === "string" && word.trim() !== ""
  );
  if (mention === false) {
    const told = words.length > 0
      ? "the bot's own name is not in llm.llm_triggers"
      : "no counterpart: without other words the bot's own name calls it";
    return { words, told };
  }
  if (words.length === 0) return { words, told: "as it is without llm.llm_triggers" };
  return {
    words: [...bot ? [bot] : [], ...words],
    told: "→ llm.llm_triggers, as the bot's own name",
  };
}

interface Out {
  readonly set: SetValue;
  readonly tell: Tell;
}

function ambientChat(section: RawSection, { set, tell }: Out): void {
  const { enabled = false, every_n_messages: every, randomness, ...others } = section;
  if ("enabled" in section) tell("enabled", enabled ? "→ llm.speak_on.messages" : OFF);
  if (enabled) set("llm.speak_on.messages", { every: Math.max(2, Number(every) || 20) });
  if (every !== undefined) {
    tell("every_n_messages", enabled ? "→ llm.speak_on.messages.every" : OFF);
  }
  if (randomness !== undefined) {
    tell("randomness", "no counterpart: the count does not vary; chance may make it rarer");
  }
  leftOut(others, tell);
}

/** One entry if chance and cooldown are the same for all words, else a list. */
function keywords(list: unknown, { set, tell }: Out): void {
  const entries = (Array.isArray(list) ? list : []).flatMap((entry, at): Keyword[] => {
    const { phrases, probability, cooldown_seconds: cooldown, ...others } = {
      ...KEYWORD,
      ...Object(entry),
    };
    const words = [phrases ?? []].flat();
    leftOut(others, (key, became) => tell(`keywords[${at}].${key}`, became));
    if (words.length > 0 && probability > 0) return [{ words, chance: probability, cooldown }];
    tell(`keywords[${at}]`, words.length > 0 ? "a chance of 0 is off: left out" : NONE);
    return [];
  });
  const settings = ({ chance, cooldown }: Keyword) => `${chance} ${cooldown}`;
  const isOne = new Set(entries.map(settings)).size === 1;
  const one = { ...entries[0], words: entries.flatMap(({ words }) => words) };
  if (entries.length > 0) set("llm.speak_on.keyword", isOne ? one : entries);
  tell("keywords", entries.length > 0 ? "→ llm.speak_on.keyword" : OFF);
}

function greetings(section: RawSection, { set, tell }: Out): void {
  const { enabled = true, on_join, on_status_change: status, ...others } = section;
  if (section.enabled !== undefined) {
    tell("enabled", enabled ? "as it is with llm.speak_on.join" : OFF);
  }
  if (isObject(on_join)) {
    const { enabled: joins = true, probability, ...rest } = on_join;
    const isOn = Boolean(enabled && joins && probability !== 0);
    tell("on_join", isOn ? "→ llm.speak_on.join" : OFF);
    if (isOn) set("llm.speak_on.join", probability === undefined ? {} : { chance: probability });
    leftOut(rest, (key, became) => tell(`on_join.${key}`, became));
  }
  if (status !== undefined) tell("on_status_change", NONE);
  leftOut(others, tell);
}

function leftOut(section: RawSection, tell: Tell): void {
  for (const key of Object.keys(section)) if (!/^[_$]/.test(key)) tell(key, NONE);
}

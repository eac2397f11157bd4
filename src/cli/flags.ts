/** Flags and values that commands have in common, and what each command gets. */
import { LOG_FORMATS, LOG_LEVELS } from "../config/log_choices.ts";
import type { Flag, ValueType } from "./arguments.ts";

export interface PullFlags {
  readonly config: string;
  readonly ollamaHost?: string;
}

export interface ModelsFlags extends PullFlags {
  readonly json?: boolean;
}

interface LogFlags extends PullFlags {
  readonly logLevel?: string;
  readonly logFormat?: string;
}

export interface RunFlags extends LogFlags {
  readonly dryRun?: boolean;
}

export interface ConfigCommandFlags extends LogFlags {
  readonly json?: boolean;
}

export interface CheckFlags extends ModelsFlags {
  readonly login?: boolean;
  readonly ask?: boolean;
  /** Seconds between two probes of the model servers. */
  readonly watch?: number;
}

export interface InitFlags {
  readonly config: string;
  readonly from?: string;
  readonly domain?: string;
  readonly channel?: string;
  readonly user?: string;
  /** The model server's address. */
  readonly server?: string;
  readonly model?: string;
  readonly yes?: boolean;
}

export interface ReplayFlags extends ModelsFlags {
  readonly model?: boolean;
}

export interface DemoFlags {
  /** Say this line, print the conversation, and exit. */
  readonly say?: string;
  readonly port?: number;
  /** Never use a real model. */
  readonly scripted?: boolean;
  /** Limit of `--say` in seconds. */
  readonly timeout: number;
}

export const SECONDS: ValueType<number> = {
  read: (text) => Number(text) > 0 && Number(text) <= 3600 ? Number(text) : undefined,
  expected: "It takes more than 0 and at most 3600 seconds.",
};

export const PORT: ValueType<number> = {
  read: (text) => /^\d+$/.test(text) && Number(text) <= 65535 ? Number(text) : undefined,
  expected: "A port is a whole number from 0 to 65535.",
};

export const CONFIG: Flag<string> = {
  short: "c",
  value: "path",
  description: "the configuration file",
  default: "config.json",
};

export const OLLAMA_HOST: Flag<string> = {
  value: "url",
  description: "where Ollama runs, instead of the configured one",
};

export const JSON_OUTPUT: Flag<boolean> = { description: "print JSON" };

export const LOG_FLAGS = {
  logLevel: {
    value: "level",
    description: `how much is logged: ${LOG_LEVELS.join(", ")}`,
    type: oneOf(LOG_LEVELS),
  },
  logFormat: {
    value: "format",
    description: `the form of log lines: ${LOG_FORMATS.join(", ")}`,
    type: oneOf(LOG_FORMATS),
  },
};

function oneOf(names: readonly string[]): ValueType<string> {
  return {
    read: (text) => names.find((name) => name.toLowerCase() === text.toLowerCase()),
    expected: `Choose one of ${names.join(", ")}.`,
    choices: names,
  };
}

import { assertThrows } from "@std/assert";
import { basename, dirname, resolve } from "node:path";
import { loadConfig, type LoadedConfig, type LoadOptions } from "../../src/config/load.ts";
import { ConfigError } from "../../src/errors.ts";

const PATH = "/etc/rosey/config.json";
export const MINIMAL = { channel: "room", user: "Rosey" };
export const PEM = "-----BEGIN CERTIFICATE-----\nTUlJQg==\n-----END CERTIFICATE-----\n";

export interface World extends Pick<LoadOptions, "flags"> {
  readonly env?: Readonly<Record<string, string>>;
  /** Files beside the configuration, by absolute path. */
  readonly files?: Readonly<Record<string, string>>;
}

/** Loads a configuration, given as an object or as the file's text, in a world of its own. */
export function load(config: unknown, world: World = {}): LoadedConfig {
  const { env = {}, files = {}, flags } = world;
  const text = typeof config === "string" ? config : JSON.stringify(config);
  const all: Record<string, string> = { ...files, [resolve(PATH)]: text, [PATH]: text };
  return loadConfig(PATH, {
    flags,
    env: (name) => {
      // As the platform does.
      if (/[=\0]/.test(name)) throw new TypeError("Key contains invalid characters");
      return env[name];
    },
    readFile: (path) => all[path] ?? assertNoFile(path),
    listFolder: (folder) => {
      const paths = Object.keys(files).filter((path) => dirname(path) === folder);
      return paths.length > 0 ? paths.map((path) => basename(path)) : assertNoFile(folder);
    },
  });
}

function assertNoFile(path: string): never {
  throw new Deno.errors.NotFound(`No such file: ${path}`);
}

export function errorOf(config: unknown, world: World = {}): ConfigError {
  return assertThrows(() => load(config, world), ConfigError);
}

export function problemsOf(config: unknown, world: World = {}): readonly string[] {
  return errorOf(config, world).problems;
}

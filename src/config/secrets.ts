/**
 * Where values come from that do not stand in the configuration itself: other files, the environment.
 *
 * @module
 */
import { errorMessage } from "../errors.ts";

/** A secret as it stands in the file: itself, or where to find it. */
export type SecretSource = string | { readonly env: string } | { readonly file: string };

/** Options of {@linkcode SecretSources}. */
export interface SecretSourcesOptions {
  /** A variable of the environment. */
  readonly env: (name: string) => string | undefined;
  /** A file's content; its path is relative to the configuration. */
  readonly readFile: (path: string, setting: string) => string;
  /** Told what cannot be had, one sentence each. */
  readonly problems: string[];
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/;

/** Finds values, notes what is missing, and remembers which of them are secret. */
export class SecretSources {
  /** A variable of the environment. */
  readonly env: (name: string) => string | undefined;
  readonly #options: SecretSourcesOptions;
  readonly #secrets: string[] = [];

  /**
   * Has found nothing yet.
   *
   * @param options Where to look.
   */
  constructor(options: SecretSourcesOptions) {
    this.#options = options;
    this.env = options.env;
  }

  /** Secret values found by now. */
  get secrets(): readonly string[] {
    return this.#secrets;
  }

  /**
   * Reads a file.
   *
   * @param path Relative to the configuration.
   * @param name The setting that asks for it.
   * @returns Its content; empty, with a problem noted, where it cannot be read.
   */
  read(path: string, name: string): string {
    try {
      return this.#options.readFile(path, name);
    } catch (error) {
      this.#options.problems.push(`${name}: cannot read ${path}: ${fileProblem(error)}`);
      return "";
    }
  }

  /**
   * Finds a secret.
   *
   * @param source What was written.
   * @param name The setting.
   * @returns Its value; undefined where there is none.
   */
  resolve(source: SecretSource | undefined, name: string): string | undefined {
    const value = typeof source !== "object"
      ? source
      : "env" in source
      ? this.#variable(source.env, name)
      : this.read(source.file, name).trim();
    if (value) this.#secrets.push(value);
    return value || undefined;
  }

  /**
   * Reads certificates. Deno accepts garbage as a certificate without a word, so they are looked at.
   *
   * @param path Relative to the configuration.
   * @param name The setting.
   * @returns PEM; whatever it is where a problem was noted.
   */
  certificates(path: string, name: string): string {
    const { problems } = this.#options;
    const before = problems.length;
    const text = this.read(path, name);
    if (problems.length === before && !CERTIFICATE.test(text)) {
      problems.push(`${name}: ${path} holds no PEM certificate`);
    }
    return text;
  }

  #variable(variable: string, name: string): string | undefined {
    const value = this.env(variable);
    if (value === undefined) {
      this.#options.problems.push(`${name}: the variable ${variable} is not set`);
    }
    return value;
  }
}

/**
 * Why a file cannot be read.
 *
 * @param error What was thrown.
 * @returns In words.
 */
export function fileProblem(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "there is no such file";
  if (error instanceof Deno.errors.PermissionDenied) return "permission denied";
  if (error instanceof Deno.errors.IsADirectory) return "it is a folder";
  return errorMessage(error);
}

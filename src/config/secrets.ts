import { fileProblem } from "../errors.ts";

/** Reads a variable; an empty one counts as unset. */
export type Lookup = (name: string) => string | undefined;

/**
 * Adds the credentials of the service manager to the environment: that of `ROSEY_PASSWORD` is the file
 * `rosey_password`. A variable has precedence. Source: systemd.exec(5), "Credentials".
 */
export function withCredentials(env: Lookup, readFile: (path: string) => string): Lookup {
  const folder = env("CREDENTIALS_DIRECTORY");
  return (name) => {
    const value = env(name);
    if (value || !folder) return value || undefined;
    try {
      return readFile(`${folder}/${name.toLowerCase()}`).trim() || undefined;
    } catch {
      // A setting that needs it reports that it is missing.
      return undefined;
    }
  };
}

/** A secret in the configuration: itself, or where to find it. */
export type SecretSource = string | { readonly env: string } | { readonly file: string };

interface SecretSourcesOptions {
  readonly env: Lookup;
  /** Reads a file; the path is relative to the configuration. */
  readonly readFile: (path: string, setting: string) => string;
  /** Names of the files in a folder; the path is relative to the configuration. */
  readonly listFolder: (path: string) => readonly string[];
  /** Gets a sentence for each value that cannot be found. */
  readonly problems: string[];
}

/** The usual name of a variable. Anything else may be a secret, and is not shown. */
const NAME = /^[A-Z_][A-Z0-9_]*$/;
const CERTIFICATE = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/;

/** Finds values outside the configuration file, and collects the secret ones. */
export class SecretSources {
  readonly env: Lookup;
  readonly secrets: string[] = [];
  readonly #options: SecretSourcesOptions;

  constructor(options: SecretSourcesOptions) {
    this.#options = options;
    this.env = options.env;
  }

  /** Reads a file for a setting. An unreadable file is a problem and counts as empty. */
  read(path: string, setting: string): string {
    try {
      return this.#options.readFile(path, setting);
    } catch (error) {
      this.#options.problems.push(`${setting}: cannot read ${path}: ${fileProblem(error)}`);
      return "";
    }
  }

  /** Lists a folder for a setting. An unreadable folder is a problem and counts as empty. */
  list(path: string, setting: string): readonly string[] {
    try {
      return this.#options.listFolder(path);
    } catch (error) {
      this.#options.problems.push(`${setting}: cannot read ${path}: ${fileProblem(error)}`);
      return [];
    }
  }

  resolve(source: SecretSource | undefined, setting: string): string | undefined {
    const value = this.find(source, setting);
    if (value) this.secrets.push(value);
    return value;
  }

  /** Like {@linkcode resolve}, for the caller to decide which parts are secret. */
  find(source: SecretSource | undefined, setting: string): string | undefined {
    let value: string | undefined;
    if (typeof source !== "object") {
      value = source;
    } else if ("file" in source) {
      value = this.read(source.file, setting).trim();
    } else {
      const { env: name } = source;
      // The platform refuses such a name.
      value = /[=\0]/.test(name) ? undefined : this.env(name);
      if (value === undefined) {
        const variable = NAME.test(name) ? `the variable ${name}` : "the variable that it names";
        this.#options.problems.push(`${setting}: ${variable} is not set`);
      }
    }
    return value || undefined;
  }

  /** Reads PEM certificates. Deno accepts any text without an error, so they are checked here. */
  certificates(path: string, setting: string): string {
    const { problems } = this.#options;
    const before = problems.length;
    const text = this.read(path, setting);
    if (problems.length === before && !CERTIFICATE.test(text)) {
      problems.push(`${setting}: ${path} holds no PEM certificate`);
    }
    return text;
  }
}

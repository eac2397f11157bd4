/**
 * What the surroundings say: variables, and credentials of the service manager.
 *
 * Source: systemd.exec(5), "Credentials".
 *
 * @module
 */

/** Looks a name up; what is empty counts as unset. */
export type Lookup = (name: string) => string | undefined;

/**
 * Makes a lookup that also knows credentials: that of `ROSEY_PASSWORD` is the file `rosey_password`.
 *
 * @param readEnv Reads a variable.
 * @param readFile Reads a file.
 * @returns The lookup; a variable wins over a credential.
 */
export function environment(readEnv: Lookup, readFile: (path: string) => string): Lookup {
  const folder = readEnv("CREDENTIALS_DIRECTORY");
  return (name) => {
    const value = readEnv(name);
    if (value || !folder) return value || undefined;
    try {
      return readFile(`${folder}/${name.toLowerCase()}`).trim() || undefined;
    } catch {
      // Whoever asks for it says that it is missing.
      return undefined;
    }
  };
}

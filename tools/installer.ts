/** The data of a release that its installer contains. */
export interface Release {
  readonly version: string;
  /** URL of the folder with its files; empty if unknown. */
  readonly baseUrl: string;
  /** Lines of `SHA256SUMS`. */
  readonly sums: readonly string[];
}

/** Writes the data of a release into the installer script. */
export function renderInstaller(script: string, { version, baseUrl, sums }: Release): string {
  const values = { version, url: baseUrl, sums: sums.join("\n") };
  return Object.entries(values).reduce((text, [name, value]) => {
    const empty = `release_${name}=''`;
    if (value.includes("'")) throw new Error(`Cannot write ${value} into a shell script`);
    if (text.split(empty).length !== 2) throw new Error(`install.sh has no single ${empty}`);
    return text.replace(empty, () => `release_${name}='${value}'`);
  }, script);
}

/**
 * Prometheus' text format.
 *
 * Source: https://prometheus.io/docs/instrumenting/exposition_formats/
 *
 * @module
 */

/** The content type of the format. */
export const PROMETHEUS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** Labels of one value. */
export type Labels = Readonly<Record<string, string>>;

/** One value of a family. */
export interface Sample {
  /** After the family's name, e.g. `_sum`. */
  readonly suffix?: string;
  /** What tells it from the other values. */
  readonly labels?: Labels;
  /** The value; none leaves the sample out. */
  readonly value: number | undefined;
}

/** All values under one name. */
export interface Family {
  /** Its name, with its unit. */
  readonly name: string;
  /** What kind of values. */
  readonly type: "counter" | "gauge" | "histogram";
  /** One sentence. */
  readonly help: string;
  /** Its values. */
  readonly samples: readonly Sample[];
}

/**
 * Writes families in Prometheus' format; those without a value are left out.
 *
 * @param families All of them.
 * @returns The text.
 */
export function prometheusText(families: readonly Family[]): string {
  return families.map(familyText).join("");
}

function familyText({ name, type, help, samples }: Family): string {
  const lines = samples.flatMap(({ suffix = "", labels = {}, value }) => {
    if (value === undefined) return [];
    const pairs = Object.entries(labels).map(([key, text]) => `${key}="${escaped(text)}"`);
    const braces = pairs.length > 0 ? `{${pairs.join(",")}}` : "";
    return [`${name}${suffix}${braces} ${value}\n`];
  });
  if (lines.length === 0) return "";
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join("")}`;
}

function escaped(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

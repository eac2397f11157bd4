/**
 * Prometheus' text format.
 *
 * Source: https://prometheus.io/docs/instrumenting/exposition_formats/
 */

/** The content type. */
export const PROMETHEUS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

export interface Sample {
  /** After the family's name, e.g. `_sum`. */
  readonly suffix?: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** An undefined value omits the sample. */
  readonly value: number | undefined;
}

/** All samples of one metric. */
export interface Family {
  /** Ends with the unit. */
  readonly name: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly help: string;
  readonly samples: readonly Sample[];
}

/** Families without a value are omitted. */
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

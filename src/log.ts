import { configure, dispose, type LogLevel, type LogRecord } from "@logtape/logtape";
import { errorMessage } from "./errors.ts";
import { jsonText, oneLine } from "./one_line.ts";
import { hasColours, styled, writeText } from "./output.ts";
import { type Redact, redactor } from "./redact.ts";

/**
 * Fields that hold the program's own text. They are not redacted, so that a secret such as `ollama` does
 * not hide `provider=ollama`. Quotations in a `reason` are redacted when the reason is made.
 */
const OWN_FIELDS: ReadonlySet<string> = new Set(
  ("advice aside changes channel command denied domain hint host how instead kind label model " +
    "name names path problem provider reason seconds time url warning").split(" "),
);

export interface LoggingOptions {
  /** `DEBUG`, `INFO`, `WARN`, `WARNING` or `ERROR`. */
  readonly level: string;
  /** `auto`, `journal`, `terminal` or `json`. */
  readonly format: string;
  /** Redacted in all other fields. */
  readonly secrets?: readonly string[];
  /** Writes a line; default: to standard error. */
  readonly write?: (line: string) => void;
}

/** The journal's priority is that of sd-daemon(3). */
const LEVELS = {
  trace: { priority: 7, name: "DEBUG", colour: "gray" },
  debug: { priority: 7, name: "DEBUG", colour: "gray" },
  info: { priority: 6, name: "INFO", colour: "green" },
  warning: { priority: 4, name: "WARN", colour: "yellow" },
  error: { priority: 3, name: "ERROR", colour: "red" },
  fatal: { priority: 2, name: "ERROR", colour: "red" },
} as const;

/** Logs one line per event, until the result is disposed. */
export async function setupLogging(options: LoggingOptions): Promise<AsyncDisposable> {
  const redact = redactor(options.secrets ?? []);
  const format = formatter(options.format, redact);
  const { write = (line) => writeText(Deno.stderr, `${line}\n`) } = options;
  const level = options.level.toLowerCase();
  const lowestLevel = level === "warn" ? "warning" : level as LogLevel;
  await configure({
    sinks: { operator: (record: LogRecord) => write(format(record)) },
    loggers: [
      { category: "rosey", lowestLevel, sinks: ["operator"] },
      { category: ["logtape", "meta"], lowestLevel: "warning", sinks: ["operator"] },
    ],
    reset: true,
  });
  return { [Symbol.asyncDispose]: dispose };
}

function formatter(format: string, redact: Redact): (record: LogRecord) => string {
  if (format === "json") return (record) => jsonLine(record, redact);
  const isJournal = format === "auto" ? Deno.env.get("JOURNAL_STREAM") : format === "journal";
  // The journal adds the time itself.
  if (isJournal) return (line) => `<${LEVELS[line.level].priority}>${messageOf(line, redact)}`;
  return (record) => terminalLine(record, messageOf(record, redact));
}

function terminalLine(record: LogRecord, message: string): string {
  const { name, colour } = LEVELS[record.level];
  const shown = styled(colour, name.padEnd(5), hasColours(Deno.stderr));
  return `${new Date(record.timestamp).toISOString()} ${shown} ${message}`;
}

function jsonLine(record: LogRecord, redact: Redact): string {
  const line = {
    time: new Date(record.timestamp).toISOString(),
    level: LEVELS[record.level].name,
    logger: record.category.join("."),
    message: messageOf(record, redact),
  };
  const all = { ...record.properties, ...line };
  return jsonText(all, function (this: unknown, name, value) {
    const isOwn = this === all && (OWN_FIELDS.has(name) || name in line);
    return typeof value !== "string" || isOwn ? value : redact(value);
  });
}

/** Redacts the values only. LogTape's message alternates text and values. */
function messageOf({ message, rawMessage }: LogRecord, redact: Redact): string {
  const names = typeof rawMessage === "string" ? [...rawMessage.matchAll(/\{([^{}]*)\}/g)] : [];
  const parts = message.map((part, at) => {
    if (at % 2 === 0 || typeof part === "number") return String(part);
    const name = names[(at - 1) / 2]?.[1] ?? "";
    return OWN_FIELDS.has(name) ? errorMessage(part) : redact(errorMessage(part));
  });
  return oneLine(parts.join(""));
}

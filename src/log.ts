import {
  configure,
  dispose,
  type LoggerConfig,
  type LogLevel,
  type LogRecord,
  type Sink,
} from "@logtape/logtape";
import { styleText } from "node:util";
import { jsonText, oneLine } from "./one_line.ts";
import { type Redact, redactor } from "./redact.ts";

/**
 * Fields that hold the program's own text. They are not redacted, so that a secret such as `ollama` does
 * not hide `provider=ollama`. Quotations in a `reason` are redacted when the reason is made.
 */
const OWN_FIELDS: ReadonlySet<string> = new Set([
  "advice",
  "aside",
  "changes",
  "channel",
  "command",
  "denied",
  "domain",
  "hint",
  "host",
  "how",
  "instead",
  "kind",
  "label",
  "model",
  "name",
  "names",
  "path",
  "problem",
  "provider",
  "reason",
  "seconds",
  "time",
  "url",
  "warning",
]);

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

const PRIORITY: Record<LogLevel, number> = {
  trace: 7,
  debug: 7,
  info: 6,
  warning: 4,
  error: 3,
  fatal: 2,
};

/** Logs one line per event, until the result is disposed. */
export async function setupLogging(options: LoggingOptions): Promise<AsyncDisposable> {
  const redact = redactor(options.secrets ?? []);
  const format = formatter(options.format, redact);
  const write = options.write ?? writeStderr;
  const sinks: Record<string, Sink> = { operator: (record) => write(format(record)) };
  const loggers: LoggerConfig<string, string>[] = [
    { category: "rosey", lowestLevel: levelOf(options.level), sinks: ["operator"] },
    { category: ["logtape", "meta"], lowestLevel: "warning", sinks: ["operator"] },
  ];
  await configure({ sinks, loggers, reset: true });
  return { [Symbol.asyncDispose]: dispose };
}

function levelOf(level: string): LogLevel {
  const name = level.toLowerCase();
  return name === "warn" ? "warning" : name as LogLevel;
}

function formatter(format: string, redact: Redact): (record: LogRecord) => string {
  if (format === "json") return (record) => jsonLine(record, redact);
  const journal = format === "journal" ||
    (format === "auto" && Boolean(Deno.env.get("JOURNAL_STREAM")));
  const line = journal ? journalLine : terminalLine;
  return (record) => line(record, messageOf(record, redact));
}

/** The journal adds the time itself; `<N>` is its priority. Source: sd-daemon(3). */
function journalLine(record: LogRecord, message: string): string {
  return `<${PRIORITY[record.level]}>${message}`;
}

const COLOURS = { ERROR: "red", WARN: "yellow", INFO: "green", DEBUG: "gray" } as const;

function terminalLine(record: LogRecord, message: string): string {
  const level = shortLevel(record.level);
  const padded = level.padEnd(5);
  const coloured = Deno.stderr.isTerminal() && !Deno.env.get("NO_COLOR");
  const shown = coloured ? styleText(COLOURS[level], padded, { validateStream: false }) : padded;
  return `${new Date(record.timestamp).toISOString()} ${shown} ${message}`;
}

function jsonLine(record: LogRecord, redact: Redact): string {
  const line = {
    time: new Date(record.timestamp).toISOString(),
    level: shortLevel(record.level),
    logger: record.category.join("."),
    message: messageOf(record, redact),
  };
  const all = { ...record.properties, ...line };
  return jsonText(all, function (this: unknown, name, value) {
    const isOwn = this === all && (OWN_FIELDS.has(name) || name in line);
    return typeof value !== "string" || isOwn ? value : redact(value);
  });
}

function shortLevel(level: LogLevel): keyof typeof COLOURS {
  if (level === "warning") return "WARN";
  if (level === "fatal" || level === "error") return "ERROR";
  return level === "info" ? "INFO" : "DEBUG";
}

/** Redacts the values only. LogTape's message alternates text and values. */
function messageOf({ message, rawMessage }: LogRecord, redact: Redact): string {
  const names = typeof rawMessage === "string" ? [...rawMessage.matchAll(/\{([^{}]*)\}/g)] : [];
  const parts = message.map((part, at) => {
    if (at % 2 === 0 || typeof part === "number") return String(part);
    const name = names[(at - 1) / 2]?.[1] ?? "";
    return OWN_FIELDS.has(name) ? shown(part) : redact(shown(part));
  });
  return oneLine(parts.join(""));
}

function shown(value: unknown): string {
  return value instanceof Error ? value.message : String(value);
}

const encoder = new TextEncoder();

/** A closed standard error does not end the bot. */
function writeStderr(line: string): void {
  try {
    Deno.stderr.writeSync(encoder.encode(`${line}\n`));
  } catch (error) {
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}

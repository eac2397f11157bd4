/**
 * What the operator reads: one line for each event on standard error, without secrets, in the form
 * that suits the reader. The loggers themselves come from `getLogger(["rosey", …])` of LogTape.
 *
 * @module
 */
import {
  configure,
  dispose,
  type LoggerConfig,
  type LogLevel,
  type LogRecord,
  type Sink,
} from "@logtape/logtape";
import { styleText } from "node:util";

/** Options of {@linkcode setupLogging}. */
export interface LoggingOptions {
  /** `DEBUG`, `INFO`, `WARN`, `WARNING` or `ERROR`. */
  readonly level: string;
  /** `auto`, `journal`, `terminal` or `json`. */
  readonly format: string;
  /** Values that are replaced wherever they turn up. */
  readonly secrets?: readonly string[];
  /** Takes a line without its end; default: standard error. */
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

/**
 * Starts logging.
 *
 * @returns What ends it.
 */
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

function formatter(
  format: string,
  redact: (line: string) => string,
): (record: LogRecord) => string {
  if (format === "json") return (record) => jsonLine(record, redact);
  const journal = format === "journal" ||
    (format === "auto" && Boolean(Deno.env.get("JOURNAL_STREAM")));
  const line = journal ? journalLine : terminalLine;
  return (record) => line(record, oneLine(redact(messageOf(record))));
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

function jsonLine(record: LogRecord, redact: (line: string) => string): string {
  const redacted = (_key: string, value: unknown) =>
    typeof value === "string" ? redact(value) : value;
  const line = JSON.stringify({
    ...record.properties,
    time: new Date(record.timestamp).toISOString(),
    level: shortLevel(record.level),
    logger: record.category.join("."),
    message: oneLine(redact(messageOf(record))),
  }, redacted);
  return line.replace(
    /[\u007f-\u009f\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function shortLevel(level: LogLevel): keyof typeof COLOURS {
  if (level === "warning") return "WARN";
  if (level === "fatal" || level === "error") return "ERROR";
  return level === "info" ? "INFO" : "DEBUG";
}

function messageOf(record: LogRecord): string {
  return record.message.map((part) => typeof part === "string" ? part : shown(part)).join("");
}

function shown(value: unknown): string {
  return value instanceof Error ? value.message : String(value);
}

/**
 * One event is one line, and no chatter colours the operator's terminal.
 *
 * @param text Anything.
 * @returns The same with control characters and line ends as escapes.
 */
export function oneLine(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, (char) => {
    const code = char.charCodeAt(0).toString(16).padStart(2, "0");
    return { "\n": "\\n", "\r": "\\r", "\t": "\\t" }[char] ?? `\\x${code}`;
  });
}

/** Shorter values would delete innocent parts of every line. */
const SHORTEST_SECRET = 4;

/**
 * What takes secrets out of a line.
 *
 * @param secrets The values.
 * @returns A function from a line to one that holds none of them.
 */
export function redactor(secrets: readonly string[]): (line: string) => string {
  const forms = secrets
    .filter((secret) => secret.length >= SHORTEST_SECRET)
    .flatMap((
      secret,
    ) => [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret.toWellFormed())])
    .sort((a, b) => b.length - a.length);
  return (line) => forms.reduce((rest, form) => rest.replaceAll(form, "[redacted]"), line);
}

const encoder = new TextEncoder();

/** A reader that went away must not end the bot. */
function writeStderr(line: string): void {
  try {
    Deno.stderr.writeSync(encoder.encode(`${line}\n`));
  } catch (error) {
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}

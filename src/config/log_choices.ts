/** Log levels, the most detailed first; `WARNING` is another name for `WARN`. */
export const LOG_LEVELS = ["DEBUG", "INFO", "WARN", "WARNING", "ERROR"] as const;
/** Formats of a log line. */
export const LOG_FORMATS = ["auto", "journal", "terminal", "json"] as const;

/**
 * What the settings and the flags of the log have in common.
 *
 * @module
 */

/** Log levels, the most talkative first; `WARNING` is another name for `WARN`. */
export const LOG_LEVELS = ["DEBUG", "INFO", "WARN", "WARNING", "ERROR"] as const;
/** Forms of a log line. */
export const LOG_FORMATS = ["auto", "journal", "terminal", "json"] as const;

/**
 * Kinds of settings: a text, a number of seconds, a secret. The messages are what an operator reads
 * after "expected".
 *
 * @module
 */
import * as v from "valibot";

export const text = (expected = "a text") => v.string(expected);
export const filled = (expected: string) =>
  v.pipe(v.string(expected), v.trim(), v.nonEmpty(expected));
export const flag = () => v.boolean("true or false");

/** Timers hold at most 2^31 milliseconds. */
const MAX_SECONDS = 2_000_000;
const SECONDS = `a number of seconds from 0 to ${MAX_SECONDS}`;

export function seconds() {
  return v.pipe(v.number(SECONDS), v.minValue(0, SECONDS), v.maxValue(MAX_SECONDS, SECONDS));
}

const LIMIT_SECONDS = `a number of seconds above 0, up to ${MAX_SECONDS}`;

export function limitSeconds() {
  return v.pipe(
    v.number(LIMIT_SECONDS),
    v.gtValue(0, LIMIT_SECONDS),
    v.maxValue(MAX_SECONDS, LIMIT_SECONDS),
  );
}

const SECRET = 'a text, {"env": "NAME"} or {"file": "path"}';

/** A secret: itself, or where to find it. */
export const secret = v.union([
  text(),
  v.strictObject({ env: filled(SECRET) }),
  v.strictObject({ file: filled(SECRET) }),
], SECRET);

const COUNT = "a whole number from 0 to 1000";

export function count() {
  return v.pipe(
    v.number(COUNT),
    v.integer(COUNT),
    v.minValue(0, COUNT),
    v.maxValue(1000, COUNT),
  );
}

export const HTTP_URL = "an http:// or https:// URL";
export const httpUrl = () =>
  v.pipe(v.string(HTTP_URL), v.regex(/^https?:\/\/[^\s/]+\S*$/i, HTTP_URL));

/** Common types of settings. Each message completes the sentence "expected …". */
import * as v from "valibot";

export const text = (expected = "a text") => v.string(expected);
export const filled = (expected: string) =>
  v.pipe(v.string(expected), v.trim(), v.nonEmpty(expected));
export const flag = () => v.boolean("true or false");

export const HTTP_URL = "an http:// or https:// URL";
export const httpUrl = () =>
  v.pipe(v.string(HTTP_URL), v.regex(/^https?:\/\/[^\s/]+\S*$/i, HTTP_URL));

export const number = (min: number, max: number, expected: string) =>
  v.pipe(v.number(expected), v.minValue(min, expected), v.maxValue(max, expected));
const wholeNumber = (min: number, max: number) => `a whole number from ${min} to ${max}`;
export const integer = (min: number, max: number, expected = wholeNumber(min, max)) =>
  v.pipe(number(min, max, expected), v.integer(expected));
/** A number of messages, lines or turns. */
export const count = () => integer(0, 1000);

/** Timers hold at most 2^31 milliseconds. */
const MAX_SECONDS = 2_000_000;
const LIMIT_SECONDS = `a number of seconds above 0, up to ${MAX_SECONDS}`;

export const seconds = () => number(0, MAX_SECONDS, `a number of seconds from 0 to ${MAX_SECONDS}`);
export const limitSeconds = () =>
  v.pipe(
    v.number(LIMIT_SECONDS),
    v.gtValue(0, LIMIT_SECONDS),
    v.maxValue(MAX_SECONDS, LIMIT_SECONDS),
  );

const SECRET = 'a text, {"env": "NAME"} or {"file": "path"}';

/** A secret, or where to find it. */
export const secret = v.union([
  text(),
  v.strictObject({ env: filled(SECRET) }),
  v.strictObject({ file: filled(SECRET) }),
], SECRET);

export const modelOptions = v.optional(
  v.record(v.string(), v.unknown(), "an object of model parameters"),
  {},
);

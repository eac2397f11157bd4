/**
 * Types of what this project uses of `@std/assert`.
 *
 * @module
 */

// deno-lint-ignore no-explicit-any
type ErrorClass<E extends Error> = abstract new (...args: any[]) => E;

/** Fails unless the value is truthy. */
export function assert(value: unknown, message?: string): asserts value;

/** Fails unless both are deeply equal. */
export function assertEquals<T>(actual: T, expected: T, message?: string): void;

/** Fails where both are deeply equal. */
export function assertNotEquals<T>(actual: T, expected: T, message?: string): void;

/** Fails unless both are the same, as `Object.is` has it. */
export function assertStrictEquals<T>(
  actual: unknown,
  expected: T,
  message?: string,
): asserts actual is T;

/** Fails unless the text matches. */
export function assertMatch(actual: string, expected: RegExp, message?: string): void;

/** Fails where the text matches. */
export function assertNotMatch(actual: string, expected: RegExp, message?: string): void;

/** Fails unless the text contains the other. */
export function assertStringIncludes(actual: string, expected: string, message?: string): void;

/** Fails unless the first is less. */
export function assertLess<T>(actual: T, expected: T, message?: string): void;

/** Fails where the first is greater. */
export function assertLessOrEqual<T>(actual: T, expected: T, message?: string): void;

/** Fails unless the first is greater. */
export function assertGreater<T>(actual: T, expected: T, message?: string): void;

/** Fails where the first is less. */
export function assertGreaterOrEqual<T>(actual: T, expected: T, message?: string): void;

/** Fails unless the value is an instance of the class. */
export function assertInstanceOf<T>(
  actual: unknown,
  // deno-lint-ignore no-explicit-any
  expected: abstract new (...args: any[]) => T,
  message?: string,
): asserts actual is T;

/** Returns the error that the function throws; fails where it throws none. */
export function assertThrows(fn: () => unknown, message?: string): unknown;
/** Returns the error that the function throws; fails unless it is of the class and its message includes the text. */
export function assertThrows<E extends Error>(
  fn: () => unknown,
  expected: ErrorClass<E>,
  messageIncludes?: string,
  message?: string,
): E;

/** Returns the error with which the promise is rejected; fails where it is not. */
export function assertRejects(fn: () => PromiseLike<unknown>, message?: string): Promise<unknown>;
/** Returns the error with which the promise is rejected; fails unless it is of the class and its message includes the text. */
export function assertRejects<E extends Error>(
  fn: () => PromiseLike<unknown>,
  expected: ErrorClass<E>,
  messageIncludes?: string,
  message?: string,
): Promise<E>;

/** Fails. */
export function fail(message?: string): never;

/**
 * Replaces `@std/assert` if JSR cannot be reached: the assertions that this project uses, with the names, signatures and
 * failures of the real ones, implemented with `node:assert/strict`.
 */
import nodeAssert from "node:assert/strict";
import { inspect } from "node:util";

/** What every failed assertion throws. */
export class AssertionError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "AssertionError";
  }
}

// deno-lint-ignore no-explicit-any -- as in std: a class with any constructor, abstract ones included
type ErrorClass<E> = abstract new (...args: any[]) => E;

function withNote(what: string, note: string | undefined): string {
  return note === undefined ? `${what}.` : `${what}: ${note}`;
}

function show(value: unknown): string {
  return inspect(value, { depth: 20 });
}

/** Runs an assertion of Node's, and throws its diff with our own class and heading. */
function viaNode(check: () => void, what: string, note?: string): void {
  try {
    check();
  } catch (error) {
    const diff = error instanceof Error ? error.message : String(error);
    throw new AssertionError(`${withNote(what, note)}\n${diff}`);
  }
}

export function assert(expr: unknown, msg = ""): asserts expr {
  if (!expr) throw new AssertionError(msg);
}

/** The false values of JavaScript. */
export type Falsy = false | 0 | 0n | "" | null | undefined;

export function assertFalse(expr: unknown, msg = ""): asserts expr is Falsy {
  if (expr) throw new AssertionError(msg);
}

export function assertEquals<T>(actual: T, expected: T, msg?: string): void {
  viaNode(() => nodeAssert.deepStrictEqual(actual, expected), "Values are not equal", msg);
}

export function assertNotEquals<T>(actual: T, expected: T, msg?: string): void {
  const what = `Expected actual: ${show(actual)} not to be: ${show(expected)}`;
  viaNode(() => nodeAssert.notDeepStrictEqual(actual, expected), what, msg);
}

export function assertStringIncludes(actual: string, expected: string, msg?: string): void {
  if (actual.includes(expected)) return;
  const what = `Expected actual: "${actual}" to contain: "${expected}"`;
  throw new AssertionError(withNote(what, msg));
}

export function assertArrayIncludes<T>(actual: ArrayLike<T>, expected: ArrayLike<T>, msg?: string): void {
  const missing = Array.from(expected).filter((wanted) => !Array.from(actual).some((one) => isDeepEqual(one, wanted)));
  if (missing.length === 0) return;
  const what = `Expected actual: ${show(actual)} to include: ${show(expected)}; missing: ${show(missing)}`;
  throw new AssertionError(withNote(what, msg));
}

function isDeepEqual(one: unknown, other: unknown): boolean {
  try {
    nodeAssert.deepStrictEqual(one, other);
    return true;
  } catch {
    return false;
  }
}

export function assertMatch(actual: string, expected: RegExp, msg?: string): void {
  if (expected.test(actual)) return;
  const what = `Expected actual: "${actual}" to match: "${expected}"`;
  throw new AssertionError(withNote(what, msg));
}

export function assertGreater<T>(actual: T, expected: T, msg?: string): void {
  if (actual > expected) return;
  throw new AssertionError(msg ?? `Expect ${show(actual)} > ${show(expected)}`);
}

export function assertGreaterOrEqual<T>(actual: T, expected: T, msg?: string): void {
  if (actual >= expected) return;
  throw new AssertionError(msg ?? `Expect ${show(actual)} >= ${show(expected)}`);
}

export function assertLess<T>(actual: T, expected: T, msg?: string): void {
  if (actual < expected) return;
  throw new AssertionError(msg ?? `Expect ${show(actual)} < ${show(expected)}`);
}

/** What is expected of an error: a class and a part of its message, or nothing; and a note in both cases. */
type Expected<E extends Error> = [ErrorType?: ErrorClass<E> | string, msgIncludes?: string, msg?: string];

/** Checks and returns what was thrown. */
function checkCaught<E extends Error>(caught: unknown, [ErrorType, msgIncludes = "", msg]: Expected<E>): unknown {
  if (typeof ErrorType !== "function") return caught;
  const failed = (what: string) => new AssertionError(withNote(what, msg));
  if (!(caught instanceof Error)) throw failed(`Expected "error" to be an Error object but got ${show(caught)}`);
  if (!(caught instanceof ErrorType)) {
    const was = `"${caught.constructor.name}" (${caught.message})`;
    throw failed(`Expected error to be instance of "${ErrorType.name}", but was ${was}`);
  }
  if (!caught.message.includes(msgIncludes)) {
    throw failed(`Expected error message to include ${show(msgIncludes)}, but got ${show(caught.message)}`);
  }
  return caught;
}

function noteOf<E extends Error>([first, , msg]: Expected<E>): string | undefined {
  return typeof first === "string" ? first : msg;
}

export function assertThrows(fn: () => unknown, msg?: string): unknown;
export function assertThrows<E extends Error = Error>(
  fn: () => unknown,
  ErrorClass: ErrorClass<E>,
  msgIncludes?: string,
  msg?: string,
): E;
export function assertThrows<E extends Error>(fn: () => unknown, ...expected: Expected<E>): unknown {
  try {
    fn();
  } catch (error) {
    return checkCaught(error, expected);
  }
  throw new AssertionError(withNote("Expected function to throw", noteOf(expected)));
}

export function assertRejects(fn: () => PromiseLike<unknown>, msg?: string): Promise<unknown>;
export function assertRejects<E extends Error = Error>(
  fn: () => PromiseLike<unknown>,
  ErrorClass: ErrorClass<E>,
  msgIncludes?: string,
  msg?: string,
): Promise<E>;
export async function assertRejects<E extends Error>(
  fn: () => PromiseLike<unknown>,
  ...expected: Expected<E>
): Promise<unknown> {
  let promise: PromiseLike<unknown>;
  try {
    promise = fn();
  } catch (cause) {
    throw new AssertionError(withNote("Function throws when expected to reject", noteOf(expected)), { cause });
  }
  try {
    await promise;
  } catch (error) {
    return checkCaught(error, expected);
  }
  throw new AssertionError(withNote("Expected function to reject", noteOf(expected)));
}

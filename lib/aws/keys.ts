/**
 * Access keys from the environment, a profile or a program's output: checked before use, and never shown.
 *
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-static-credentials.html
 */

import { ArarError } from "../errors.ts";
import { type Env, fromEnv, Origin, type Sourced } from "../sourced.ts";
import { type Credentials, readTime } from "./credentials.ts";

const ID = "AWS_ACCESS_KEY_ID";
const SECRET = "AWS_SECRET_ACCESS_KEY";
const TOKEN = "AWS_SESSION_TOKEN";
/** Its older name, which is read last. */
const OLDER_TOKEN = "AWS_SECURITY_TOKEN";

/** What AWS issues as access key IDs: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html */
const KEY_ID = /^A(?:KI|SI)A[A-Z0-9]{12,124}$/;

/** What AWS issues as secret access keys; one without any lower-case letter is as good as impossible. */
const SECRET_KEY = /^(?=.*[a-z])[A-Za-z0-9/+]{40}$/;

/** Keys as given. */
export interface GivenKeys {
  readonly id: Sourced<string>;
  readonly secret: Sourced<string>;
  /** An empty one counts as absent. */
  readonly token?: Sourced<string> | undefined;
  /** Where the token of temporary keys should be. */
  readonly tokenName: string;
}

/** Throws an `ArarError` that names the origin of a value that cannot be right, and shows no part of it. */
export function checkKeys({ id, secret, token: given, tokenName }: GivenKeys): Credentials {
  const token = given?.value ? given : undefined;
  for (const one of [id, secret, ...token ? [token] : []]) {
    const flaw = flawOf(one.value);
    if (flaw) throw new ArarError(`${one.from} ${flaw}`);
  }
  if (KEY_ID.test(secret.value)) {
    const swapped = KEY_ID.test(id.value) ? "" : `; is it swapped with ${id.from}?`;
    throw new ArarError(`${secret.from} is an access key ID, not a secret access key${swapped}`);
  }
  if (SECRET_KEY.test(id.value)) throw new ArarError(`${id.from} is a secret access key, not an access key ID`);
  if (!token && id.value.startsWith("ASIA")) {
    const what = `${id.from} is a temporary access key (ASIA...), which needs its session token`;
    throw new ArarError(`${what}: ${tokenName} is ${given ? "empty" : "not set"}`);
  }
  return { accessKeyId: id.value, secretAccessKey: secret.value, ...(token && { sessionToken: token.value }) };
}

/** Whether the key is long-lived, and has no session token: AWS refuses it together with one. */
function isLongLived(id: string): boolean {
  return /^AKIA[A-Z0-9]{12,124}$/.test(id);
}

/**
 * The exported keys, if there are any; throws an `ArarError` for half a pair, and for a value that cannot be right.
 *
 * Empty is not the same as unset: a CI job whose secrets are missing must not fall back to the identity of its machine.
 * Empty keys are ignored only if the environment names another source.
 */
export function exportedKeys(env: Env): Credentials | undefined {
  const { [ID]: id, [SECRET]: secret, [TOKEN]: token } = env;
  if (id === undefined && secret === undefined) return undefined;
  if (!id && !secret && (env.AWS_PROFILE || env.AWS_WEB_IDENTITY_TOKEN_FILE)) return undefined;
  for (const name of [ID, SECRET]) {
    if (env[name] === "") throw emptyVariable(name, env);
  }
  if (id === undefined) throw new ArarError(`${SECRET} is set, but ${ID} is not; set both or neither`);
  if (secret === undefined) throw new ArarError(`${ID} is set, but ${SECRET} is not; set both or neither`);
  if (token && isLongLived(id)) {
    throw new ArarError(`${TOKEN} is set, but ${ID} is a long-lived access key (AKIA...), which has none`, {
      hints: [`unset ${TOKEN}, or export the temporary keys that it belongs to`],
    });
  }
  const exported = (name: string, value: string) => ({ value, from: new Origin("exported", name) });
  const older = isLongLived(id) ? undefined : fromEnv(env, TOKEN, OLDER_TOKEN);
  const credentials = checkKeys({
    id: exported(ID, id),
    secret: exported(SECRET, secret),
    token: older ?? (token === "" ? exported(TOKEN, "") : undefined),
    tokenName: TOKEN,
  });
  const expiration = credentials.sessionToken ? readTime(env.AWS_CREDENTIAL_EXPIRATION ?? "") : undefined;
  return { ...credentials, ...(expiration && { expiration }) };
}

/** The error for a variable that is set but empty. */
export function emptyVariable(name: string, env: Env): ArarError {
  const fork = env.GITHUB_ACTIONS ? "; GitHub does not pass secrets to pull requests from forks" : "";
  return new ArarError(`${name} is set but empty`, {
    hints: [`in CI: is the secret missing, misspelled, or of another environment than the job's${fork}?`],
  });
}

/** The JSON object that a program or service answered; throws an `ArarError` that says what it is instead. */
export function readAnswer(text: string, what: string): Readonly<Record<string, unknown>> {
  if (text.trim() === "") throw new ArarError(`${what} returned nothing`);
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    throw new ArarError(`${what} returned no JSON`);
  }
  if (typeof answer === "object" && answer !== null) return { ...answer };
  throw new ArarError(`${what} returned no JSON object`);
}

/** The keys in an answer; throws an `ArarError` that says what is wrong with it, and shows none of it. */
export function answeredKeys(
  answer: Readonly<Record<string, unknown>>,
  what: string,
  tokenName: "SessionToken" | "Token",
): Credentials {
  const given = (name: string) => {
    const value = answer[name];
    if (value === undefined || value === null) return undefined;
    if (typeof value === "string") return { value, from: new Origin("answer", `${name} of ${what}`) };
    throw new ArarError(`${what} returned ${/^A/.test(name) ? "an" : "a"} ${name} that is not a string`);
  };
  const [id, secret] = [given("AccessKeyId"), given("SecretAccessKey")];
  if (!id || !secret) throw new ArarError(`${what} returned no ${id ? "SecretAccessKey" : "AccessKeyId"}`);
  const credentials = checkKeys({ id, secret, token: given(tokenName), tokenName });
  const { Expiration: end } = answer;
  if (end === undefined || end === null || end === "") return credentials;
  const expiration = typeof end === "string" ? readTime(end) : undefined;
  if (!expiration) throw new ArarError(`${what} returned an Expiration that is not a date`);
  return { ...credentials, expiration };
}

/** What is wrong, such as `ends with a line break`, to follow the name of the text; `undefined` if nothing is. */
export function flawOf(text: string): string | undefined {
  // Not by a pattern: that would look for the end again from each of many line breaks in the middle.
  const end = text.slice(text.trimEnd().length);
  if (end !== text && /[\r\n]/.test(end)) return "ends with a line break";
  return FLAWS.find(([pattern]) => pattern.test(text))?.[1];
}

const FLAWS: readonly (readonly [RegExp, string])[] = [
  [/^$/, "is empty"],
  [/^\s+$/, "is blank"],
  [/\s$/, "ends with a space"],
  [/^\s*[\r\n]/, "begins with a line break"],
  [/^\s/, "begins with a space"],
  [/^(["'`]).*\1$/s, "is quoted"],
  [/^["'`]/, "begins with a quotation mark"],
  [/["'`]$/, "ends with a quotation mark"],
  [/[\r\n]/, "contains a line break"],
  [/\s/, "contains a space"],
  // deno-lint-ignore no-control-regex -- it is meant to match control characters
  [/[\u0000-\u001f\u007f]/, "contains a control character"],
  [/[^\u0020-\u007e]/, "contains a character that is not ASCII"],
];

/**
 * The credentials that the machine provides: from a container's endpoint or the instance metadata service. A failure is often
 * expected, so its reason is returned, not thrown.
 */

import { ArarError } from "../../errors.ts";
import { type Env, fromEnv, made, type Sourced, unexpected } from "../../sourced.ts";
import type { Credentials } from "../credentials.ts";
import { type Answer, ConnectionError, isLoopback } from "../dialer.ts";
import { boolean, readAttempts } from "../endpoint.ts";
import { answeredKeys, readAnswer } from "../keys.ts";
import type { Container, Instance } from "../signer.ts";
import { persistently, type Sender, textOf } from "./send.ts";

const RELATIVE = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI";
const FULL = "AWS_CONTAINER_CREDENTIALS_FULL_URI";

/** Hosts that a container may call in clear: ECS, and EKS Pod Identity by IPv4 and IPv6. */
const CONTAINER_HOSTS = ["169.254.170.2", "169.254.170.23", "[fd00:ec2::23]"];

/** The container's endpoint, if the environment names one. */
export function readContainer(env: Env): Container | undefined {
  const given = fromEnv(env, RELATIVE, FULL);
  if (!given) return undefined;
  const [token, tokenFile] = [env.AWS_CONTAINER_AUTHORIZATION_TOKEN, env.AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE];
  return { url: containerUrl(given), ...(token && { token }), ...(tokenFile && { tokenFile }) };
}

/** The messages are without the URL, which gives the credentials to whoever knows it. */
function containerUrl({ value, from }: Sourced<string>): Sourced<URL> {
  const isRelative = from.name === RELATIVE;
  if (isRelative && !value.startsWith("/")) throw new ArarError(`${from} does not begin with /`);
  const text = isRelative ? `http://${CONTAINER_HOSTS[0]}${value}` : value;
  if (!URL.canParse(text)) throw new ArarError(`${from} is not a URL`);
  const url = new URL(text);
  const isTrusted = isLoopback(url) || CONTAINER_HOSTS.includes(url.hostname);
  if (url.protocol === "https:" || (url.protocol === "http:" && isTrusted)) return { value: url, from };
  throw new ArarError(`${from} must be https, or http to this machine or to ECS or EKS`);
}

const ENDPOINT = "ec2_metadata_service_endpoint";
const ADDRESSES: Env = { ipv4: "http://169.254.169.254", ipv6: "http://[fd00:ec2::254]" };

/** The instance metadata service. The environment precedes the profile; an endpoint precedes a mode. */
export function readInstance(env: Env, profile: ReadonlyMap<string, Sourced<string>>): Instance {
  const read = (key: string) => fromEnv(env, `AWS_${key.toUpperCase()}`) ?? profile.get(key);
  const disabled = fromEnv(env, "AWS_EC2_METADATA_DISABLED");
  const v1Disabled = read("ec2_metadata_v1_disabled");
  const attempts = readAttempts(read("metadata_service_num_attempts"));
  return {
    url: metadataUrl(read(ENDPOINT), read(`${ENDPOINT}_mode`)),
    milliseconds: readSeconds(read("metadata_service_timeout")) * 1000,
    ...(disabled && disabled.value.toLowerCase() !== "false" && { disabledBy: disabled.from }),
    ...(v1Disabled && boolean(v1Disabled) && { v1DisabledBy: v1Disabled.from }),
    ...(attempts !== undefined && { attempts }),
  };
}

function metadataUrl(endpoint: Sourced<string> | undefined, mode: Sourced<string> | undefined): Sourced<URL> {
  if (endpoint) {
    const url = URL.canParse(endpoint.value) ? new URL(endpoint.value) : undefined;
    if (!/^https?:$/.test(url?.protocol ?? "")) throw unexpected(endpoint, "a URL");
    return { ...endpoint, value: new URL(endpoint.value) };
  }
  const { value, from } = mode ?? made("ipv4", "default");
  const address = Object.hasOwn(ADDRESSES, value.toLowerCase()) ? ADDRESSES[value.toLowerCase()] : undefined;
  if (address === undefined) throw unexpected({ value, from }, "IPv4 or IPv6");
  return { value: new URL(address), from };
}

function readSeconds(given: Sourced<string> | undefined): number {
  if (!given) return 1;
  if (/^\d+(\.\d+)?$/.test(given.value) && Number(given.value) > 0) return Number(given.value);
  throw unexpected(given, "a number of seconds");
}

/** What asking the machine uses. */
export interface MachineContext extends Sender {
  readonly readTextFile: (path: string) => Promise<string | undefined>;
}

/** As in botocore: https://github.com/boto/botocore/blob/develop/botocore/utils.py (ContainerMetadataFetcher) */
const CONTAINER = { attempts: 3, milliseconds: 2000 };

/** The container's credentials, or why there are none. */
export async function containerCredentials(context: MachineContext, asked?: Container): Promise<Credentials | string> {
  if (!asked) return `neither ${RELATIVE} nor ${FULL} is set`;
  const what = `the endpoint in ${asked.url.from}`;
  const token = asked.tokenFile === undefined ? asked.token : await tokenIn(context, asked.tokenFile);
  if (token === undefined && asked.tokenFile !== undefined) {
    return "the file in AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE cannot be read";
  }
  const { attempts, milliseconds } = CONTAINER;
  const headers = { accept: "application/json", ...(token && { authorization: token }) };
  const request = { method: "GET", url: asked.url.value, headers, direct: true, milliseconds };
  try {
    return keysIn(await persistently(context, request, { attempts }), what);
  } catch (error) {
    if (error instanceof ConnectionError && error.kind === "unsendable") {
      return "the token in AWS_CONTAINER_AUTHORIZATION_TOKEN or its _FILE contains a line break or another character that cannot be sent";
    }
    return reasonOf(error, `${what} gave no usable answer`);
  }
}

async function tokenIn(context: MachineContext, path: string): Promise<string | undefined> {
  try {
    return await context.readTextFile(path);
  } catch {
    return undefined;
  }
}

const ROLES = "latest/meta-data/iam/security-credentials/";

/** The instance's credentials, or why there are none. If the service may not exist, it is asked only once until it answers. */
export async function instanceCredentials(
  context: Sender,
  { url, disabledBy, v1DisabledBy, milliseconds, attempts }: Instance,
  mayBeAbsent = false,
): Promise<Credentials | string> {
  if (disabledBy) return `${disabledBy} is set`;
  const ask = (method: string, path: string, headers: Readonly<Record<string, string>>) => {
    const base = url.value.href.replace(/\/?$/, "/");
    const request = { method, url: new URL(`${base}${path}`), headers, direct: true, milliseconds };
    const isAbsent = mayBeAbsent && attempts === undefined;
    const isFinal = ({ kind }: ConnectionError) => isAbsent || (method === "PUT" && kind === "timeout");
    return persistently(context, request, { attempts: attempts ?? 3, isFinal });
  };
  try {
    const token = await versionTwo(() =>
      ask("PUT", "latest/api/token", { "x-aws-ec2-metadata-token-ttl-seconds": "21600" })
    );
    if (token === undefined && v1DisabledBy) {
      return `the metadata service has no version 2, and ${v1DisabledBy} rules out version 1`;
    }
    const headers: Record<string, string> = token === undefined ? {} : { "x-aws-ec2-metadata-token": token };
    const roles = await ask("GET", ROLES, headers);
    const [role = ""] = roles.status === 200 ? textOf(roles).trim().split("\n") : [];
    if (roles.status === 404 || (roles.status === 200 && !role)) return "the metadata service has no role";
    if (!role) return `the metadata service answered HTTP ${roles.status}`;
    return keysIn(await ask("GET", `${ROLES}${role}`, headers), "the metadata service");
  } catch (error) {
    return reasonOf(error, "no metadata service answered");
  }
}

/** A token for version 2; `undefined` if only version 1 answers, as in containers that are one hop away from the service. */
async function versionTwo(ask: () => Promise<Answer>): Promise<string | undefined> {
  try {
    const answer = await ask();
    if (answer.status === 200) return textOf(answer).trim();
    if ([403, 404, 405].includes(answer.status)) return undefined;
    throw new ArarError(`the metadata service answered HTTP ${answer.status}`);
  } catch (error) {
    if (error instanceof ConnectionError && error.kind === "timeout") return undefined;
    throw error;
  }
}

function keysIn(answer: Answer, what: string): Credentials {
  if (answer.status !== 200) throw new ArarError(`${what} answered HTTP ${answer.status}`);
  const found = readAnswer(textOf(answer), what);
  // An instance's answer has a code: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-metadata-security-credentials.html
  const { Code: code } = found;
  if (typeof code === "string" && code !== "Success" && /^\w{1,64}$/.test(code)) {
    throw new ArarError(`${what} answered ${code}`);
  }
  return answeredKeys(found, what, "Token");
}

function reasonOf(error: unknown, silent: string): string {
  if (error instanceof ArarError) return error.message;
  if (error instanceof ConnectionError) return `${silent}: ${error.message}`;
  throw error;
}

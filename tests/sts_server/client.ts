/**
 * Owns the shortest way for the server's own tests to call it through the real SDK and to look at a refusal.
 * Must not know arar.
 */
import {
  AssumeRoleCommand,
  type AssumeRoleCommandInput,
  type AssumeRoleCommandOutput,
  GetCallerIdentityCommand,
  STSClient,
  STSServiceException,
} from "@aws-sdk/client-sts";
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import type { Caller } from "./model.ts";
import { ALICE, TERRAFORM_ROLE } from "./samples.ts";

/** What signs a request. */
export type Keys = Pick<
  Caller,
  "accessKeyId" | "secretAccessKey" | "sessionToken"
>;

/** A role session. */
export interface Session extends Keys {
  readonly output: AssumeRoleCommandOutput;
}

/** The region that every test signs for. */
export const REGION = "eu-west-1";

/** A client that tries once unless told otherwise, so that a test sees the first answer. */
export function client(
  sts: { readonly url: string },
  { accessKeyId, secretAccessKey, sessionToken }: Keys = ALICE,
  maxAttempts = 1,
): STSClient {
  const credentials = {
    accessKeyId,
    secretAccessKey,
    ...(sessionToken !== undefined && { sessionToken }),
  };
  return new STSClient({
    endpoint: sts.url,
    region: REGION,
    credentials,
    maxAttempts,
  });
}

/** The caller's ARN, as GetCallerIdentity tells it. */
export async function whoAmI(
  sts: { readonly url: string },
  keys: Keys,
  maxAttempts = 1,
): Promise<string | undefined> {
  const command = new GetCallerIdentityCommand({});
  return (await client(sts, keys, maxAttempts).send(command)).Arn;
}

/** Assumes `TERRAFORM_ROLE` as `test`, unless the input says otherwise. */
export async function assume(
  sts: { readonly url: string },
  input: Partial<AssumeRoleCommandInput> = {},
  keys: Keys = ALICE,
): Promise<Session> {
  const output = await client(sts, keys).send(
    new AssumeRoleCommand({
      RoleArn: TERRAFORM_ROLE.arn,
      RoleSessionName: "test",
      ...input,
    }),
  );
  return {
    output,
    accessKeyId: output.Credentials?.AccessKeyId ?? "",
    secretAccessKey: output.Credentials?.SecretAccessKey ?? "",
    sessionToken: output.Credentials?.SessionToken ?? "",
  };
}

/**
 * Asserts that STS refuses with this code, status and part of the message. The SDK names some errors by their shape, which
 * has a suffix that the code on the wire has not (`PackedPolicyTooLargeException`), so the suffix does not count.
 */
export async function assertRefused(
  call: Promise<unknown>,
  code: string,
  status: number,
  message: string,
): Promise<void> {
  const error = await assertRejects(() => call, STSServiceException);
  assertEquals(
    [withoutSuffix(error.name), error.$metadata.httpStatusCode],
    [withoutSuffix(code), status],
    error.message,
  );
  assertStringIncludes(error.message, message);
}

function withoutSuffix(name: string): string {
  return name.replace(/Exception$/, "");
}

/** What `aws sts get-caller-identity` says in this environment; undefined where there is no such program. */
export async function awsIdentity(
  env: Readonly<Record<string, string>>,
): Promise<{ readonly arn: string; readonly stderr: string } | undefined> {
  const inherited = Object.entries(Deno.env.toObject())
    .filter(([name]) => !name.startsWith("AWS_"));
  try {
    const { stdout, stderr } = await new Deno.Command("aws", {
      args: ["sts", "get-caller-identity", "--query", "Arn", "--output=text"],
      clearEnv: true,
      env: {
        ...Object.fromEntries(inherited),
        AWS_CONFIG_FILE: "no such file",
        AWS_SHARED_CREDENTIALS_FILE: "no such file",
        AWS_DEFAULT_REGION: REGION,
        ...env,
      },
    }).output();
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes).trim();
    return { arn: text(stdout), stderr: text(stderr) };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** Leaves a line in the test's report that says why it was left out. */
export async function skip(t: Deno.TestContext, reason: string): Promise<void> {
  await t.step({ name: `skipped: ${reason}`, ignore: true, fn() {} });
}

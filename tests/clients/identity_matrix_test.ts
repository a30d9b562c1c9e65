/**
 * Every client behind arar acts as the assumed role, regardless of the settings that it inherits and of how arar runs
 * it.
 */
import { assertEquals } from "@std/assert";
import { type EnvChange, job, skipUnless } from "../process/job.ts";
import { startObjectStore } from "../process/object_store.ts";
import { ALONE as CLIENT_ENV } from "../process/refreshed.ts";
import { AWS, HAS_AWS, HAS_BOTO3, PYTHON } from "../python.ts";
import {
  GITHUB,
  type RecordedRequest,
  startSts,
  type StsServer,
  TERRAFORM_ROLE,
  WEB_IDENTITY_ROLE,
} from "../sts_server.ts";
import { type Client, prepareClients } from "./clients.ts";

/** What the command inherits from its caller: files in the home folder, and variables. */
interface Inherited {
  /** Clients that find keys in the environment ignore it, which other homes show. */
  readonly onlyWithRefresh?: true;
  readonly files?: Readonly<Record<string, string>>;
  readonly env?: (home: string) => EnvChange;
}

const keys = (name: string) => `aws_access_key_id = AKIASHADOW${name}\naws_secret_access_key = shadow\n`;
const stored = (profile: string) => `[${profile}]\n${keys("STORED")}`;
const SHADOW_TOKEN = GITHUB.mint({});

/** Without arar's precautions, each would make some SDK use other credentials. */
const INHERITED: Readonly<Record<string, Inherited>> = {
  "nothing": {},
  "AWS_PROFILE and AWS_DEFAULT_PROFILE": {
    files: { ".aws/credentials": stored("shadow") },
    env: () => ({ AWS_PROFILE: "shadow", AWS_DEFAULT_PROFILE: "shadow" }),
  },
  "keys of the default profile": {
    files: {
      ".aws/config": "[default]\nregion = us-east-1\ns3 =\n  max_concurrent_requests = 5\n",
      ".aws/credentials": stored("default"),
    },
  },
  "keys of the default profile in the config file, with AWS_SDK_LOAD_CONFIG": {
    files: { ".aws/config": stored("default") },
    env: () => ({ AWS_SDK_LOAD_CONFIG: "1" }),
  },
  "a role of the default profile": {
    onlyWithRefresh: true,
    files: {
      ".aws/config": `[default]\nrole_arn = ${TERRAFORM_ROLE.arn}\nsource_profile = base\n`,
      ".aws/credentials": stored("base"),
    },
  },
  "both headings of the default profile, which boto3 reads as two": {
    onlyWithRefresh: true,
    files: {
      ".aws/config": `[default]\nregion = us-east-1\ns3 =\n  max_concurrent_requests = 5\n` +
        `[profile default]\nregion = us-east-1\nrole_arn = ${TERRAFORM_ROLE.arn}\nsource_profile = base\n`,
      ".aws/credentials": stored("base"),
    },
  },
  "a role in [DEFAULT], from which Python's other sections inherit": {
    onlyWithRefresh: true,
    files: {
      ".aws/config":
        `[DEFAULT]\nrole_arn = ${TERRAFORM_ROLE.arn}\nsource_profile = base\n[default]\nregion = us-east-1\n`,
      ".aws/credentials": stored("base"),
    },
  },
  "a credential_process of the default profile": {
    onlyWithRefresh: true,
    files: {
      ".aws/config": "[default]\ncredential_process = cat ~/process.json\n",
      "process.json": JSON.stringify({ Version: 1, AccessKeyId: "AKIASHADOWPROCESS", SecretAccessKey: "shadow" }),
    },
  },
  "single sign-on of the default profile": {
    onlyWithRefresh: true,
    files: {
      ".aws/config": "[default]\nsso_session = s\nsso_account_id = 123456789012\nsso_role_name = r\n" +
        "[sso-session s]\nsso_start_url = https://example.com\nsso_region = us-east-1\n",
    },
  },
  "a web identity of the default profile": {
    onlyWithRefresh: true,
    files: {
      ".aws/config": `[default]\nrole_arn = ${WEB_IDENTITY_ROLE.arn}\nweb_identity_token_file = /nonexistent\n`,
    },
  },
  "a section that SDKs read differently": {
    onlyWithRefresh: true,
    files: { ".aws/config": `[default]\nregion = us-east-1\n[profile prod]# production\n${keys("PROD")}` },
  },
  "a credentials file with carriage returns": {
    onlyWithRefresh: true,
    files: { ".aws/credentials": stored("default").replaceAll("\n", "\r") },
  },
  "a credentials file elsewhere, besides the usual one": {
    files: { ".aws/credentials": stored("default"), "mine": "[other]\nregion = us-east-1\n" },
    env: (home) => ({ AWS_SHARED_CREDENTIALS_FILE: `${home}/mine` }),
  },
  "paths of files that contain variables": {
    files: { "c": "[default]\nregion = us-east-1\n", "s": stored("default") },
    env: () => ({ AWS_CONFIG_FILE: "$HOME/c", AWS_SHARED_CREDENTIALS_FILE: "${HOME}/s" }),
  },
  // None of them hides another from a client, so one run is enough.
  "a web identity, a container's endpoint, older SDKs' files and variables, and variables that belong to the source's keys":
    {
      files: {
        token: SHADOW_TOKEN,
        ec2: "AWSAccessKeyId=AKIASHADOWEC2FILE\nAWSSecretKey=shadow\n",
        boto: `[Credentials]\n${keys("BOTO")}`,
        ".boto": `[Credentials]\n${keys("HOMEBOTO")}`,
      },
      env: (home) => ({
        ...{ AWS_WEB_IDENTITY_TOKEN_FILE: `${home}/token`, AWS_ROLE_SESSION_NAME: "shadow" },
        AWS_CONTAINER_CREDENTIALS_FULL_URI: "http://127.0.0.1:9/shadow",
        AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: `${home}/token`,
        ...{ AMAZON_ACCESS_KEY_ID: "AKIASHADOWAMAZON", AMAZON_SECRET_ACCESS_KEY: "s", AMAZON_SESSION_TOKEN: "s" },
        ...{ AWS_ACCESS_KEY: "AKIASHADOWOLD", AWS_SECRET_KEY: "s", AWS_SECURITY_TOKEN: "s" },
        ...{ EC2_ACCESS_KEY: "AKIASHADOWEC2", EC2_SECRET_KEY: "s", EC2_SECURITY_TOKEN: "s" },
        ...{ AWS_CREDENTIAL_FILE: `${home}/ec2`, BOTO_CONFIG: "~/boto" },
        ...{ AWS_CREDENTIAL_EXPIRATION: "2020-01-01T00:00:00Z", AWS_ACCOUNT_ID: "999999999999" },
      }),
    },
};

const WAYS = { "by default": [], "with --refresh": ["--refresh"] } as const;

/** Keeps clients from calling anything but the servers of the test. */
const ALONE = { ...CLIENT_ENV, AWS_MAX_ATTEMPTS: "1" };

/** Runs all clients in one command. Each must have called STS, and only as the role. */
async function checkClients(
  flags: readonly string[],
  { env }: Inherited,
  home: string,
  clients: readonly Client[],
): Promise<void> {
  await using sts = await startSts();
  await using store = await startObjectStore();
  const script = `${clients.map(({ words }) => `${words} &`).join(" ")} wait`;
  const servers = { AWS_ENDPOINT_URL_S3: store.url, TF_DATA_DIR: `${home}/terraform` };
  const change = { ...ALONE, ...servers, HOME: home, ...env?.(home) };
  const result = await job(sts, ["--role-arn", TERRAFORM_ROLE.arn, ...flags, "--", "sh", "-c", script], change);
  assertEquals(result.code, 0, result.stderr);
  const asked = clients.map(({ name, userAgent, calls }) => {
    const requests = calls === "S3" ? store.requests.map((request) => ({ ...request, action: "S3" })) : sts.requests;
    return [name, whoAsked(sts, requests, userAgent)];
  });
  const asRole = clients.map(({ name, calls = "GetCallerIdentity" }) => [name, [`${calls} as the role`]]);
  assertEquals(Object.fromEntries(asked), Object.fromEntries(asRole), result.stderr);
}

/** The environment of the command, without what differs from session to session. */
async function environmentOf(flags: readonly string[], { env }: Inherited, home: string): Promise<readonly string[]> {
  await using sts = await startSts();
  const change = { ...ALONE, HOME: home, ...env?.(home), AWS_ENDPOINT_URL_STS: sts.url };
  const { stdout, stderr } = await job(
    sts,
    ["--role-arn", TERRAFORM_ROLE.arn, "--role-session-name=same", ...flags, "--", "env"],
    change,
    {
      commandShowsSecrets: true,
    },
  );
  assertEquals(stderr, "");
  const known = [sts.url, ...sts.secrets()];
  return stdout.replace(/^(AWS_ACCESS_KEY_ID=ASIA|AWS_CREDENTIAL_EXPIRATION=).*$/gm, "$1…").split("\n")
    .map((line) => known.reduce((text, value) => text.replace(value, "…"), line)).sort();
}

type Asked = Pick<RecordedRequest, "action" | "accessKeyId" | "headers">;

/** Without repetitions, since terraform calls twice. */
function whoAsked(sts: StsServer, requests: readonly Asked[], userAgent: RegExp): readonly string[] {
  const asked = requests.filter(({ headers }) => userAgent.test(headers["user-agent"] ?? ""));
  return [...new Set(asked.map((request) => `${request.action} as ${signerOf(sts, request)}`))];
}

/** Only arar assumes a role here, so only one session can sign. */
function signerOf(sts: StsServer, { accessKeyId = "nobody", headers }: Asked): string {
  if (!accessKeyId.startsWith("ASIA")) return accessKeyId;
  return sts.secrets().includes(headers["x-amz-security-token"] ?? "") ? "the role" : "the role with another's token";
}

async function writeHome({ files = {} }: Inherited): Promise<string> {
  const home = await Deno.makeTempDir({ prefix: "arar-home-" });
  await Deno.mkdir(`${home}/.aws`);
  for (const [name, text] of Object.entries(files)) await Deno.writeTextFile(`${home}/${name}`, text);
  return home;
}

Deno.test({
  name: "every client acts as the role",
  ignore: skipUnless(Deno.build.os !== "windows", "the clients are started by sh"),
  fn: async (t) => {
    await using folder = await prepareClients();
    const { clients } = folder;
    const present = clients.filter(({ name, missing }) => !skipUnless(missing === undefined, `${name}: ${missing}`));
    for (const [what, inherited] of Object.entries(INHERITED)) {
      const home = await writeHome(inherited);
      for (const [way, flags] of Object.entries(WAYS)) {
        if (inherited.onlyWithRefresh && flags.length === 0) continue;
        await t.step(`${way}, with ${what}`, async () => {
          await checkClients(
            flags,
            inherited,
            home,
            present.filter((client) => !flags.length || !client.withoutRefresh),
          );
        });
      }
      await t.step(`with --exec as by default, with ${what}`, async () => {
        assertEquals(await environmentOf(["--exec"], inherited, home), await environmentOf([], inherited, home));
      });
      await Deno.remove(home, { recursive: true });
    }
  },
});

Deno.test("Bedrock is called as the role, not with a bearer token", async (t) => {
  const python = "import boto3; boto3.client('bedrock', region_name='us-east-1').list_foundation_models()";
  const aws = [AWS, "--region", "us-east-1", "bedrock", "list-foundation-models"];
  const commands = { boto3: [PYTHON, "-c", python], "the AWS CLI": aws };
  const there = { boto3: HAS_BOTO3, "the AWS CLI": HAS_AWS };
  for (const [way, flags] of Object.entries({ ...WAYS, "with --exec": ["--exec"] })) {
    for (const [client, command] of Object.entries(commands)) {
      await t.step({
        name: `by ${client}, ${way}`,
        ignore: skipUnless(Object.entries(there).some(([name, yes]) => yes && name === client), `no ${client}`),
        fn: async () => {
          await using sts = await startSts();
          // The client does not understand the answer; only the key that signed matters.
          await using bedrock = await startObjectStore();
          const token = { AWS_BEARER_TOKEN_BEDROCK: "shadow", AWS_ENDPOINT_URL_BEDROCK: bedrock.url };
          const { stderr } = await job(sts, [...flags, "--", ...command], { ...ALONE, ...token });
          assertEquals(bedrock.accessKeyIds.map((id) => id.slice(0, 4)), ["ASIA"], stderr);
        },
      });
    }
  }
});

/** Compares how arar and botocore read a profile, by the requests that reach STS. */
import { assert, assertEquals } from "@std/assert";
import { profileFiles } from "../profile/profiles.ts";
import {
  ALICE,
  callerEnv,
  CHAINED_ROLE,
  EXTERNAL_ID,
  EXTERNAL_ID_ROLE,
  GITHUB,
  type RecordedRequest,
  startSts,
  TERRAFORM_ROLE,
  USER_WITH_PATH,
  WEB_IDENTITY_ROLE,
} from "../sts_server.ts";
import { skipUnless } from "./job.ts";
import { HAS_BOTO3, PYTHON } from "../python.ts";
import { type Env, run, stored } from "./signers.ts";

const skipped = skipUnless(HAS_BOTO3, "no botocore for python3") ||
  skipUnless(Deno.build.os !== "windows", "Python cannot fork there");

/**
 * botocore's own resolver, loaded once. Each line of input is resolved in a forked process, which sends the real
 * requests.
 */
const RESOLVE = `
import json, os, sys, botocore.session
for line in sys.stdin:
    row = json.loads(line)
    pid = os.fork()
    if pid == 0:
        os.environ.clear()
        os.environ.update(row["env"])
        try:
            botocore.session.Session(profile=row.get("profile")).get_credentials().get_frozen_credentials()
            os._exit(0)
        except Exception:
            os._exit(1)
    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
`;

/** The resolver's exit code if botocore refuses a profile. */
const REFUSED = 1;

/** A running resolver. */
interface Botocore extends AsyncDisposable {
  resolve(profile: string | undefined, env: Env): Promise<number>;
}

function startBotocore(): Botocore {
  const child = new Deno.Command(PYTHON, { args: ["-c", RESOLVE], stdin: "piped", stdout: "piped" }).spawn();
  const writer = child.stdin.getWriter();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const base = {
    PATH: Deno.env.get("PATH") ?? "",
    HOME: Deno.env.get("HOME") ?? "",
    AWS_EC2_METADATA_DISABLED: "true",
  };
  return {
    async resolve(profile, env) {
      await writer.write(new TextEncoder().encode(`${JSON.stringify({ profile, env: { ...base, ...env } })}\n`));
      let answer = "";
      while (!answer.endsWith("\n")) {
        const { value, done } = await reader.read();
        if (done) throw new Error("python3 has exited");
        answer += value;
      }
      return Number(answer);
    },
    async [Symbol.asyncDispose]() {
      await writer.close();
      await reader.cancel();
      await child.status;
    },
  };
}

/** The part of a request that must be equal: key, region and parameters. Generated session names differ. */
function essence({ action, accessKeyId, region, params }: RecordedRequest) {
  const { RoleArn, RoleSessionName = "", ExternalId, DurationSeconds, WebIdentityToken } = params;
  const signer = accessKeyId === ALICE.accessKeyId || accessKeyId === USER_WITH_PATH.accessKeyId
    ? accessKeyId
    : accessKeyId && "session";
  const session = /^(arar-|botocore-session-)\d+$/.test(RoleSessionName) ? "made up" : RoleSessionName;
  return { action, signer, region, RoleArn, session, ExternalId, DurationSeconds, WebIdentityToken };
}

interface Row {
  readonly what: string;
  readonly config: string;
  readonly credentials?: string;
  /** `--profile` for arar, `profile` of botocore's session. */
  readonly profile?: string;
  readonly env?: Env;
}

const ALICES = stored("keys", ALICE);
const alicesKeys = ALICES.slice(ALICES.indexOf("\n") + 1);
const ANSWER = JSON.stringify({
  Version: 1,
  AccessKeyId: ALICE.accessKeyId,
  SecretAccessKey: ALICE.secretAccessKey,
});
const TOKEN = GITHUB.mint({ aud: "sts.amazonaws.com" });

const SAME: readonly Row[] = [
  {
    what: "a role and exported keys",
    config: `[profile p]\nrole_arn = ${TERRAFORM_ROLE.arn}\ncredential_source = Environment\nregion = eu-west-3\n`,
    profile: "p",
    env: callerEnv(ALICE),
  },
  {
    what: "a role of AWS_PROFILE and stored keys",
    config:
      `[profile p]\nrole_arn = ${TERRAFORM_ROLE.arn}\nsource_profile = keys\nregion = eu-west-3\nrole_session_name = me\n`,
    credentials: ALICES,
    env: { AWS_PROFILE: "p" },
  },
  {
    what: "a role of [default]",
    config: `[default]\nrole_arn = ${TERRAFORM_ROLE.arn}\nsource_profile = keys\nregion = eu-west-3\n`,
    credentials: ALICES,
  },
  {
    what: "an external ID, a session name and a duration",
    config: `[profile p]\nrole_arn = ${EXTERNAL_ID_ROLE.arn}\nsource_profile = keys\nexternal_id = ${EXTERNAL_ID}\n` +
      "role_session_name = a.b@c\nduration_seconds = 1200\nregion = us-east-2\n",
    credentials: ALICES,
    profile: "p",
  },
  {
    what: "an exported region, which overrides the profile's",
    config: `[profile p]\nrole_arn = ${TERRAFORM_ROLE.arn}\nsource_profile = keys\nregion = eu-west-3\n`,
    credentials: ALICES,
    profile: "p",
    env: { AWS_DEFAULT_REGION: "ap-southeast-2" },
  },
  {
    what: "role chaining, all in the region of the first profile",
    config:
      `[profile p]\nrole_arn = ${CHAINED_ROLE.arn}\nsource_profile = q\nregion = eu-west-3\nrole_session_name = second\n` +
      `[profile q]\nrole_arn = ${TERRAFORM_ROLE.arn}\nsource_profile = keys\nregion = us-west-2\nrole_session_name = first\n`,
    credentials: ALICES,
    profile: "p",
  },
  {
    what: "a profile that is its own source profile",
    config: `[profile keys]\nrole_arn = ${TERRAFORM_ROLE.arn}\nsource_profile = keys\nregion = eu-west-3\n`,
    credentials: ALICES,
    profile: "keys",
  },
  {
    what: "a source profile with keys and a role",
    config: `[profile p]\nrole_arn = ${TERRAFORM_ROLE.arn}\nsource_profile = keys\nregion = eu-west-3\n` +
      `[profile keys]\nrole_arn = ${CHAINED_ROLE.arn}\nsource_profile = p\n`,
    credentials: ALICES,
    profile: "p",
  },
  {
    what: "keys in both files",
    config: `[profile p]\nrole_arn = ${TERRAFORM_ROLE.arn}\nsource_profile = keys\nregion = eu-west-3\n` +
      stored("profile keys", USER_WITH_PATH),
    credentials: ALICES,
    profile: "p",
  },
  {
    what: "settings in both files",
    config: `[profile keys]\nrole_arn = ${CHAINED_ROLE.arn}\nrole_session_name = config\nregion = eu-west-3\n`,
    credentials: `${ALICES}role_arn = ${TERRAFORM_ROLE.arn}\nsource_profile = keys\nrole_session_name = credentials\n`,
    profile: "keys",
  },
  {
    what: "a token file",
    config: `[profile p]\nrole_arn = ${WEB_IDENTITY_ROLE.arn}\nweb_identity_token_file = TOKEN_FILE\n` +
      "role_session_name = pod\nregion = eu-west-3\n",
    profile: "p",
  },
  {
    what: "a token file, ignoring settings that only apply to roles assumed with keys",
    config: `[profile p]\nrole_arn = ${WEB_IDENTITY_ROLE.arn}\nweb_identity_token_file = TOKEN_FILE\n` +
      `role_session_name = pod\nregion = eu-west-3\nexternal_id = ${EXTERNAL_ID}\nmfa_serial = GAHT12345678\n`,
    profile: "p",
  },
  {
    what: "a profile in the credentials file with a space in its name",
    config:
      `[profile "my profile"]\nrole_arn = ${TERRAFORM_ROLE.arn}\nsource_profile = my profile\nregion = eu-west-3\n`,
    credentials: ALICES.replace("[keys]", "[my profile]"),
    profile: "my profile",
  },
  {
    what: "lines that end in CR",
    config: `[profile p]\nrole_arn = ${TERRAFORM_ROLE.arn}\nsource_profile = keys\nregion = eu-west-3\n`.replaceAll(
      "\n",
      "\r",
    ),
    credentials: ALICES,
    profile: "p",
  },
  {
    what: "a credential_process on two lines",
    config: `[profile p]\nrole_arn = ${TERRAFORM_ROLE.arn}\nsource_profile = q\nregion = eu-west-3\n` +
      "[profile q]\ncredential_process = cat\n  ANSWER_FILE\n",
    profile: "p",
  },
  {
    what: "a role whose source profile has a token file",
    config: `[profile p]\nrole_arn = ${TERRAFORM_ROLE.arn}\nsource_profile = pod\nregion = eu-west-3\n` +
      `[profile pod]\nrole_arn = ${WEB_IDENTITY_ROLE.arn}\nweb_identity_token_file = TOKEN_FILE\n`,
    profile: "p",
  },
  {
    what: "an exported token file and role",
    config: "[default]\nregion = eu-west-3\n",
    env: {
      AWS_WEB_IDENTITY_TOKEN_FILE: "TOKEN_FILE",
      AWS_ROLE_ARN: WEB_IDENTITY_ROLE.arn,
      AWS_REGION: "eu-west-3",
      AWS_DEFAULT_REGION: "eu-west-3",
    },
  },
];

const SAME_FILES: readonly Row[] = [
  ["an adjacent comment", "[profile keys]# production"],
  ["text after it", "[profile keys] production"],
  ["two spaces", "[profile  keys ]"],
  ["quotation marks", '[profile "keys"]'],
  ["an unrelated section below it", "[profile keys]", "[keys]\naws_access_key_id = AKIAOTHER\n"],
].map(([what, heading, rest = ""]) => ({
  what: `keys below a heading with ${what}`,
  config:
    `${heading}\nregion = eu-west-3\n${alicesKeys}role_arn = ${TERRAFORM_ROLE.arn}\nsource_profile = keys\n${rest}`,
  profile: "keys",
}));

const BOTH_REFUSE: readonly Row[] = [
  {
    what: "a heading without its closing bracket",
    config: `[profile keys]\n${alicesKeys}role_arn = ${TERRAFORM_ROLE.arn}\nsource_profile = keys\n[profile other\n`,
    profile: "keys",
  },
  {
    what: "a line without an equals sign",
    config: `[profile keys]\n${alicesKeys}role_arn = ${TERRAFORM_ROLE.arn}\nsource_profile = keys\nregion eu-west-3\n`,
    profile: "keys",
  },
  { what: "a missing profile", config: "", profile: "gone" },
  {
    what: "a missing source profile",
    config: `[profile p]\nrole_arn = ${TERRAFORM_ROLE.arn}\nsource_profile = gone\n`,
    profile: "p",
  },
  {
    what: "profiles that are each other's source",
    config: `[profile p]\nrole_arn = ${TERRAFORM_ROLE.arn}\nsource_profile = q\n` +
      `[profile q]\nrole_arn = ${CHAINED_ROLE.arn}\nsource_profile = p\n`,
    profile: "p",
  },
  {
    what: "a cycle that includes a profile with keys",
    config: `[profile keys]\nrole_arn = ${TERRAFORM_ROLE.arn}\nsource_profile = q\n` +
      `[profile q]\nrole_arn = ${CHAINED_ROLE.arn}\nsource_profile = keys\n`,
    credentials: ALICES,
    profile: "keys",
  },
  {
    what: "a role without a source",
    config: `[profile keys]\nrole_arn = ${TERRAFORM_ROLE.arn}\n`,
    credentials: ALICES,
    profile: "keys",
  },
  {
    what: "both kinds of source",
    config:
      `[profile keys]\nrole_arn = ${TERRAFORM_ROLE.arn}\nsource_profile = keys\ncredential_source = Environment\n`,
    credentials: ALICES,
    profile: "keys",
    env: callerEnv(ALICE),
  },
  {
    what: "an unknown credential_source",
    config: `[profile p]\nrole_arn = ${TERRAFORM_ROLE.arn}\ncredential_source = environment\n`,
    profile: "p",
    env: callerEnv(ALICE),
  },
  {
    what: "an access key ID without its secret",
    config:
      `[profile p]\nrole_arn = ${TERRAFORM_ROLE.arn}\nsource_profile = q\n[profile q]\naws_access_key_id = AKIAEXAMPLE\n`,
    profile: "p",
  },
  {
    what: "a source profile without credentials",
    config: `[profile p]\nrole_arn = ${TERRAFORM_ROLE.arn}\nsource_profile = q\n[profile q]\nregion = eu-west-3\n`,
    profile: "p",
  },
];

/** Runs both on the same files, each with its own STS. */
async function both(botocore: Botocore, row: Row) {
  using files = profileFiles("", row.credentials ?? "");
  const [tokenFile, answerFile] = [`${files.folder}/token`, `${files.folder}/answer`];
  await Deno.writeTextFile(tokenFile, TOKEN);
  await Deno.writeTextFile(answerFile, ANSWER);
  const config = row.config.replaceAll("TOKEN_FILE", tokenFile).replaceAll("ANSWER_FILE", answerFile);
  await Deno.writeTextFile(`${files.folder}/config`, config);
  const named = Object.entries(row.env ?? {}).map(([name, value]) => [name, value.replace("TOKEN_FILE", tokenFile)]);
  const env: Env = { ...files.env, ...Object.fromEntries(named) };
  await using ours = await startSts();
  await using theirs = await startSts();
  const args = row.profile === undefined ? [] : ["--profile", row.profile];
  const [arar, code] = await Promise.all([
    run(ours, args, env, { secrets: () => [TOKEN] }),
    botocore.resolve(row.profile, { ...env, AWS_ENDPOINT_URL_STS: theirs.url }),
  ]);
  return { arar, code, ours: ours.requests.map(essence), theirs: theirs.requests.map(essence) };
}

Deno.test({
  name: "arar and botocore agree on",
  ignore: skipped,
  fn: async (t) => {
    await using botocore = startBotocore();
    for (const row of [...SAME, ...SAME_FILES]) {
      await t.step(row.what, async () => {
        const { arar, code, ours, theirs } = await both(botocore, row);
        assertEquals([arar.code, code], [0, 0], arar.stderr);
        assert(theirs.length > 0, "botocore asked STS");
        assertEquals(ours, theirs);
      });
    }
  },
});

Deno.test({
  name: "arar and botocore both refuse",
  ignore: skipped,
  fn: async (t) => {
    await using botocore = startBotocore();
    for (const row of BOTH_REFUSE) {
      await t.step(row.what, async () => {
        const { arar, code, ours, theirs } = await both(botocore, row);
        assertEquals([arar.code, code], [125, REFUSED], arar.stderr);
        assertEquals([...ours, ...theirs], []);
      });
    }
  },
});

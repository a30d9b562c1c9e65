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

/** `config`, with semicolons for line ends and names in capitals for what they stand for; `keys` has stored keys. */
type Row = readonly [what: string, config: string, more?: {
  /** `--profile` for arar, `profile` of botocore's session; `p` by default, none if empty. */
  readonly profile?: string;
  readonly credentials?: string;
  readonly env?: Env;
}];

const ALICES = stored("keys", ALICE);
const ANSWER = { Version: 1, AccessKeyId: ALICE.accessKeyId, SecretAccessKey: ALICE.secretAccessKey };
const TOKEN = GITHUB.mint({ aud: "sts.amazonaws.com" });
const STANDS_FOR: Env = {
  TERRAFORM: TERRAFORM_ROLE.arn,
  CHAINED: CHAINED_ROLE.arn,
  EXTERNAL: EXTERNAL_ID_ROLE.arn,
  WEB: WEB_IDENTITY_ROLE.arn,
  CUSTOMER: EXTERNAL_ID,
  ALICES: ALICES.slice(ALICES.indexOf("\n") + 1),
  BOBS: stored("x", USER_WITH_PATH).slice(4),
};
const P = "[profile p]; role_arn = TERRAFORM; source_profile = keys; region = eu-west-3";
const POD = "role_arn = WEB; web_identity_token_file = TOKEN_FILE; role_session_name = pod; region = eu-west-3";
const AT_KEYS = { profile: "keys" };

const SAME: readonly Row[] = [
  [
    "a role and exported keys",
    "[profile p]; role_arn = TERRAFORM; credential_source = Environment; region = eu-west-3",
    {
      env: callerEnv(ALICE),
    },
  ],
  ["a role of AWS_PROFILE and stored keys", `${P}; role_session_name = me`, { profile: "", env: { AWS_PROFILE: "p" } }],
  ["a role of [default]", P.replace("profile p", "default"), { profile: "" }],
  [
    "an external ID, a session name and a duration",
    "[profile p]; role_arn = EXTERNAL; source_profile = keys; external_id = CUSTOMER; " +
    "role_session_name = a.b@c; duration_seconds = 1200; region = us-east-2",
  ],
  ["an exported region, which overrides the profile's", P, { env: { AWS_DEFAULT_REGION: "ap-southeast-2" } }],
  [
    "role chaining, all in the region of the first profile",
    "[profile p]; role_arn = CHAINED; source_profile = q; region = eu-west-3; role_session_name = second; " +
    "[profile q]; role_arn = TERRAFORM; source_profile = keys; region = us-west-2; role_session_name = first",
  ],
  ["a profile that is its own source profile", P.replace("profile p", "profile keys"), AT_KEYS],
  ["a source profile with keys and a role", `${P}; [profile keys]; role_arn = CHAINED; source_profile = p`],
  ["keys in both files", `${P}; [profile keys]; BOBS`],
  ["settings in both files", "[profile keys]; role_arn = CHAINED; role_session_name = config; region = eu-west-3", {
    ...AT_KEYS,
    credentials: "[keys]; ALICESrole_arn = TERRAFORM; source_profile = keys; role_session_name = credentials",
  }],
  ["a token file", `[profile p]; ${POD}`],
  [
    "a token file, ignoring what only applies to keys",
    `[profile p]; ${POD}; external_id = CUSTOMER; mfa_serial = GAHT1234`,
  ],
  ["a profile with a space in its name", P.replace("p]", '"my profile"]').replace("= keys", "= my profile"), {
    profile: "my profile",
    credentials: "[my profile]; ALICES",
  }],
  ["lines that end in CR", P.replaceAll("; ", "\r")],
  [
    "a credential_process on two lines",
    "[profile p]; role_arn = TERRAFORM; source_profile = q; region = eu-west-3; " +
    "[profile q]; credential_process = cat;   ANSWER_FILE",
  ],
  ["a source profile with a token file", `${P.replace("keys", "pod")}; [profile pod]; ${POD}`],
  ["an exported token file and role", "[default]; region = eu-west-3", {
    profile: "",
    env: { AWS_WEB_IDENTITY_TOKEN_FILE: "TOKEN_FILE", AWS_ROLE_ARN: WEB_IDENTITY_ROLE.arn, AWS_REGION: "eu-west-3" },
  }],
  ...["[profile keys]# production", "[profile keys] production", "[profile  keys ]", '[profile "keys"]'].map((
    heading,
  ): Row => [
    `keys below ${heading}`,
    `${heading}; region = eu-west-3; ALICESrole_arn = TERRAFORM; source_profile = keys; [keys]; aws_access_key_id = AKIAOTHER`,
    { ...AT_KEYS, credentials: "" },
  ]),
];

const OWN = "[profile keys]; ALICESrole_arn = TERRAFORM; source_profile = keys";
const BOTH_REFUSE: readonly Row[] = [
  ["a heading without its closing bracket", `${OWN}; [profile other`, { ...AT_KEYS, credentials: "" }],
  ["a line without an equals sign", `${OWN}; region eu-west-3`, { ...AT_KEYS, credentials: "" }],
  ["a missing profile", "", { profile: "gone" }],
  ["a missing source profile", P.replace("keys", "gone")],
  [
    "profiles that are each other's source",
    `${P.replace("keys", "q")}; [profile q]; role_arn = CHAINED; source_profile = p`,
  ],
  [
    "a cycle that includes a profile with keys",
    "[profile keys]; role_arn = TERRAFORM; source_profile = q; [profile q]; role_arn = CHAINED; source_profile = keys",
    AT_KEYS,
  ],
  ["a role without a source", "[profile keys]; role_arn = TERRAFORM", AT_KEYS],
  ["both kinds of source", `${P}; credential_source = Environment`, { env: callerEnv(ALICE) }],
  ["an unknown credential_source", "[profile p]; role_arn = TERRAFORM; credential_source = environment", {
    env: callerEnv(ALICE),
  }],
  ["an access key ID without its secret", `${P.replace("keys", "q")}; [profile q]; aws_access_key_id = AKIAEXAMPLE`],
  ["a source profile without credentials", `${P.replace("keys", "q")}; [profile q]; region = eu-west-3`],
];

/** Runs both on the same files, each with its own STS. */
async function both(
  botocore: Botocore,
  [, config, { profile = "p", credentials = "[keys]; ALICES", env = {} } = {}]: Row,
) {
  using files = profileFiles("");
  const names: Env = { ...STANDS_FOR, TOKEN_FILE: `${files.folder}/token`, ANSWER_FILE: `${files.folder}/answer` };
  const lines = (text: string) => `${text.replaceAll("; ", "\n")}\n`;
  const fill = (text: string) =>
    text.replaceAll(/\b(?:[A-Z]{3,}_FILE|ALICES|[A-Z]{3,})/g, (name) => names[name] ?? name);
  await Deno.writeTextFile(`${files.folder}/token`, TOKEN);
  await Deno.writeTextFile(`${files.folder}/answer`, JSON.stringify(ANSWER));
  await Deno.writeTextFile(`${files.folder}/config`, fill(lines(config)));
  await Deno.writeTextFile(`${files.folder}/credentials`, fill(lines(credentials)));
  const full: Env = {
    ...files.env,
    ...Object.fromEntries(Object.entries(env).map(([name, value]) => [name, fill(value)])),
  };
  await using ours = await startSts();
  await using theirs = await startSts();
  const [arar, code] = await Promise.all([
    run(ours, profile ? ["--profile", profile] : [], full, { secrets: () => [TOKEN] }),
    botocore.resolve(profile || undefined, { ...full, AWS_ENDPOINT_URL_STS: theirs.url }),
  ]);
  return { arar, code, ours: ours.requests.map(essence), theirs: theirs.requests.map(essence) };
}

/** Checks each row. */
function agree(name: string, rows: readonly Row[], check: (result: Awaited<ReturnType<typeof both>>) => void): void {
  Deno.test({
    name,
    ignore: skipped,
    fn: async (t) => {
      await using botocore = startBotocore();
      for (const row of rows) await t.step(row[0], async () => check(await both(botocore, row)));
    },
  });
}

agree("arar and botocore agree on", SAME, ({ arar, code, ours, theirs }) => {
  assertEquals([arar.code, code], [0, 0], arar.stderr);
  assert(theirs.length > 0, "botocore asked STS");
  assertEquals(ours, theirs);
});

agree("arar and botocore both refuse", BOTH_REFUSE, ({ arar, code, ours, theirs }) => {
  assertEquals([arar.code, code], [125, REFUSED], arar.stderr);
  assertEquals([...ours, ...theirs], []);
});

/** Every parameter of AssumeRole reaches STS as given, and nothing is sent if one is invalid. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { arar } from "../arar.ts";
import { ALICE, EXTERNAL_ID, EXTERNAL_ID_ROLE, GITHUB, sampleEnv, startSts, WEB_IDENTITY_ROLE } from "../sts_server.ts";

const POLICY = '{\n  "Version": "2012-10-17",\n  "Statement": [{"Sid": "ÄÖ é", "Effect": "Allow", "Action": "*"}]\n}\n';

/** Runs arar without a command; returns what STS received, without the parameters that every request has. */
async function received(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  await using sts = await startSts();
  const base = { ...sampleEnv(sts), AWS_ROLE_SESSION_NAME: "ci" };
  const { code, stdout, stderr } = await arar(args, { env: { ...base, ...env }, secrets: () => sts.secrets() });
  const [request] = sts.requests;
  const common = ["Action", "Version", "RoleArn", "RoleSessionName"];
  const params = Object.entries(request?.params ?? {}).filter(([name]) => !common.includes(name));
  return { code, stdout, stderr, count: sts.requests.length, params: Object.fromEntries(params) };
}

Deno.test("arar sends", async (t) => {
  const rows: readonly (readonly [
    what: string,
    args: readonly string[],
    env: Readonly<Record<string, string>>,
    params: Readonly<Record<string, string>>,
  ])[] = [
    ["no parameters by default", [], {}, {}],
    ["--duration-seconds", ["--duration-seconds", "1h30m"], {}, { DurationSeconds: "5400" }],
    ["ARAR_DURATION_SECONDS", [], { ARAR_DURATION_SECONDS: "900" }, { DurationSeconds: "900" }],
    [
      "--external-id",
      ["--external-id", EXTERNAL_ID, "--role-arn", EXTERNAL_ID_ROLE.arn],
      {},
      { ExternalId: EXTERNAL_ID },
    ],
    ["ARAR_EXTERNAL_ID", [], { ARAR_EXTERNAL_ID: EXTERNAL_ID }, { ExternalId: EXTERNAL_ID }],
    ["--source-identity", ["--source-identity=alice"], {}, { SourceIdentity: "alice" }],
    ["ARAR_SOURCE_IDENTITY", [], { ARAR_SOURCE_IDENTITY: "alice" }, { SourceIdentity: "alice" }],
    ["--policy", ["--policy", POLICY], {}, { Policy: POLICY }],
    ["ARAR_POLICY", [], { ARAR_POLICY: "{}" }, { Policy: "{}" }],
    [
      "every --policy-arn, in order",
      ["--policy-arn", "ReadOnlyAccess", "--policy-arn=arn:aws:iam::123456789012:policy/a/b"],
      {},
      {
        "PolicyArns.member.1.arn": "arn:aws:iam::aws:policy/ReadOnlyAccess",
        "PolicyArns.member.2.arn": "arn:aws:iam::123456789012:policy/a/b",
      },
    ],
    [
      "every --tag, in order",
      ["--tag", "Team=blau/grün @1", "--tag", "Equation=a=b", "--tag=Empty="],
      {},
      {
        "Tags.member.1.Key": "Team",
        "Tags.member.1.Value": "blau/grün @1",
        "Tags.member.2.Key": "Equation",
        "Tags.member.2.Value": "a=b",
        "Tags.member.3.Key": "Empty",
        "Tags.member.3.Value": "",
      },
    ],
    [
      "--transitive-tag-key",
      ["--tag", "Team=blue", "--transitive-tag-key", "Team"],
      {},
      {
        "Tags.member.1.Key": "Team",
        "Tags.member.1.Value": "blue",
        "TransitiveTagKeys.member.1": "Team",
      },
    ],
  ];
  for (const [what, args, env, params] of rows) {
    await t.step(what, async () => {
      const result = await received(args, env);
      assertEquals(result.stdout.includes("until"), true, result.stderr);
      assertEquals({ code: result.code, count: result.count, params: result.params }, { code: 0, count: 1, params });
    });
  }

  await t.step("--policy @FILE, byte for byte", async () => {
    const file = await Deno.makeTempFile({ prefix: "arar-policy-" });
    try {
      await Deno.writeTextFile(file, POLICY);
      assertEquals((await received(["--policy", `@${file}`])).params, { Policy: POLICY });
    } finally {
      await Deno.remove(file);
    }
  });

  await t.step("a policy with a web identity, and reports the size of the session token with -v", async () => {
    await using sts = await startSts();
    const token = GITHUB.mint({ aud: "sts.amazonaws.com" });
    const { code, stderr } = await arar(
      [
        "-v",
        "--web-identity-token-env=CI_TOKEN",
        "--role-arn",
        WEB_IDENTITY_ROLE.arn,
        "--policy={}",
        "--policy-arn=arn:aws:iam::aws:policy/ReadOnlyAccess",
      ],
      { env: { CI_TOKEN: token, AWS_ENDPOINT_URL_STS: sts.url }, secrets: () => [...sts.secrets(), token] },
    );
    assertEquals(code, 0, stderr);
    assertStringIncludes(stderr, "token size: ");
    const [request] = sts.requests;
    assertEquals(request?.action, "AssumeRoleWithWebIdentity");
    assertEquals(request?.accessKeyId, undefined);
    assertEquals(request?.params.Policy, "{}");
    assertEquals(request?.params["PolicyArns.member.1.arn"], "arn:aws:iam::aws:policy/ReadOnlyAccess");
  });
});

Deno.test("arar sends nothing if", async (t) => {
  const quoted = { AWS_SECRET_ACCESS_KEY: `"${ALICE.secretAccessKey}"` };
  const rows: readonly (readonly [string, readonly string[], string, Readonly<Record<string, string>>?])[] = [
    ["the ARN of a role is a name", ["--role-arn=deploy"], '--role-arn is "deploy", which is a name, not an ARN'],
    ["a duration is too short", ["--duration-seconds=899"], '--duration-seconds is "899"; expected 900 to 43200'],
    ["a region is a host name", ["--region=evil.example.com/"], '--region is "evil.example.com/"; expected a region'],
    ["a session name has a space", ["--role-session-name=a b"], '--role-session-name is "a b"; expected 2 to 64'],
    ["a secret key is quoted", ["-v"], "AWS_SECRET_ACCESS_KEY is quoted", quoted],
    ["an external ID is too short", ["--external-id=a"], '--external-id is "a"; expected 2 to 1224'],
    ["a source identity is AWS's own", ["--source-identity=aws:x"], '--source-identity is "aws:x"'],
    ["a policy is not JSON", ["--policy={nope}"], "--policy is not JSON (line 1 column 2)"],
    ["a policy file is missing", ["--policy=@nowhere.json"], '--policy: no such file "nowhere.json"'],
    ["a policy is a path", ["--policy-arn=./ReadOnlyAccess"], '--policy-arn is "./ReadOnlyAccess"'],
    ["a tag has no value", ["--tag=Team"], '--tag is "Team"; expected KEY=VALUE'],
    ["a tag is given twice", ["--tag=Team=a", "--tag=team=b"], '--tag has "Team" and "team" twice'],
    ["a transitive key is not that of a tag", ["--transitive-tag-key=Team"], "but no --tag has that key"],
    [
      "a web identity has tags",
      ["--web-identity-token-env=HOME", "--tag=Team=blue", "--external-id=ab"],
      "cannot have external ID, session tags",
    ],
  ];
  for (const [what, args, message, env] of rows) {
    await t.step(what, async () => {
      const { code, stderr, count } = await received(args, env);
      assertEquals({ code, count }, { code: 125, count: 0 });
      assertStringIncludes(stderr, message);
    });
  }
});

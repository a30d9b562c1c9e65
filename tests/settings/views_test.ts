import { assertEquals } from "@std/assert";
import { renderPlanJson, renderPlanText } from "../../lib/settings/views.ts";
import type { TypedOptions } from "../../lib/cli/options.ts";
import { planOf } from "./plan_of.ts";

const env = {
  AWS_ACCESS_KEY_ID: "AKIAEXAMPLE",
  AWS_SECRET_ACCESS_KEY: "source-secret-of-some-length",
  AWS_ROLE_ARN: "arn:aws:iam::123456789012:role/deploy",
  ARAR_TOKEN_CODE: "794613",
};

/** The plan of a command line, as far as the settings make it. */
function plan(options: TypedOptions, command: readonly string[]) {
  const settings = planOf(options, { env, command });
  return {
    settings,
    endpoint: "https://sts.example",
    set: ["AWS_ACCESS_KEY_ID"],
    removed: ["AWS_PROFILE"],
    command,
    by: "spawn" as const,
    hide: String,
  };
}

Deno.test("renderPlanText()", async (t) => {
  await t.step("shows each decision, AWS defaults, the environment and the command", () => {
    const text = renderPlanText(plan({ roleSessionName: "alice" }, ["sh", "-c", `echo "it's" $x`, "", "a\nb"]));
    assertEquals(
      text,
      [
        "source: key *******MPLE (environment)",
        "role: arn:aws:iam::123456789012:role/deploy (AWS_ROLE_ARN)",
        "session name: alice (--role-session-name)",
        "region: us-east-1 (default of partition aws)",
        "duration: 3600 s (AWS default)",
        "endpoint: https://sts.example (the region's)",
        "timeout: 30 s",
        "environment: set AWS_ACCESS_KEY_ID",
        "environment: removed AWS_PROFILE",
        `command: sh -c 'echo "it'\\''s" $x' '' 'a\\nb' (as a child of arar)`,
        "",
      ].join("\n"),
    );
  });

  await t.step("shows that user name and session would come from STS and the cache", () => {
    const text = renderPlanText(plan({ usernameSession: true, "cache": true, durationSeconds: "900" }, []));
    const lines = text.split("\n").filter((line) => /^(?:session name|duration|cache|command)/.test(line));
    assertEquals(lines, [
      "session name: the caller's IAM user name, from STS (--username-session)",
      "duration: 900 s (--duration-seconds)",
      "cache: a stored session is reused",
      "command: none; the role is only checked",
    ]);
  });
});

Deno.test("renderPlanJson()", async (t) => {
  await t.step("has the same content, without MFA code and secrets", () => {
    const serial = "arn:aws:iam::123456789012:mfa/alice";
    const text = renderPlanJson(plan({ serialNumber: serial, usernameSession: true, "cache": true }, ["true"]));
    const { roles, region, cache, environment, command, by, decisions } = JSON.parse(text);
    assertEquals({ roles, region, cache, environment, command, by }, {
      roles: [{
        roleArn: "arn:aws:iam::123456789012:role/deploy",
        policyArns: [],
        tags: [],
        transitiveTagKeys: [],
        sessionNameFrom: "IAM user name",
        serialNumber: serial,
      }],
      region: "us-east-1",
      cache: {},
      environment: { set: ["AWS_ACCESS_KEY_ID"], removed: ["AWS_PROFILE"] },
      command: ["true"],
      by: "spawn",
    });
    assertEquals(decisions[0], { field: "source", value: "key *******MPLE", from: "environment" });
    const secret = plan({ externalId: "a=secret" }, ["a\tsecret\u009b"]);
    assertEquals(JSON.parse(renderPlanJson(secret)).cache, false);
    const masked = renderPlanJson({ ...secret, hide: (one) => one.replace(/a[\t=]secret/, "***") });
    assertEquals(JSON.parse(masked).command, ["***\u009b"]);
    assertEquals([JSON.parse(masked).roles[0].externalId, masked.includes("\u009b")], ["***", false]);
    assertEquals([text.includes("source-secret"), text.includes("794613")], [false, false]);
  });
});

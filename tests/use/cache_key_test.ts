import { assertEquals, assertNotEquals } from "@std/assert";
import type { RoleRequest } from "../../lib/aws/role_request.ts";
import { callerLabel, canonicalJson, sessionLabel, type SessionRequest } from "../../lib/use/cache_key.ts";
import type { Origin } from "../../lib/sourced.ts";
import { origin } from "../origin.ts";

const role: RoleRequest = {
  roleArn: "arn:aws:iam::123456789012:role/deploy",
  sessionName: { kind: "given", value: "alice" },
  durationSeconds: 3600,
  externalId: "external",
  sourceIdentity: "identity",
  policy: "{}",
  policyArns: ["arn:aws:iam::aws:policy/ReadOnlyAccess"],
  tags: [{ key: "team", value: "a" }],
  transitiveTagKeys: ["team"],
  mfa: { serialNumber: "arn:aws:iam::123456789012:mfa/alice", code: { kind: "given", code: "123456" } },
};
const request: SessionRequest = {
  accessKeyId: "AKIAEXAMPLE",
  roles: [role],
  region: "eu-west-1",
  endpoint: {
    url: { value: "https://sts.example", from: origin("AWS_ENDPOINT_URL_STS") },
    fips: false,
    dualstack: false,
    legacyGlobal: false,
    maxAttempts: 3,
    retryMode: "standard",
  },
};

const withRole = (change: Partial<RoleRequest>) => ({ ...request, roles: [{ ...role, ...change }] });

const DIFFERENT: Readonly<Record<string, SessionRequest>> = {
  "source key": { ...request, accessKeyId: "AKIAOTHER" },
  "region": { ...request, region: "eu-west-2" },
  "endpoint": { ...request, endpoint: { ...request.endpoint, fips: true } },
  "endpoint URL": { ...request, endpoint: { ...request.endpoint, url: { value: "https://other", from: origin("") } } },
  "chain": { ...request, roles: [role, role] },
  "role": withRole({ roleArn: "arn:aws:iam::123456789012:role/other" }),
  "session name": withRole({ sessionName: { kind: "given", value: "bob" } }),
  "user name": withRole({ sessionName: { kind: "user-name" } }),
  "generated name": withRole({ sessionName: { kind: "given", value: "alice", generated: true } }),
  "duration": withRole({ durationSeconds: 900 }),
  "external ID": withRole({ externalId: "other", sourceIdentity: "identity" }),
  "source identity": withRole({ externalId: "external", sourceIdentity: "other" }),
  "policy": withRole({ policy: "[]" }),
  "policy ARNs": withRole({ policyArns: [] }),
  "tags": withRole({ tags: [{ key: "team", value: "b" }] }),
  "transitive keys": withRole({ transitiveTagKeys: [] }),
  "MFA device": withRole({ mfa: { serialNumber: "other-device", code: { kind: "ask" } } }),
};

Deno.test("sessionLabel()", async (t) => {
  for (const [field, different] of Object.entries(DIFFERENT)) {
    await t.step(`differs with another ${field}`, () => {
      assertNotEquals(sessionLabel(different), sessionLabel(request));
    });
  }

  await t.step("does not depend on the MFA code", () => {
    const asked = withRole({ mfa: { serialNumber: "arn:aws:iam::123456789012:mfa/alice", code: { kind: "ask" } } });
    assertEquals(sessionLabel(asked), sessionLabel(request));
    assertEquals(sessionLabel(request).includes('123456"'), false);
  });

  await t.step("does not depend on where the endpoint was configured", () => {
    const from = (place: Origin) => ({
      ...request.endpoint,
      url: { value: "https://sts.example", from: place },
      caBundle: { value: "/ca.pem", from: place },
    });
    const [exported, written] = [origin("AWS_ENDPOINT_URL_STS"), origin("x in [y] of CONFIG")].map((place) =>
      sessionLabel({ ...request, endpoint: from(place) })
    );
    assertEquals(exported, written);
  });

  await t.step("does not depend on which session name was generated", () => {
    const generated = (value: string) => withRole({ sessionName: { kind: "given", value, generated: true } });
    assertEquals(sessionLabel(generated("arar-1")), sessionLabel(generated("arar-2")));
  });
});

Deno.test("callerLabel()", async (t) => {
  await t.step("differs with key and region, and from a session's label", () => {
    const label = callerLabel(request);
    assertNotEquals(label, callerLabel({ ...request, accessKeyId: "AKIAOTHER" }));
    assertNotEquals(label, callerLabel({ ...request, region: "us-east-1" }));
    assertNotEquals(label, sessionLabel({ ...request, roles: [] }));
  });
});

Deno.test("canonicalJson()", async (t) => {
  await t.step("sorts the keys of objects, but not lists", () => {
    assertEquals(canonicalJson({ b: 1, a: { d: [2, 1], c: null } }), `{"a":{"c":null,"d":[2,1]},"b":1}`);
    assertEquals(canonicalJson({ a: undefined }), "{}");
  });
});

import { assertEquals, assertNotEquals } from "@std/assert";
import type { RoleRequest } from "../../lib/aws/role_request.ts";
import { callerLabel, canonicalJson, sessionLabel, type SessionRequest } from "../../lib/use/cache_key.ts";

const role: RoleRequest = {
  roleArn: "arn:aws:iam::123456789012:role/deploy",
  sessionName: { kind: "given", value: "alice" },
  durationSeconds: 3600,
  passed: { "external-id": "external", "source-identity": "identity" },
  policy: "{}",
  policyArns: ["arn:aws:iam::aws:policy/ReadOnlyAccess"],
  tags: [{ key: "team", value: "a" }],
  transitiveTagKeys: ["team"],
  mfa: {
    serialNumber: "arn:aws:iam::123456789012:mfa/alice",
    code: { kind: "given", code: "123456" },
  },
};
const request: SessionRequest = {
  accessKeyId: "AKIAEXAMPLE",
  roles: [role],
  region: "eu-west-1",
  endpoint: {
    url: { value: "https://sts.example", from: "AWS_ENDPOINT_URL_STS" },
    fips: false,
    dualstack: false,
    legacyGlobal: false,
    maxAttempts: 3,
    retryMode: "standard",
  },
};

const withHop = (change: Partial<RoleRequest>): SessionRequest => ({
  ...request,
  roles: [{ ...role, ...change }],
});

const DIFFERENT: Readonly<Record<string, SessionRequest>> = {
  "source key": { ...request, accessKeyId: "AKIAOTHER" },
  "region": { ...request, region: "eu-west-2" },
  "endpoint": {
    ...request,
    endpoint: { ...request.endpoint, url: { value: "https://other.example", from: "AWS_ENDPOINT_URL_STS" } },
  },
  "chain": { ...request, roles: [role, role] },
  "role": withHop({ roleArn: "arn:aws:iam::123456789012:role/other" }),
  "session name": withHop({ sessionName: { kind: "given", value: "bob" } }),
  "user name": withHop({ sessionName: { kind: "user-name" } }),
  "generated name": withHop({
    sessionName: { kind: "given", value: "alice", generated: true },
  }),
  "duration": withHop({ durationSeconds: 900 }),
  "external id": withHop({ passed: { "external-id": "other", "source-identity": "identity" } }),
  "source identity": withHop({ passed: { "external-id": "external", "source-identity": "other" } }),
  "policy": withHop({ policy: "[]" }),
  "policy ARNs": withHop({ policyArns: [] }),
  "tags": withHop({ tags: [{ key: "team", value: "b" }] }),
  "transitive keys": withHop({ transitiveTagKeys: [] }),
  "MFA device": withHop({
    mfa: { serialNumber: "other-device", code: { kind: "ask" } },
  }),
};

Deno.test("sessionLabel()", async (t) => {
  for (const [field, different] of Object.entries(DIFFERENT)) {
    await t.step(`sessionLabel() differs with another ${field}`, () => {
      assertNotEquals(sessionLabel(different), sessionLabel(request));
    });
  }

  await t.step("sessionLabel() leaves the MFA code out", () => {
    const asked = withHop({
      mfa: {
        serialNumber: "arn:aws:iam::123456789012:mfa/alice",
        code: { kind: "ask" },
      },
    });
    assertEquals(sessionLabel(asked), sessionLabel(request));
    assertEquals(sessionLabel(request).includes('123456"'), false);
  });

  await t.step("sessionLabel() takes an endpoint for the same wherever it was read", () => {
    const from = (place: string) => ({
      ...request.endpoint,
      url: { value: "https://sts.example", from: place },
      caBundle: { value: "/ca.pem", from: place },
    });
    const [exported, written] = ["AWS_ENDPOINT_URL_STS", "the profile"].map((place) =>
      sessionLabel({ ...request, endpoint: from(place) })
    );
    assertEquals(exported, written);
  });

  await t.step("sessionLabel() takes generated session names for the same", () => {
    const generated = (value: string) => withHop({ sessionName: { kind: "given", value, generated: true } });
    assertEquals(
      sessionLabel(generated("arar-1")),
      sessionLabel(generated("arar-2")),
    );
  });
});

Deno.test("callerLabel()", async (t) => {
  await t.step("callerLabel() differs with key and endpoint, and from every session's label", () => {
    const label = callerLabel(request);
    assertNotEquals(
      label,
      callerLabel({ ...request, accessKeyId: "AKIAOTHER" }),
    );
    assertNotEquals(label, callerLabel({ ...request, region: "us-east-1" }));
    assertNotEquals(label, sessionLabel({ ...request, roles: [] }));
  });
});

Deno.test("canonicalJson()", async (t) => {
  await t.step("canonicalJson() does not depend on the order of keys, but on that of lists", () => {
    assertEquals(
      canonicalJson({ b: 1, a: { d: [2, 1], c: null } }),
      `{"a":{"c":null,"d":[2,1]},"b":1}`,
    );
    assertEquals(canonicalJson({ a: undefined }), "{}");
  });
});

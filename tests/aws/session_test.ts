/** What a session must be, wherever it comes from. */
import { assertEquals, assertThrows } from "@std/assert";
import type { RoleSession } from "../../lib/aws/credentials.ts";
import { admit, createServerClock, type Expected } from "../../lib/aws/session.ts";
import { ArarError } from "../../lib/errors.ts";
import { Secrets } from "../../lib/secrets.ts";

const NOON = Date.parse("2030-01-01T12:00:00Z");
const ARN = "arn:aws:sts::123456789012:assumed-role/deploy/ci";
const ROLE = "arn:aws:iam::123456789012:role/teams/deploy";

function sessionOf(arn = ARN, more: Partial<RoleSession> = {}): RoleSession {
  const accountId = /::(\w*):/.exec(arn)?.[1] ?? "";
  const credentials = {
    accessKeyId: "ASIAEXAMPLE",
    secretAccessKey: "a-secret-access-key",
    sessionToken: "a-longer-session-token",
    expiration: new Date(NOON + 900_000),
  };
  return { credentials, arn, accountId, ...more };
}

function expecting(more: Partial<Expected> = {}): Expected {
  return { secrets: new Secrets(), now: NOON, roleArn: ROLE, isAws: true, ...more };
}

Deno.test("admit()", async (t) => {
  await t.step("returns the session that was asked for, and registers its secrets", () => {
    const secrets = new Secrets();
    const session = sessionOf();
    assertEquals(admit(session, expecting({ secrets, accounts: ["999999999999", "123456789012"] })), session);
    assertEquals(secrets.hide(Object.values(session.credentials).slice(0, 3).join(" ")), "ASIAEXAMPLE *** ***");
  });

  const first = sessionOf();
  const evil = "arn:aws:sts::666666666666:assumed-role/evil/ci";
  const renamed = "arn:aws:sts::123456789012:assumed-role/deploy/another";
  const rows: readonly (readonly [RoleSession, Partial<Expected>, string | undefined])[] = [
    [sessionOf(evil), {}, `session "${evil}" is not one of role "${ROLE}"`],
    [sessionOf(evil), { isAws: false }, `session "${evil}" is not one of role "${ROLE}"`],
    [sessionOf("arn:aws:sts:::assumed-role/deploy/ci"), { isAws: false }, undefined],
    [
      sessionOf("arn:aws:sts:::assumed-role/deploy/ci"),
      {},
      `session "arn:aws:sts:::assumed-role/deploy/ci" is not one of role "${ROLE}"`,
    ],
    // A narrowed session is of no role that was asked for.
    [sessionOf(evil), { roleArn: undefined }, undefined],
    [
      sessionOf(),
      { accounts: ["999999999999", "888888888888"] },
      `session "${ARN}" is in account 123456789012, --expect-account expects 999999999999 or 888888888888; nothing was run`,
    ],
    [
      sessionOf(),
      { accounts: ["999999999999"], first },
      `session "${ARN}" is in account 123456789012, --expect-account expects 999999999999`,
    ],
    [sessionOf(renamed), { first }, undefined],
    [
      sessionOf(evil),
      { roleArn: undefined, first },
      `the renewed session is "${evil}", the first one was "${ARN}"`,
    ],
    [sessionOf(ARN, { clockSkew: 899_000 }), {}, undefined],
    [sessionOf(ARN, { clockSkew: 900_000 }), {}, `session "${ARN}" expired at 2030-01-01T12:15:00Z already`],
    [sessionOf(), { now: NOON + 900_000 }, `session "${ARN}" expired at 2030-01-01T12:15:00Z already`],
    // Our clock is wrong, and the server's is known.
    [sessionOf(ARN, { clockSkew: -3_600_000 }), { now: NOON + 3_600_000 }, undefined],
  ];
  for (const [session, more, refusal] of rows) {
    await t.step(refusal ?? `accepts ${session.arn} as ${JSON.stringify(more)}`, () => {
      const admitting = () => admit(session, expecting(more));
      if (refusal === undefined) assertEquals(admitting(), session);
      else assertEquals(assertThrows(admitting, ArarError).message, refusal);
    });
  }

  await t.step("registers the secrets of a session that it refuses", () => {
    const secrets = new Secrets();
    assertThrows(() => admit(sessionOf(evil), expecting({ secrets })));
    assertEquals(secrets.hide("a-secret-access-key"), "***");
  });
});

Deno.test("createServerClock()", async (t) => {
  const noon = Date.parse("2030-01-01T12:00:00Z");
  const rows: readonly (readonly [what: string, date: string | undefined, skew: number | undefined, kept: boolean])[] =
    [
      ["a clock that is right", "Tue, 01 Jan 2030 12:00:59 GMT", undefined, true],
      ["a clock that is ahead", "Tue, 01 Jan 2030 14:00:00 GMT", 7_200_000, true],
      ["a clock that is behind", "Tue, 01 Jan 2030 11:59:00 GMT", -60_000, true],
      ["no clock without a date", undefined, undefined, true],
      ["no clock from another date", "now", undefined, false],
      ["no clock from the epoch", "Thu, 01 Jan 1970 00:00:00 GMT", undefined, false],
      ["no clock from the first day of JavaScript", "-271821-04-20T00:00:00Z", undefined, false],
      ["no clock from the far future", "Fri, 31 Dec 9999 23:59:59 GMT", undefined, false],
    ];
  for (const [what, date, skew, kept] of rows) {
    await t.step(`reads ${what}`, () => {
      const clock = createServerClock(() => noon);
      const answer = { status: 200, headers: date === undefined ? {} : { date }, body: new Uint8Array() };
      assertEquals([clock.read(answer).headers.date, clock.skew()], [kept ? date : undefined, skew]);
    });
  }
});

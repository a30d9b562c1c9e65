import { assertEquals } from "@std/assert";
import { sdkHandler } from "../../lib/aws/http.ts";
import { withServerTime } from "../../lib/aws/server_time.ts";

const NOON = Date.parse("2030-01-01T12:00:00Z");
const REQUEST = { protocol: "https:", hostname: "sts.example.com", method: "POST", path: "/", headers: {} };

/** What is known after an answer with this header, where it is noon. */
async function afterAnswer(headers: Record<string, string>) {
  const { handler, serverTime } = withServerTime(
    sdkHandler({ fetch: () => Promise.resolve(new Response("", { headers })) }),
    () => NOON,
  );
  await handler.handle(REQUEST);
  return serverTime();
}

Deno.test("withServerTime()", async (t) => {
  const rows = [
    ["a clock that is right", "Tue, 01 Jan 2030 12:00:59 GMT", { time: NOON + 59_000 }],
    ["a clock ahead of ours", "Tue, 01 Jan 2030 14:00:00 GMT", { time: NOON + 7_200_000, skew: 7_200_000 }],
    ["a clock behind ours", "Tue, 01 Jan 2030 11:59:00 GMT", { time: NOON - 60_000, skew: -60_000 }],
  ] as const;
  for (const [what, date, expected] of rows) {
    await t.step(`reads ${what}`, async () => assertEquals(await afterAnswer({ date }), expected));
  }

  await t.step("knows nothing where the server does not say", async () => {
    assertEquals([await afterAnswer({}), await afterAnswer({ date: "now" })], [{ time: NaN }, { time: NaN }]);
  });
});

/**
 * Owns the proof that faults come when they are due.
 * Must not know arar or how a fault looks on the wire.
 */
import { assertEquals } from "@std/assert";
import {
  ALICE,
  always,
  type Fault,
  type Faults,
  firstOfEachCaller,
  onAction,
  startSts,
  USER_WITH_PATH,
} from "../sts_server.ts";
import { ask } from "./ask.ts";
import { assertRefused, whoAmI } from "./client.ts";

Deno.test("FaultPlan", async (t) => {
  const page: Fault = { kind: "html", status: 500 };
  const cases: readonly [string, Faults, readonly number[]][] = [
    ["a queue", [page, undefined, page], [500, 200, 500, 200]],
    ["always", always(page), [500, 500, 500, 500]],
    ["another action", onAction("AssumeRole", page), [200, 200, 200, 200]],
    [
      "this action",
      onAction("AssumeRoleWithWebIdentity", page),
      [500, 500, 500, 500],
    ],
  ];
  for (const [name, faults, expected] of cases) {
    await t.step(`follows ${name}`, async () => {
      await using sts = await startSts({ faults });
      const found: number[] = [];
      for (const _ of expected) {
        const response = await ask(sts);
        await response.body?.cancel();
        found.push(response.status);
      }
      assertEquals(found, expected);
    });
  }

  await t.step("counts each caller by itself", async () => {
    const faults = firstOfEachCaller(2, { kind: "throttle" });
    await using sts = await startSts({ faults });
    for (const caller of [ALICE, USER_WITH_PATH]) {
      const throttled = () => whoAmI(sts, caller);
      await assertRefused(throttled(), "Throttling", 400, "Rate exceeded");
      await assertRefused(throttled(), "Throttling", 400, "Rate exceeded");
      assertEquals(await whoAmI(sts, caller), caller.arn);
    }
  });

  await t.step("can be replaced", async () => {
    await using sts = await startSts({ faults: always(page) });
    sts.setFaults([]);
    assertEquals(await whoAmI(sts, ALICE), ALICE.arn);
  });
});

/** Which failures are tried again, how often, and with which pauses. */
import { assertEquals, assertRejects } from "@std/assert";
import { ConnectionError, type Dial } from "../../../lib/aws/dialer.ts";
import { persistently, textOf } from "../../../lib/aws/signers/send.ts";
import { tokenWorld } from "./token_server.ts";

const REQUEST = { method: "GET", url: new URL("http://localhost/") };
const SILENCE = new ConnectionError("timeout", "localhost");

/** A world in which this fails so many times, or for ever. */
function failing(failure: number | Error, times = Infinity) {
  let count = 0;
  const dial: Dial = () => {
    count++;
    if (count > times) return Promise.resolve({ status: 200, headers: {}, body: new TextEncoder().encode("yes") });
    if (typeof failure !== "number") return Promise.reject(failure);
    return Promise.resolve({ status: failure, headers: {}, body: new TextEncoder().encode("no") });
  };
  return { world: { ...tokenWorld(), dial }, asked: () => count };
}

Deno.test("persistently()", async (t) => {
  for (const failure of [500, 503, 429, SILENCE, new ConnectionError("refused", "localhost")]) {
    await t.step(`asks again after ${failure}`, async () => {
      const { world } = failing(failure, 2);
      assertEquals(textOf(await persistently(world, REQUEST, { attempts: 3 })), "yes");
      assertEquals(world.pauses, [300, 600]);
    });
  }

  await t.step("returns the last answer, or throws the last failure", async () => {
    const [busy, silent] = [failing(503), failing(SILENCE)];
    assertEquals((await persistently(busy.world, REQUEST, { attempts: 5 })).status, 503);
    await assertRejects(() => persistently(silent.world, REQUEST, { attempts: 2 }), ConnectionError, "it is silent");
    assertEquals([busy.world.pauses, busy.asked(), silent.asked()], [[300, 600, 1200, 2400], 5, 2]);
  });

  for (
    const failure of [200, 400, 401, 403, 404, new ConnectionError("unknown-authority", "localhost"), new Error("x")]
  ) {
    await t.step(`does not ask again after ${failure}`, async () => {
      const { world, asked } = failing(failure);
      await persistently(world, REQUEST, { attempts: 3 }).catch(() => {});
      assertEquals(asked(), 1);
    });
  }

  await t.step("does not ask again after silence that is final", async () => {
    const { world, asked } = failing(SILENCE);
    const isFinal = ({ kind }: ConnectionError) => kind === "timeout";
    await assertRejects(() => persistently(world, REQUEST, { attempts: 3, isFinal }), ConnectionError);
    assertEquals(asked(), 1);
  });
});

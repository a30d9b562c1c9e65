import { assertEquals, assertNotEquals } from "@std/assert";
import { seal, sealedName, sealingSecret, unseal } from "../../lib/use/encryption.ts";

const randomBytes = (count: number) => crypto.getRandomValues(new Uint8Array(count));
const secret = await sealingSecret("source secret");
const other = await sealingSecret("another secret");

Deno.test("seal()", async (t) => {
  await t.step("is reversed by unseal() with the same secret and label", async () => {
    const sealed = await seal(secret, "label", "session é", randomBytes);
    assertEquals(await unseal(secret, "label", sealed), "session é");
  });

  await t.step("never returns the same bytes twice", async () => {
    const one = await seal(secret, "label", "session", randomBytes);
    assertNotEquals(one, await seal(secret, "label", "session", randomBytes));
  });
});

Deno.test("unseal()", async (t) => {
  await t.step("returns undefined for another secret or label", async () => {
    const sealed = await seal(secret, "label", "session", randomBytes);
    assertEquals(await unseal(other, "label", sealed), undefined);
    assertEquals(await unseal(secret, "another", sealed), undefined);
  });

  await t.step("returns undefined if one bit of any byte is changed", async () => {
    const sealed = await seal(secret, "label", "session", randomBytes);
    for (let i = 0; i < sealed.length; i++) {
      const changed = sealed.with(i, (sealed[i] ?? 0) ^ 1);
      assertEquals(await unseal(secret, "label", changed), undefined, `byte ${i}`);
    }
  });

  await t.step("returns undefined for truncated bytes of any length", async () => {
    const sealed = await seal(secret, "label", "session", randomBytes);
    for (let length = 0; length < sealed.length; length++) {
      assertEquals(await unseal(secret, "label", sealed.slice(0, length)), undefined, `length ${length}`);
    }
  });
});

Deno.test("sealedName()", async (t) => {
  await t.step("depends on the secret and the label only", async () => {
    const name = await sealedName(secret, "label");
    assertEquals(name, await sealedName(await sealingSecret("source secret"), "label"));
    assertNotEquals(name, await sealedName(other, "label"));
    assertNotEquals(name, await sealedName(secret, "another"));
    assertEquals(/^[0-9a-f]{64}$/.test(name), true);
  });
});

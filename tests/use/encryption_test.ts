import { assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { sealedRecord } from "../../lib/use/encryption.ts";

const randomBytes = (count: number) => crypto.getRandomValues(new Uint8Array(count));
const record = await sealedRecord("source secret", "label");
const others = [await sealedRecord("another secret", "label"), await sealedRecord("source secret", "another")];

Deno.test("sealedRecord()", async (t) => {
  await t.step("reads what it has encrypted with the same secret and label, and nothing else", async () => {
    const sealed = await record.seal("session é", randomBytes);
    assertEquals(await (await sealedRecord("source secret", "label")).unseal(sealed), "session é");
    for (const other of others) assertEquals(await other.unseal(sealed), undefined);
  });

  await t.step("never makes the same bytes twice", async () => {
    assertNotEquals(await record.seal("session", randomBytes), await record.seal("session", randomBytes));
  });

  await t.step("reads nothing if one bit of any byte is changed, or the end is missing", async () => {
    const sealed = await record.seal("session", randomBytes);
    for (let i = 0; i < sealed.length; i++) {
      assertEquals(await record.unseal(sealed.with(i, (sealed[i] ?? 0) ^ 1)), undefined, `byte ${i}`);
      assertEquals(await record.unseal(sealed.slice(0, i)), undefined, `length ${i}`);
    }
  });

  await t.step("has a name that depends on the secret and the label only", async () => {
    assertMatch(record.name, /^[0-9a-f]{64}$/);
    assertEquals((await sealedRecord("source secret", "label")).name, record.name);
    assertEquals(new Set([record, ...others].map(({ name }) => name)).size, 3);
  });
});

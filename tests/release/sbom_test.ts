import { assertEquals, assertMatch, assertNotEquals, assertRejects } from "@std/assert";
import { billOfMaterials, isImported, type Lock } from "../../.ci/release/sbom.ts";

/** The parts of a bill that the cases look at. */
interface Bill {
  readonly serialNumber: string;
  readonly metadata: { readonly component: { readonly version: string } };
  readonly components: readonly {
    readonly purl: string;
    readonly scope: string;
    readonly hashes: readonly { readonly alg: string; readonly content: string }[];
  }[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
}

const LOCK: Lock = {
  version: "5",
  specifiers: {
    "jsr:@std/cli@1": "1.0.1",
    "jsr:@std/assert@1": "1.0.2",
    "jsr:@std/internal@^1.0.3": "1.0.3",
    "npm:sdk@2": "2.0.0_peer@3.0.0",
  },
  jsr: {
    "@std/cli@1.0.1": { integrity: "aa", dependencies: ["jsr:@std/internal"] },
    "@std/assert@1.0.2": { integrity: "bb", dependencies: ["jsr:@std/internal"] },
    "@std/internal@1.0.3": { integrity: "cc" },
  },
  npm: {
    "@a/part@1.0.0": { integrity: "sha512-AAEC" },
    "@a/part@2.0.0": { integrity: "sha512-AwQF" },
    "sdk@2.0.0_peer@3.0.0": { integrity: "sha512-/w==", dependencies: ["@a/part@2.0.0", "peer"] },
    "peer@3.0.0": { integrity: "sha512-EA==" },
  },
  workspace: { dependencies: ["jsr:@std/cli@1", "jsr:@std/assert@1", "npm:sdk@2"] },
};

async function billOf(lock: Lock): Promise<Bill> {
  return JSON.parse(JSON.stringify(await billOfMaterials(lock, "1.2.3", (name) => name !== "@std/assert")));
}

Deno.test("billOfMaterials()", async (t) => {
  await t.step("lists every locked package, and marks what the program does not need", async () => {
    const scopes = (await billOf(LOCK)).components.map(({ purl, scope }) => `${scope} ${purl.split("?")[0]}`);
    assertEquals(scopes, [
      "required pkg:generic/%40std/cli@1.0.1",
      "excluded pkg:generic/%40std/assert@1.0.2",
      "required pkg:generic/%40std/internal@1.0.3",
      "excluded pkg:npm/%40a/part@1.0.0",
      "required pkg:npm/%40a/part@2.0.0",
      "required pkg:npm/sdk@2.0.0",
      "required pkg:npm/peer@3.0.0",
    ]);
  });

  await t.step("gives each package its hash in hex", async () => {
    const hashes = (await billOf(LOCK)).components.map(({ hashes }) => `${hashes[0]?.alg} ${hashes[0]?.content}`);
    assertEquals(hashes.slice(2, 5), ["SHA-256 cc", "SHA-512 000102", "SHA-512 030405"]);
  });

  await t.step("lists the dependencies of each", async () => {
    const edges = new Map((await billOf(LOCK)).dependencies.map(({ ref, dependsOn }) => [ref, dependsOn]));
    assertEquals(edges.get("pkg:npm/sdk@2.0.0"), ["pkg:npm/%40a/part@2.0.0", "pkg:npm/peer@3.0.0"]);
    assertEquals(edges.get("pkg:github/ikedam/arar@v1.2.3")?.length, 3);
  });

  await t.step("throws if it does not understand the lock", async () => {
    await assertRejects(() => billOf({ ...LOCK, version: "6" }), Error, "cannot read a lock of version 6");
    await assertRejects(() => billOf({ ...LOCK, specifiers: {} }), Error, "does not say which version jsr:@std/");
    await assertRejects(() => billOf({ ...LOCK, npm: {} }), Error, "does not hold npm:sdk");
  });

  await t.step("is complete for this project, and requires the STS client but no tools", async () => {
    const args = ["run", "--no-lock", "-R", new URL("../../.ci/release/sbom.ts", import.meta.url).href];
    const { stdout } = await new Deno.Command(Deno.execPath(), { args }).output();
    const bill: Bill = JSON.parse(new TextDecoder().decode(stdout));
    const known = bill.components.map(({ purl }) => purl);
    assertEquals(bill.dependencies.flatMap(({ dependsOn }) => dependsOn).filter((ref) => !known.includes(ref)), []);
    const required = bill.components.filter(({ scope }) => scope === "required").map(({ purl }) => purl);
    assertEquals(required.filter((purl) => /client-sts@/.test(purl)).length, 1);
    assertEquals(required.filter((purl) => /std\/(assert|testing)@|esbuild/.test(purl)), []);
  });

  await t.step(
    "has a serial number, which actions/attest requires, and is the same text for the same lock",
    async () => {
      const [bill, same, other] = await Promise.all(
        [LOCK, structuredClone(LOCK), { ...LOCK, jsr: {}, workspace: { dependencies: ["npm:sdk@2"] } }].map(billOf),
      );
      assertMatch(
        bill?.serialNumber ?? "",
        /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
      );
      assertEquals(JSON.stringify(bill), JSON.stringify(same));
      assertNotEquals(bill?.serialNumber, other?.serialNumber);
    },
  );
});

Deno.test("isImported() finds the package and parts of it, but not one with a longer name", () => {
  const found = ["@a/b", "d", "@a/b/c", "@a/bb", "a"].filter((name) => isImported(name, ["@a/b/c", "d"]));
  assertEquals(found, ["@a/b", "d", "@a/b/c"]);
});

import { assertEquals, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { maskLines, maskSecrets } from "../../lib/credentials/mask.ts";
import { ArarError } from "../../lib/errors.ts";

const session = {
  credentials: {
    accessKeyId: "ASIA",
    secretAccessKey: "s%1",
    sessionToken: "t",
    expiration: new Date(0),
  },
  arn: "arn:aws:sts::123456789012:assumed-role/r/s",
  accountId: "123456789012",
};

/** A world with this environment, and stderr going to a file or not; what was written is kept. */
function world(env: Record<string, string>, file: boolean) {
  const written: string[] = [];
  return {
    written,
    env: () => env,
    stderrIsFile: () => Promise.resolve(file),
    writeStderr: (text: string) => void written.push(text),
  };
}

describe("maskSecrets()", () => {
  it("maskSecrets() hides the secret and the token in GitHub Actions", async () => {
    const system = world({ GITHUB_ACTIONS: "true" }, false);
    await maskSecrets(system, session);
    assertEquals(system.written, ["::add-mask::s%251\n::add-mask::t\n"]);
  });

  it("maskSecrets() writes nothing elsewhere", async () => {
    const system = world({ GITHUB_ACTIONS: "1" }, false);
    await maskSecrets(system, session);
    assertEquals(system.written, []);
  });

  it("maskSecrets() refuses to write secrets into a file", async () => {
    const system = world({ GITHUB_ACTIONS: "true" }, true);
    await assertRejects(
      () => maskSecrets(system, session),
      ArarError,
      "stderr goes into a file",
    );
    assertEquals(system.written, []);
  });
});

describe("maskLines()", () => {
  it("maskLines() masks each line of a value by itself", () => {
    assertEquals(maskLines(["a\r\nb\n", ""]), "::add-mask::a\n::add-mask::b\n");
  });
});

import { assertEquals } from "@std/assert";
import { baseEnv } from "./arar.ts";

Deno.test("baseEnv()", async (t) => {
  await t.step("disables Deno's update check, which would use the proxies of tests", () => {
    assertEquals(baseEnv().DENO_NO_UPDATE_CHECK, "1");
  });

  await t.step("inherits a custom JSR registry, but no AWS variables", () => {
    const { JSR_URL, AWS_PROFILE } = baseEnv({ JSR_URL: "http://127.0.0.1:9", AWS_PROFILE: "mine" });
    assertEquals([JSR_URL, AWS_PROFILE], ["http://127.0.0.1:9", undefined]);
  });
});

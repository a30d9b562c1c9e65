/** What a child of ours does, as the system says it. The probes test the rest of the processes with real commands. */
import { assertEquals } from "@std/assert";
import { processes } from "../../lib/system/processes.ts";
import { until } from "../patience.ts";
import { skipUnless } from "../process/job.ts";

Deno.test({
  name: "isStopped()",
  ignore: skipUnless(Deno.build.os !== "windows", "Windows has no stopped processes"),
  async fn(t) {
    await t.step("is true only while a child of ours is stopped", async () => {
      const { pid, status } = new Deno.Command("sleep", { args: ["300"] }).spawn();
      assertEquals(processes.isStopped(pid), false);
      Deno.kill(pid, "SIGSTOP");
      await until(() => Promise.resolve(processes.isStopped(pid) || undefined));
      // It only looks: the next one sees it, too.
      assertEquals(processes.isStopped(pid), true);
      Deno.kill(pid, "SIGCONT");
      await until(() => Promise.resolve(!processes.isStopped(pid) || undefined));
      Deno.kill(pid, "SIGKILL");
      await status;
      assertEquals(processes.isStopped(pid), false);
    });

    await t.step("is false for a process that is no child of ours", () => {
      assertEquals(processes.isStopped(Deno.ppid), false);
    });
  },
});

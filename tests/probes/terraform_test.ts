/**
 * An interrupted `terraform apply` saves its state behind arar. Terraform stops in an orderly way after one signal, and
 * drops everything after two. `ARAR_TERRAFORM_RUNS` sets how often each case is run.
 */
import { assertEquals } from "@std/assert";
import { system } from "../../lib/system.ts";
import { until } from "../patience.ts";
import { startSts } from "../sts_server.ts";
import type { Way } from "./allowed_differences.ts";
import { has, isLinux } from "./have.ts";
import { finish, runScript, start, wholeProgram } from "./programs.ts";

const CONFIGURATION = new URL("./terraform/main.tf", import.meta.url);
const RUNS = Number(Deno.env.get("ARAR_TERRAFORM_RUNS") ?? 1);

/** How long it takes to save the state: longer than a second copy of a signal takes to arrive. */
const SAVING = 500;

interface State {
  readonly resources: readonly { readonly name: string }[];
}

/** A server of Terraform's `http` backend: https://developer.hashicorp.com/terraform/language/backend/http */
function startBackend() {
  let saved: State | undefined;
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
    if (request.method === "GET") return new Response(null, { status: 404 });
    const state: State = await request.json();
    await system.sleep(SAVING);
    saved = state;
    return new Response();
  });
  return {
    address: `http://127.0.0.1:${server.addr.port}/state`,
    saved: () => saved?.resources.map(({ name }) => name),
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

/** The result of an apply that gets a signal while it creates its second resource. */
async function interrupted(way: Way, signal: Deno.Signal, target: "alone" | "group") {
  await using sts = await startSts();
  await using backend = startBackend();
  const cwd = await Deno.makeTempDir({ prefix: "arar-terraform-" });
  try {
    const surroundings = { ...wholeProgram(sts), cwd };
    await Deno.copyFile(CONFIGURATION, `${cwd}/main.tf`);
    const init = await runScript("bare", `terraform init -backend-config=address=${backend.address}`, surroundings);
    assertEquals(init.status.code, 0, init.stdout);
    // To a file, which shows when the second resource is being created.
    const child = start(way, ["terraform", "apply", "-auto-approve", "-no-color"], {
      ...surroundings,
      setup: "exec >log 2>&1",
    });
    await until(async () => /: busy\n/.exec(await Deno.readTextFile(`${cwd}/log`).catch(() => "")) ?? undefined);
    Deno.kill(target === "group" ? -child.pid : child.pid, signal);
    const { status } = await finish(child);
    const log = await Deno.readTextFile(`${cwd}/log`);
    return {
      told: log.match(/Interrupt received/g)?.length ?? 0,
      toldTwice: /Two interrupts received/.test(log),
      saved: backend.saved(),
      code: status.code,
    };
  } finally {
    await Deno.remove(cwd, { recursive: true });
  }
}

Deno.test({
  name: "terraform apply",
  ignore: !isLinux("terraform") || !has("terraform", ["version"]),
  async fn(t) {
    for (const way of ["spawn", "exec"] as const) {
      for (const target of ["alone", "group"] as const) {
        for (const signal of ["SIGINT", "SIGTERM"] as const) {
          await t.step(
            `saves its state on ${signal} to arar ${target === "group" ? "and its group" : "alone"}, by ${way}`,
            async () => {
              for (let count = 0; count < RUNS; count++) {
                assertEquals(await interrupted(way, signal, target), {
                  told: 1,
                  toldTwice: false,
                  saved: ["first", "second"],
                  code: 1,
                });
              }
            },
          );
        }
      }
    }
  },
});

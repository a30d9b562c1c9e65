import { assertEquals } from "@std/assert";
import { isRegistry, NPM_ONLY_FLAGS } from "../../.ci/npm_only/flags.ts";
import { listFiles, readSource, readText } from "./sources.ts";

/** Runs `use` with a local registry that gives every request the same answer. */
async function withRegistry<T>(answer: () => Response | Promise<Response>, use: (base: string) => Promise<T>) {
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, answer);
  return await use(`http://127.0.0.1:${server.addr.port}`);
}

const meta = () => Response.json({ scope: "std", name: "cli", versions: {} });

/** The flags that a task gets, but without a proxy. */
async function flags(jsrUrl: string) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", ".ci/task.ts", "sh", "-c", 'printf %s "$ARAR_DENO_FLAGS"'],
    cwd: new URL("../../", import.meta.url),
    env: { JSR_URL: jsrUrl, NO_PROXY: "127.0.0.1" },
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

Deno.test("isRegistry()", async (t) => {
  await t.step("recognizes a registry by its answer, with and without a final slash", async () => {
    const found = await withRegistry(meta, async (base) => [await isRegistry(base), await isRegistry(`${base}/`)]);
    assertEquals(found, [true, true]);
  });

  await t.step("does not mistake a login page or an error for a registry, nor wait forever for one", async () => {
    const login = () => new Response("<html>please log in</html>");
    const error = () => Response.json({ versions: {} }, { status: 503 });
    const missing = () => Response.json({ error: "not here" });
    for (const answer of [login, error, missing]) assertEquals(await withRegistry(answer, isRegistry), false);
    const never = Promise.withResolvers<Response>();
    const found = await withRegistry(() => never.promise, async (base) => {
      const answer = await isRegistry(base, 50);
      never.resolve(meta());
      return answer;
    });
    assertEquals(found, false);
  });
});

Deno.test("task.ts", async (t) => {
  await t.step("passes no flags on if there is a registry", async () => {
    assertEquals(await withRegistry(meta, flags), { code: 0, stdout: "", stderr: "" });
  });

  await t.step("passes the flags on, and prints the reason in one line, if there is none", async () => {
    const gone = await withRegistry(meta, (base) => Promise.resolve(base));
    assertEquals(await flags(gone), {
      code: 0,
      stdout: NPM_ONLY_FLAGS.join(" "),
      stderr: `no JSR registry at ${gone}: using the npm stand-ins of .ci/npm_only\n`,
    });
  });
});

Deno.test("the stand-ins", async (t) => {
  const map: Record<string, string> = JSON.parse(readText(".ci/npm_only/import_map.json")).imports;
  const others = listFiles("", ".ts").filter((path) => !/^\.ci\/npm_only\/|\/std_test\.ts$/.test(path));

  await t.step("are complete: each module of std that is used has an existing file", () => {
    const used = others.flatMap((path) => readSource(path).imports).map(({ target }) => target)
      .filter((name) => name.startsWith("@std/"));
    const there = listFiles(".ci/npm_only").map((path) => path.replace(".ci/npm_only/", "./"));
    assertEquals(used.filter((name) => !there.includes(map[name] ?? "")), []);
  });

  await t.step("have no function that is not used", () => {
    const names = others.flatMap((path) => [...readText(path).matchAll(/^import \{([^}]*)\} from "@std\//gm)])
      .flatMap(([, names = ""]) => names.split(",").map((name) => name.trim().replace(/ as .*/, "")));
    const offered = listFiles(".ci/npm_only", ".ts").filter((path) => path.includes("/std_"))
      .flatMap((path) => [...readText(path).matchAll(/^export (?:async )?function (\w+)/gm)])
      .map(([, name = ""]) => name);
    assertEquals([...new Set(offered)].filter((name) => !names.includes(name)), []);
  });
});

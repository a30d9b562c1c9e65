/** Files are private, replaced in one step, and locked across processes. */
import { assertEquals, assertRejects } from "@std/assert";
import { files } from "../../lib/system/files.ts";

const WINDOWS = Deno.build.os === "windows";
const bytes = (text: string) => new TextEncoder().encode(text);

/** A program that takes the lock, says so, and waits to be killed. */
const HOLDER = `
  const file = Deno.openSync(Deno.args[0], { create: true, write: true });
  file.lockSync(true);
  console.log("held");
  setTimeout(() => {}, 60_000);
`;

Deno.test("files", async (t) => {
  /** A case with its own folder. */
  const inFolder = (name: string, fn: (folder: string) => Promise<void>, ignore = false) =>
    t.step({
      name,
      ignore,
      fn: async () => {
        const folder = await Deno.makeTempDir();
        try {
          await fn(folder);
        } finally {
          await Deno.remove(folder, { recursive: true });
        }
      },
    });
  const onUnix = (name: string, fn: (folder: string) => Promise<void>) => inFolder(name, fn, WINDOWS);

  await inFolder(
    "readFile() and readTextFile() return undefined for a missing file, and fail for an unreadable one",
    async (folder) => {
      assertEquals(await files.readFile(`${folder}/missing`), undefined);
      assertEquals(await files.readTextFile(`${folder}/missing/file`), undefined);
      await assertRejects(() => files.readTextFile(folder));
    },
  );

  await onUnix("readFile() reads devices and pipes, if they end", async (folder) => {
    const pipe = `${folder}/pipe`;
    assertEquals((await new Deno.Command("mkfifo", { args: [pipe] }).output()).code, 0);
    for (const read of [files.readTextFile, (path: string) => Promise.resolve(path).then(files.readTextFileSync)]) {
      assertEquals(await read("/dev/null"), "");
      await assertRejects(() => read("/dev/zero"), Error, "it is larger than 10 MB");
      await assertRejects(() => read(pipe), Error, "nobody writes to this pipe");
      const script = `printf %70000s x >"$0"; sleep 0.1; printf y >"$0"`;
      const writer = new Deno.Command("sh", { args: ["-c", `exec 3>"$0"; ${script}`, pipe] }).spawn();
      assertEquals([(await read(pipe))?.length, (await writer.status).code], [70_001, 0]);
    }
  });

  await onUnix("writePrivateFile() replaces a file with a private one, and leaves nothing else", async (folder) => {
    await Deno.writeTextFile(`${folder}/f`, "old", { mode: 0o644 });
    await files.writePrivateFile(`${folder}/f`, bytes("new"));
    assertEquals(await files.readTextFile(`${folder}/f`), "new");
    assertEquals(((await Deno.stat(`${folder}/f`)).mode ?? 0) & 0o777, 0o600);
    assertEquals((await files.listFiles(folder)).map(({ name }) => name), ["f"]);
  });

  await inFolder("writePrivateFile() is atomic: readers see the old file or the new one", async (folder) => {
    const [old, other] = [new Uint8Array(200_000).fill(1), new Uint8Array(300_000).fill(2)];
    await files.writePrivateFile(`${folder}/f`, old);
    const write = async () => {
      for (let i = 0; i < 50; i++) await files.writePrivateFile(`${folder}/f`, i % 2 ? old : other);
    };
    const seen = new Set<string>();
    const read = async () => {
      for (let i = 0; i < 100; i++) {
        const found = await files.readFile(`${folder}/f`);
        seen.add(`${found?.length} of ${found?.[0]} to ${found?.at(-1)}`);
      }
    };
    await Promise.all([write(), read(), read()]);
    assertEquals([...seen].filter((one) => one !== "200000 of 1 to 1" && one !== "300000 of 2 to 2"), []);
  });

  await inFolder("writePrivateFile() removes its temporary file if it fails", async (folder) => {
    await Deno.mkdir(`${folder}/taken/inside`, { recursive: true });
    await assertRejects(() => files.writePrivateFile(`${folder}/taken`, bytes("x")));
    assertEquals(await files.listFiles(folder), []);
  });

  await t.step("writeTemporaryFileSync() creates a new private file each time", async () => {
    const paths = [files.writeTemporaryFileSync("one"), files.writeTemporaryFileSync("two")];
    assertEquals(await Promise.all(paths.map((path) => Deno.readTextFile(path))), ["one", "two"]);
    for (const path of paths) {
      if (!WINDOWS) assertEquals(((await Deno.stat(path)).mode ?? 0) & 0o777, 0o600);
      await Deno.remove(path);
    }
  });

  await onUnix("privacyProblem() checks the owner of a link as well as its target", async (folder) => {
    if (Deno.uid() !== 0) return;
    await files.makePrivateFolder(`${folder}/a`);
    await Deno.symlink(`${folder}/a`, `${folder}/link`);
    assertEquals(await files.privacyProblem(`${folder}/link`), undefined);
    await new Deno.Command("chown", { args: ["-h", "12345", `${folder}/link`] }).output();
    assertEquals(await files.privacyProblem(`${folder}/link`), "owned by user 12345, not by user 0");
    await Deno.remove(`${folder}/a`);
    assertEquals(await files.privacyProblem(`${folder}/link`), "owned by user 12345, not by user 0");
  });

  await onUnix("privacyProblem() names the mode of a file that others can access", async (folder) => {
    await files.makePrivateFolder(`${folder}/a/b`);
    assertEquals(await files.privacyProblem(`${folder}/a/b`), undefined);
    await Deno.chmod(`${folder}/a/b`, 0o710);
    assertEquals(await files.privacyProblem(`${folder}/a/b`), "open to others, mode 710");
    assertEquals(await files.privacyProblem(`${folder}/missing`), undefined);
  });

  await onUnix("privacyProblem() names another owner", async (folder) => {
    if (Deno.uid() === 0) {
      await Deno.chown(folder, 12345, null);
      assertEquals(await files.privacyProblem(folder), "owned by user 12345, not by user 0");
      await Deno.chown(folder, 0, null);
    } else {
      assertEquals(await files.privacyProblem("/"), `owned by user 0, not by user ${Deno.uid()}`);
    }
  });

  await inFolder("remove() returns whether the file existed", async (folder) => {
    await Deno.mkdir(`${folder}/a/b`, { recursive: true });
    assertEquals([await files.remove(`${folder}/a`), await files.remove(`${folder}/a`)], [true, false]);
  });

  await inFolder("appendToFile() keeps the previous content", async (folder) => {
    await files.appendToFile(`${folder}/f`, "a\n");
    await files.appendToFile(`${folder}/f`, "b\n");
    assertEquals(await files.readTextFile(`${folder}/f`), "a\nb\n");
  });

  await inFolder("withLock() runs one action at a time", async (folder) => {
    const order: string[] = [];
    const action = (name: string) => async () => {
      order.push(`${name} in`);
      await Promise.resolve();
      order.push(`${name} out`);
    };
    await Promise.all(["a", "b", "c"].map((name) => files.withLock(`${folder}/lock`, 60_000, action(name))));
    const ended = order.filter((_, i) => i % 2 === 1);
    assertEquals(order.filter((_, i) => i % 2 === 0).map((entry) => entry.replace("in", "out")), ended);
  });

  await inFolder("withLock() waits for another process, until that is killed", async (folder) => {
    const holder = new Deno.Command(Deno.execPath(), {
      args: ["eval", HOLDER, `${folder}/lock`],
      stdout: "piped",
    }).spawn();
    await holder.stdout.getReader().read();
    let ran = false;
    const waiting = files.withLock(`${folder}/lock`, 60_000, () => Promise.resolve(ran = true));
    assertEquals(await files.withLock(`${folder}/lock`, 0, () => Promise.resolve("impatient")), "impatient");
    assertEquals(ran, false);
    holder.kill("SIGKILL");
    await holder.status;
    await waiting;
    assertEquals(ran, true);
  });

  await onUnix("stderrIsFile() distinguishes a file from a pipe", async (folder) => {
    const module = new URL("../../lib/system/files.ts", import.meta.url).href;
    const script = `import { files } from "${module}"; console.log(files.stderrIsFile());`;
    const shown = async (redirection: string) => {
      const { stdout } = await new Deno.Command("sh", {
        args: ["-c", `"$DENO" run -A - ${redirection} <<'E'\n${script}\nE\n`],
        env: { DENO: Deno.execPath(), FILE: `${folder}/log` },
        stderr: "piped",
      }).output();
      return new TextDecoder().decode(stdout).trim();
    };
    assertEquals([await shown(""), await shown(`2>"$FILE"`)], ["false", "true"]);
  });
});

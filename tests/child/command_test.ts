/** A command that does not exist is refused, and words that would not be passed on exactly as typed. */
import { assertEquals, assertThrows } from "@std/assert";
import { exactArguments, refuseLossyArguments, refuseMissingCommand } from "../../lib/child/command.ts";
import { ArarError } from "../../lib/errors.ts";
import { World } from "./fake_world.ts";
import { type System, system as real } from "../../lib/system.ts";

/** Whether the command is refused if only these files exist, and which paths were checked. */
function look(
  program: string,
  { os = "linux", env = { PATH: "/usr/bin:/bin" }, files = [] }: {
    readonly os?: System["os"];
    readonly env?: Readonly<Record<string, string>>;
    readonly files?: readonly string[];
  } = {},
) {
  const asked: string[] = [];
  const isMissing = (path: string) => {
    asked.push(path);
    return !files.includes(path);
  };
  try {
    refuseMissingCommand({ ...new World({ os }).system, isMissing }, env, [program, "plan"]);
    return { refused: false, asked };
  } catch (error) {
    assertEquals(error instanceof ArarError && error.exitCode, 127);
    return { refused: true, asked };
  }
}

Deno.test("refuseMissingCommand()", async (t) => {
  await t.step("searches PATH from its end, up to a folder that has the command", () => {
    assertEquals(look("tf"), { refused: true, asked: ["/bin/tf", "/usr/bin/tf"] });
    assertEquals(look("tf", { files: ["/bin/tf", "/usr/bin/tf"] }), { refused: false, asked: ["/bin/tf"] });
    assertEquals(look("tf", { env: { PATH: ":/bin:" } }).asked, ["./tf", "/bin/tf", "./tf"]);
    assertEquals(look("tf", { env: { PATH: "" } }).asked, ["./tf"]);
  });

  await t.step("checks a path as it is", () => {
    assertEquals(look("./bin/tf"), { refused: true, asked: ["./bin/tf"] });
    assertEquals(look("/opt/tf", { files: ["/opt/tf"] }).refused, false);
    assertEquals(look(".././../tf//"), { refused: true, asked: [".././../tf"] });
    assertEquals(look("/").asked, ["/"]);
  });

  await t.step("throws the same error as a failed start", () => {
    const nothing = { ...new World().system, isMissing: () => true };
    const error = assertThrows(() => refuseMissingCommand(nothing, { PATH: "/bin" }, ["terrafrom"]), ArarError);
    assertEquals(error.message, 'cannot run "terrafrom": not found on PATH');
  });

  for (
    const [what, program, env, os] of [
      ["no PATH, for which the C library has a default", "tf", {}],
      ["a folder that Deno expands", "tf", { PATH: "/bin:~/bin" }],
      ["a path of which Deno drops a part", "a/../tf", {}],
      ["a path of which Deno drops a part, further down", "./a/b/..", {}],
      ["a path that Deno expands", "~/tf", {}],
      ["a path of which Windows drops a part", "a\\..\\tf", {}, "windows"],
      ["a drive on Windows", "C:tf", { PATH: "C:\\bin", PATHEXT: ".EXE" }, "windows"],
      ["no PATHEXT on Windows", "tf", { PATH: "C:\\bin" }, "windows"],
      ["a quoted folder on Windows", "tf", { PATH: '"C:\\bin"', PATHEXT: ".EXE" }, "windows"],
    ] as const
  ) {
    await t.step(`does not decide about ${what}`, () => {
      assertEquals(look(program, { env, os: os ?? "linux" }), { refused: false, asked: [] });
    });
  }

  await t.step("tries every extension on Windows, also in the current folder", () => {
    const env = { PATH: "C:\\bin;;D:\\x", PATHEXT: ".COM;.CMD" };
    const { refused, asked } = look("tf", { os: "windows", env });
    assertEquals([refused, asked.slice(0, 6)], [
      true,
      [".\\tf", ".\\tf.COM", ".\\tf.CMD", "C:\\bin\\tf", "C:\\bin\\tf.COM", "C:\\bin\\tf.CMD"],
    ]);
    assertEquals(look("tf", { os: "windows", env, files: ["D:\\x\\tf.CMD"] }).refused, false);
    assertEquals(look("tf.cmd", { os: "windows", env, files: ["D:\\x\\tf.cmd"] }).refused, false);
  });

  await t.step("checks a path on Windows as it is, and as an .exe", () => {
    assertEquals(look("C:\\x\\tf", { os: "windows" }), { refused: true, asked: ["C:\\x\\tf", "C:\\x\\tf.exe"] });
    assertEquals(look("./tf", { os: "windows", files: ["./tf.exe"] }).refused, false);
  });

  await t.step("finds real files, even dangling links", async () => {
    const folder = await Deno.makeTempDir({ prefix: "arar-lookup-" });
    const env = { PATH: folder, PATHEXT: ".EXE" };
    assertThrows(() => refuseMissingCommand(real, env, ["tf"]), ArarError);
    if (Deno.build.os === "windows") await Deno.writeTextFile(`${folder}\\tf.exe`, "");
    else await Deno.symlink("nowhere", `${folder}/tf`);
    refuseMissingCommand(real, env, ["tf"]);
    await Deno.remove(folder, { recursive: true });
  });
});

const bytes = (text: string) => new TextEncoder().encode(text);
const LATIN1 = new Uint8Array([0x63, 0x61, 0x66, 0xe9]);
const told = (...words: Uint8Array[]) => ({ commandLine: () => [bytes("deno"), bytes("run"), ...words] });
const untold = { commandLine: () => undefined };

Deno.test("exactArguments()", async (t) => {
  await t.step("encodes valid UTF-8 without reading the command line", () => {
    const commandLine = () => {
      throw new Error("read");
    };
    assertEquals(exactArguments({ commandLine }, ["a", "", "größe\n\ufeff"]), [
      bytes("a"),
      bytes(""),
      bytes("größe\n\ufeff"),
    ]);
  });

  await t.step("recovers the bytes that Deno replaced", () => {
    assertEquals(exactArguments(told(bytes("cat"), LATIN1), ["cat", "caf\ufffd"]), [bytes("cat"), LATIN1]);
  });

  await t.step("refuses if the command line is unknown or does not match", () => {
    for (const system of [untold, told(bytes("dog"), LATIN1), { commandLine: () => [LATIN1] }]) {
      assertThrows(() => exactArguments(system, ["cat", "caf\ufffd"]), ArarError, "argument 1 of the command");
    }
  });
});

Deno.test("refuseLossyArguments()", async (t) => {
  await t.step("accepts a real U+FFFD, and a byte order mark, if the command line is known", () => {
    refuseLossyArguments(told(bytes("cat"), bytes("\ufeffcaf\ufffd")), ["cat", "\ufeffcaf\ufffd"]);
  });

  await t.step("refuses an argument that is not UTF-8", () => {
    const error = assertThrows(
      () => refuseLossyArguments(told(bytes("a"), bytes("\u001b"), LATIN1), ["a", "\u001b", "caf\ufffd"]),
      ArarError,
    );
    assertEquals(error.message, 'argument 2 of the command is not UTF-8 and would be changed to "caf\ufffd"');
  });

  await t.step("names the command itself", () => {
    assertThrows(() => refuseLossyArguments(untold, ["\ufffd"]), ArarError, "the command's name is not UTF-8");
  });
});

/**
 * Runs the install script against a server on this machine that stands in for the release page. Each case chooses what the
 * script finds on PATH, and writes to a folder of its own only.
 */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { findProgram, makeWorld, SCRIPT, type World } from "./install_world.ts";

const HAS_ZIP = ["zip", "unzip"].every((name) => findProgram(name));
const WINDOWS = Deno.build.os === "windows" ? ": needs a Unix shell" : "";

Deno.test({
  name: `install.sh${WINDOWS}`,
  ignore: WINDOWS !== "",
  fn: async (t) => {
    /** A case with a page, a PATH and a folder of its own. */
    const inWorld = (name: string, test: (world: World) => Promise<void>, within = t, ignore = false) =>
      within.step({
        name,
        ignore,
        fn: async () => {
          await using world = await makeWorld();
          await test(world);
        },
      });

    await inWorld("installs the latest version", async (world) => {
      const { code, stdout, stderr } = await world.install();
      assertEquals({ code, stderr }, { code: 0, stderr: "" });
      assertStringIncludes(stdout, `arar 1.2.3 is installed at ${world.target}\n`);
      assertMatch(stdout, /add .* to PATH/);
      assertEquals(await world.installed(), ["arar"]);
      assertEquals(await world.runInstalled(), "arar 1.2.3 (stand-in)\n");
      assertEquals(world.requests(), [
        "/latest/download/checksums.txt",
        "/download/v1.2.3/arar_1.2.3_linux_amd64.tar.gz",
      ]);
    });

    await inWorld("downloads the binary itself without the tools to unpack an archive", async (world) => {
      for (const tool of ["tar", "gzip"]) {
        assertEquals((await world.install({}, { [tool]: undefined })).code, 0);
        assertEquals(world.requests().at(-1), "/download/v1.2.3/arar_1.2.3_linux_amd64");
        await Deno.remove(world.target);
      }
    });

    await inWorld("downloads the binary itself from a release without archives", async (world) => {
      world.page.bare = true;
      assertEquals((await world.install()).code, 0);
      assertEquals(world.requests().at(-1), "/download/v1.2.3/arar_1.2.3_linux_amd64");
    });

    await inWorld("installs when it is piped into a shell", async (world) => {
      const { code, stderr } = await world.bash(`cat "${SCRIPT.pathname}" | sh`, {});
      assertEquals({ code, stderr }, { code: 0, stderr: "" });
      assertEquals(await world.installed(), ["arar"]);
    });

    await inWorld("does nothing if only half of it arrives through the pipe", async (world) => {
      const whole = await Deno.readTextFile(SCRIPT);
      await Deno.writeTextFile(`${world.folder}/half.sh`, whole.slice(0, whole.lastIndexOf("main")));
      const { stdout } = await world.bash("sh <half.sh", {});
      assertEquals([stdout, world.requests(), await world.temporary()], ["", [], []]);
    });

    await inWorld("installs the version of ARAR_VERSION", async (world) => {
      const { code } = await world.install({ ARAR_VERSION: "1.2.3", VERSION: "9.9.9" });
      assertEquals(code, 0);
      assertEquals(world.requests()[0], "/download/v1.2.3/checksums.txt");
    });

    await inWorld("leaves VERSION, which CI machines export, alone", async (world) => {
      const { code } = await world.install({ VERSION: "9.9.9" });
      assertEquals(code, 0);
      assertEquals(world.requests()[0], "/latest/download/checksums.txt");
    });

    await inWorld("installs the version of VERSION as a Dev Container Feature, whose option that is", async (world) => {
      const { code } = await world.install({ _REMOTE_USER: "vscode", VERSION: "1.2.3", ARAR_VERSION: "9.9.9" });
      assertEquals(code, 0);
      assertEquals(world.requests()[0], "/download/v1.2.3/checksums.txt");
    });

    await inWorld("replaces another version", async (world) => {
      await world.place("an older one");
      assertEquals((await world.install()).code, 0);
      assertEquals(await world.installed(), ["arar"]);
      assertEquals(await world.runInstalled(), "arar 1.2.3 (stand-in)\n");
    });

    await inWorld("does not download what is already there", async (world) => {
      await world.install();
      const { code, stdout } = await world.install();
      assertEquals(code, 0);
      assertStringIncludes(stdout, "is already at");
      assertEquals(world.requests().filter((path) => path.includes("linux")).length, 1);
    });

    await inWorld("installs into the home folder without root", async (world) => {
      const { code } = await world.install({ ARAR_INSTALL_DIR: "", HOME: world.folder }, { id: "echo 1000" });
      assertEquals(code, 0);
      assertEquals(
        (await Deno.stat(`${world.folder}/.local/bin/arar`)).isFile,
        true,
      );
    });

    for (
      const [uname, asset] of [
        ["Linux aarch64", "arar_1.2.3_linux_arm64.tar.gz"],
        ["Darwin arm64", "arar_1.2.3_darwin_arm64.tar.gz"],
        ["Darwin x86_64", "arar_1.2.3_darwin_amd64.tar.gz"],
        ["MINGW64_NT-10.0-20348 x86_64", "arar_1.2.3_windows_amd64.zip"],
        ["MINGW64_NT-10.0-26100-ARM64 x86_64", "arar_1.2.3_windows_arm64.zip"],
      ] as const
    ) {
      const windows = asset.endsWith(".zip");
      const lacking = windows && !HAS_ZIP ? ": no zip and unzip on PATH" : "";
      await inWorld(
        `chooses ${asset} on ${uname}${lacking}`,
        async (world) => {
          const { code } = await world.install({}, unameOf(uname));
          assertEquals(code, 0);
          assertEquals(world.requests().at(-1), `/download/v1.2.3/${asset}`);
          assertEquals(await world.installed(), [windows ? "arar.exe" : "arar"]);
        },
        t,
        lacking !== "",
      );
    }

    await inWorld("resolve prints the version it would install, and installs nothing", async (world) => {
      const { code, stdout } = await world.install({}, {}, ["resolve"]);
      assertEquals({ code, stdout }, { code: 0, stdout: "version=1.2.3\n" });
      assertEquals(await world.installed(), []);
    });

    for (const tool of ["curl", "wget"]) {
      await inWorld(`follows redirects with ${tool}`, async (world) => {
        const { origin } = world;
        world.page.redirect = origin;
        const { code, stderr } = await world.install({}, only(tool));
        assertEquals({ code, stderr }, { code: 0, stderr: "" });
        assertEquals(world.requests().length, 3);
        assertEquals(await world.installed(), ["arar"]);
      });
    }

    await inWorld("works with openssl if there is no other sha256 tool", async (world) => {
      const { code, stderr } = await world.install({}, { sha256sum: undefined, shasum: undefined });
      assertEquals({ code, stderr }, { code: 0, stderr: "" });
      assertEquals(await world.installed(), ["arar"]);
    });

    await t.step("refuses, and leaves nothing behind,", async (t) => {
      const refused = (
        name: string,
        message: RegExp,
        run: (world: World) => ReturnType<World["install"]>,
      ) =>
        inWorld(name, async (world) => {
          const { code, stdout, stderr } = await run(world);
          assertMatch(stderr, message);
          assertEquals({ code, stdout }, { code: 1, stdout: "" });
          assertEquals(await world.installed(), []);
          assertEquals(await world.temporary(), []);
        }, t);

      await refused(
        "a wrong checksum",
        /refused arar_1\.2\.3_linux_amd64: its sha256 is [0-9a-f]{64}, the release says 0{64}/,
        (world) => {
          world.page.checksum = "0".repeat(64);
          return world.install();
        },
      );
      for (const tool of ["curl", "wget"]) {
        await refused(
          `an interrupted download by ${tool}`,
          /cannot download http.*arar_1\.2\.3_linux_amd64/,
          (world) => {
            world.page.cutAt = 10;
            return world.install({}, only(tool));
          },
        );
        await refused(
          `a redirect to another protocol with ${tool}`,
          /(refused the redirect to https|Protocol "https" not supported or disabled)[^]*cannot download http/i,
          (world) => {
            world.page.redirect = "https://127.0.0.1:9";
            return world.install({}, only(tool));
          },
        );
      }
      await refused(
        "a redirect from https to http with wget",
        /^refused the redirect to http:\/\/mirror\.example\/arar\narar: cannot download https:\/\/github.com[^]*txt\n$/,
        (world) =>
          world.install({ ARAR_DOWNLOAD_URL: "" }, {
            curl: undefined,
            wget: `case $1 in --version) echo 'GNU Wget 1.21' ;; *)
              case $* in *http://*) echo asked >&2 ;; esac
              echo '  Location: http://mirror.example/arar' >&2; exit 8 ;; esac`,
          }),
      );
      await refused(
        "an archive with a wrong checksum",
        /refused arar_1\.2\.3_linux_amd64\.tar\.gz: .* says 0{64}/,
        (world) => {
          world.page.archiveChecksum = "0".repeat(64);
          return world.install();
        },
      );
      await refused("an archive of another binary", /refused arar_1\.2\.3_linux_amd64: its sha256 is/, (world) => {
        world.page.packed = "#!/bin/sh\necho 'arar 1.2.3 (another)'\n";
        return world.install();
      });
      await refused(
        "an archive that cannot be unpacked",
        /cannot unpack arar_1\.2\.3_linux_amd64\.tar\.gz/,
        (world) => world.install({}, { tar: "exit 2" }),
      );
      await refused(
        "a version that is not there",
        /cannot download .*\/v9\.9\.9\/checksums\.txt/,
        (world) => world.install({ ARAR_VERSION: "9.9.9" }),
      );
      await refused("a list without our binary", /cannot find one arar for linux_amd64, version latest/, (world) => {
        world.page.checksums = "";
        return world.install();
      });
      await refused("a list with two versions", /cannot find one arar/, (world) => {
        world.page.checksums = `${"0".repeat(64)}  arar_1.2.3_linux_amd64\n${"0".repeat(64)}  arar_1.2.4_linux_amd64\n`;
        return world.install();
      });
      await refused("a version in the list that is none", /cannot install version "\.\.\/x"/, (world) => {
        world.page.checksums = `${"0".repeat(64)}  arar_../x_linux_amd64\n`;
        return world.install();
      });
      await refused("a checksum that is none", /cannot read the checksum of arar_1\.2\.3_linux_amd64/, (world) => {
        world.page.checksum = "Z".repeat(64);
        return world.install({ ARAR_VERSION: "1.2.3" });
      });
      await refused("a binary that does not run", /refused .*: it does not run here as arar 1\.2\.3/, (world) => {
        world.page.binary = "#!/bin/sh\nexit 1\n";
        return world.install();
      });
      await refused("a binary of another version", /does not run here as arar 1\.2\.3/, (world) => {
        world.page.binary = "#!/bin/sh\necho 'arar 1.2.33 (stand-in)'\n";
        return world.install();
      });
      await refused(
        "an unknown architecture",
        /no binary for the architecture riscv64/,
        (world) => world.install({}, unameOf("Linux riscv64")),
      );
      await refused(
        "an unknown system",
        /no binary for FreeBSD/,
        (world) => world.install({}, unameOf("FreeBSD amd64")),
      );
      await refused(
        "musl",
        /need glibc.*Alpine[^]*hint: use an image with glibc/,
        (world) => world.install({}, { getconf: "exit 1", ldd: "echo 'musl libc (x86_64)' >&2; exit 1" }),
      );
      await refused(
        "to go without curl and wget",
        /neither curl nor GNU wget/,
        (world) => world.install({}, { curl: undefined, wget: undefined }),
      );
      await refused(
        "BusyBox's wget",
        /neither curl nor GNU wget/,
        (world) => world.install({}, { curl: undefined, wget: "echo 'BusyBox v1.36'" }),
      );
      await refused(
        "Wget2, which follows redirects even if told not to",
        /neither curl nor GNU wget 1/,
        (world) => world.install({}, { curl: undefined, wget: "echo 'GNU Wget2 2.2.0'" }),
      );
      await refused(
        "to go without a sha256 tool",
        /cannot verify a download/,
        (world) => world.install({}, { sha256sum: undefined, shasum: undefined, openssl: undefined }),
      );
      await refused(
        "a relative folder",
        /expected an absolute path/,
        (world) => world.install({ ARAR_INSTALL_DIR: "bin" }),
      );

      for (const version of ["v1.2.3", "1.2", "1.2.3.4", "1.2.3-rc1", "../1.2.3", "1.2.3\n", "1..3", ".1.2", "$(id)"]) {
        await refused(
          `the version ${JSON.stringify(version)}`,
          /cannot install version/,
          (world) => world.install({ ARAR_VERSION: version }),
        );
      }
      for (
        const url of [
          "https://127.0.0.1:1",
          "http://example.com",
          "http://127.0.0.1",
          "http://127.0.0.1:80@example.com",
          "http://127.0.0.1:80.example.com",
          "http://127.0.0.1:80/x",
          "http://localhost:80",
        ]
      ) {
        await refused(
          `the download page ${url}`,
          /cannot download from ARAR_DOWNLOAD_URL/,
          (world) => world.install({ ARAR_DOWNLOAD_URL: url }),
        );
      }
    });

    await inWorld("does not overwrite a folder", async (world) => {
      await Deno.mkdir(world.target, { recursive: true });
      const { code, stderr } = await world.install();
      assertEquals(code, 1);
      assertStringIncludes(stderr, "it is a folder");
    });

    await inWorld("leaves nothing behind when it is ended", async (world) => {
      world.page.hang = true;
      const { code } = await world.interrupt();
      assertEquals(code, 143);
      assertEquals(await world.installed(), []);
      assertEquals(await world.temporary(), []);
    });

    await inWorld("asks the true release page over https and nothing else", async (world) => {
      const { stderr } = await world.install({ ARAR_DOWNLOAD_URL: "" }, {
        curl: 'echo "curl $*" >&2; exit 7',
      });
      assertStringIncludes(stderr, "--proto =https --tlsv1.2 --connect-timeout 20 --retry 3 --output");
      assertStringIncludes(stderr, "https://github.com/ikedam/arar/releases/latest/download/checksums.txt");
    });
  },
});

/** The programs with one tool to download. */
function only(tool: string): Record<string, undefined> {
  return tool === "wget" ? { curl: undefined } : { wget: undefined };
}

/** `uname` as on another system: `-s` then `-m`. */
function unameOf(text: string): { readonly uname: string } {
  const [system, machine] = text.split(" ");
  return { uname: `case $1 in -s) echo ${system} ;; -m) echo ${machine} ;; esac` };
}

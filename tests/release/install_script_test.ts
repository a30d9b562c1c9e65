/**
 * Runs the install script against a local server that replaces the release page. Each case has a folder of its own, and
 * chooses the programs on PATH.
 */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { findProgram, makeWorld, type Page, type Programs, SCRIPT, type World } from "./install_world.ts";

const HAS_ZIP = ["zip", "unzip"].every((name) => findProgram(name));
const NO_ZSTD = findProgram("zstd") ? "" : ": no zstd on PATH";
/** Every machine has gzip. */
const GZIP = { zstd: undefined };
/** As on macOS and Windows. */
const BSDTAR = `case $1 in
  --version) echo 'bsdtar 3.7.7 - libarchive 3.7.7 zlib/1.3.1 libzstd/1.5.6' ;;
  *) PATH='${Deno.env.get("PATH")}' exec tar "$@" ;; esac`;

/** Which asset is downloaded with which programs. */
const ARCHIVES: readonly (readonly [name: string, asset: string, programs: Programs])[] = [
  ["with zstd", ".tar.zst", {}],
  ["with a tar that knows zstd", ".tar.zst", { ...GZIP, gzip: undefined, tar: BSDTAR }],
  ["without zstd", ".tar.gz", GZIP],
  ["without zstd and gzip", "", { ...GZIP, gzip: undefined }],
  ["without tar", "", { tar: undefined }],
];
const WINDOWS = Deno.build.os === "windows" ? ": needs a Unix shell" : "";

/** What is wrong with the release page, the environment or the programs on PATH. */
interface Spoilt {
  readonly page?: Partial<Page>;
  readonly env?: Record<string, string>;
  readonly programs?: Programs;
}

const ZEROS = "0".repeat(64);
const CURL = { wget: undefined };
const WGET = { curl: undefined };
const NO_FETCHER = "neither curl nor GNU wget 1";
const INTERRUPTED = /cannot download http.*arar_1\.2\.3_linux_amd64/;
const REDIRECTED =
  /(refused the redirect to https|Protocol "https" not supported or disabled)[^]*cannot download http/i;
const REDIRECTING_WGET = `case $1 in --version) echo 'GNU Wget 1.21' ;; *)
  case $* in *http://*) echo asked >&2 ;; esac
  echo '  Location: http://mirror.example/arar' >&2; exit 8 ;; esac`;

const NAME = "arar_1\\.2\\.3_linux_amd64";
const REFUSED: Readonly<Record<string, readonly [message: RegExp | string, spoilt: Spoilt]>> = {
  "a wrong checksum": [`refused ${NAME}: its sha256 is [0-9a-f]{64}, the release says 0{64}`, {
    page: { checksum: ZEROS },
  }],
  "a download that breaks off with curl": [INTERRUPTED, { page: { cutAt: 10 }, programs: CURL }],
  "a download that breaks off with wget": [INTERRUPTED, { page: { cutAt: 10 }, programs: WGET }],
  "a redirect to another protocol with curl": [REDIRECTED, {
    page: { redirect: "https://127.0.0.1:9" },
    programs: CURL,
  }],
  "a redirect to another protocol with wget": [REDIRECTED, {
    page: { redirect: "https://127.0.0.1:9" },
    programs: WGET,
  }],
  "a redirect from https to http with wget": [
    /^refused the redirect to http:\/\/mirror\.example\/arar\narar: cannot download https:\/\/github.com[^]*txt\n$/,
    { env: { ARAR_DOWNLOAD_URL: "" }, programs: { ...WGET, wget: REDIRECTING_WGET } },
  ],
  "an archive with a wrong checksum": [`refused ${NAME}\\.tar\\.\\w+: .* says 0{64}`, {
    page: { archiveChecksum: ZEROS },
  }],
  "an archive with another binary": [
    `refused ${NAME}: its sha256 is`,
    { page: { packed: "#!/bin/sh\necho 'arar 1.2.3 (another)'\n" } },
  ],
  "an archive that cannot be unpacked": [`cannot unpack ${NAME}\\.tar\\.\\w+`, { programs: { tar: "exit 2" } }],
  "an unknown version": [/cannot download .*\/v9\.9\.9\/checksums\.txt/, { env: { ARAR_VERSION: "9.9.9" } }],
  "a list without its binary": ["cannot find one arar for linux_amd64, version latest", { page: { checksums: "" } }],
  "a list with two versions": [
    "cannot find one arar",
    { page: { checksums: `${ZEROS}  arar_1.2.3_linux_amd64\n${ZEROS}  arar_1.2.4_linux_amd64\n` } },
  ],
  "a malformed version in the list": [
    /cannot install version "\.\.\/x"/,
    { page: { checksums: `${ZEROS}  arar_../x_linux_amd64\n` } },
  ],
  "a malformed checksum": [`cannot read the checksum of ${NAME}`, { page: { checksum: "Z".repeat(64) } }],
  "a binary that does not run": [/refused .*: it does not run here as arar 1\.2\.3/, {
    page: { binary: "#!/bin/sh\nexit 1\n" },
  }],
  "a binary of another version": [
    /does not run here as arar 1\.2\.3/,
    { page: { binary: "#!/bin/sh\necho 'arar 1.2.33 (stand-in)'\n" } },
  ],
  "an unknown architecture": ["no binary for the architecture riscv64", { programs: unameOf("Linux riscv64") }],
  "an unknown system": ["no binary for FreeBSD", { programs: unameOf("FreeBSD amd64") }],
  "musl": [
    /need glibc.*Alpine[^]*hint: use an image with glibc/,
    { programs: { getconf: "exit 1", ldd: "echo 'musl libc (x86_64)' >&2; exit 1" } },
  ],
  "a system without curl and wget": [NO_FETCHER, { programs: { ...CURL, ...WGET } }],
  "BusyBox's wget": [NO_FETCHER, { programs: { ...WGET, wget: "echo 'BusyBox v1.36'" } }],
  "Wget2, which follows redirects even if told not to": [
    NO_FETCHER,
    { programs: { ...WGET, wget: "echo 'GNU Wget2 2.2.0'" } },
  ],
  "a system without a sha256 tool": [
    "cannot verify a download",
    { programs: { sha256sum: undefined, shasum: undefined, openssl: undefined } },
  ],
  "a relative folder": ["expected an absolute path", { env: { ARAR_INSTALL_DIR: "bin" } }],
  ...Object.fromEntries(
    ["v1.2.3", "1.2", "1.2.3.4", "1.2.3-rc1", "../1.2.3", "1.2.3\n", "1..3", ".1.2", "$(id)"].map((
      version,
    ) => [`the version ${JSON.stringify(version)}`, ["cannot install version", { env: { ARAR_VERSION: version } }]]),
  ),
  ...Object.fromEntries(
    ["https://127.0.0.1:1", "http://127.0.0.1", "http://127.0.0.1:80@example.com", "http://127.0.0.1:80/x"].map((
      url,
    ) => [
      `the download page ${url}`,
      ["cannot download from ARAR_DOWNLOAD_URL", { env: { ARAR_DOWNLOAD_URL: url } }],
    ]),
  ),
};

const ASSETS = [
  ["Linux aarch64", "linux_arm64.tar.gz"],
  ["Darwin arm64", "darwin_arm64.tar.gz"],
  ["Darwin x86_64", "darwin_amd64.tar.gz"],
  ["MINGW64_NT-10.0-20348 x86_64", "windows_amd64.zip"],
  ["MINGW64_NT-10.0-26100-ARM64 x86_64", "windows_arm64.zip"],
] as const;

Deno.test({
  name: `install.sh${WINDOWS}`,
  ignore: WINDOWS !== "",
  fn: async (t) => {
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
      assertEquals(world.requests()[0], "/latest/download/checksums.txt");
      assertEquals(world.requests().length, 2);
    });

    for (const [name, asset, programs] of ARCHIVES) {
      const lacking = asset === ".tar.zst" ? NO_ZSTD : "";
      const test = async (world: World) => {
        const { code, stderr } = await world.install({}, programs);
        assertEquals({ code, stderr }, { code: 0, stderr: "" });
        assertEquals(world.requests().at(-1), `/download/v1.2.3/arar_1.2.3_linux_amd64${asset}`);
        assertEquals(await world.runInstalled(), "arar 1.2.3 (stand-in)\n");
      };
      await inWorld(`downloads ${asset || "the binary itself"} ${name}${lacking}`, test, t, lacking !== "");
    }

    await inWorld("downloads the binary itself from a release without archives", async (world) => {
      world.page.bare = true;
      assertEquals((await world.install()).code, 0);
      assertEquals(world.requests().at(-1), "/download/v1.2.3/arar_1.2.3_linux_amd64");
    });

    await inWorld("can be piped into a shell", async (world) => {
      const { code, stderr } = await world.bash(`cat "${SCRIPT.pathname}" | sh`, {});
      assertEquals({ code, stderr }, { code: 0, stderr: "" });
      assertEquals(await world.installed(), ["arar"]);
    });

    await inWorld("does nothing if the pipe breaks off halfway", async (world) => {
      const whole = await Deno.readTextFile(SCRIPT);
      await Deno.writeTextFile(`${world.folder}/half.sh`, whole.slice(0, whole.lastIndexOf("main")));
      const { stdout } = await world.bash("sh <half.sh", {});
      assertEquals([stdout, world.requests(), await world.temporary()], ["", [], []]);
    });

    const versions: readonly (readonly [name: string, env: Record<string, string>, folder: string])[] = [
      ["the version of ARAR_VERSION", { ARAR_VERSION: "1.2.3", VERSION: "9.9.9" }, "download/v1.2.3"],
      ["the latest version, whatever VERSION is, which CI machines set", { VERSION: "9.9.9" }, "latest/download"],
      [
        "the version of VERSION as a Dev Container Feature, whose option that is",
        { _REMOTE_USER: "vscode", VERSION: "1.2.3", ARAR_VERSION: "9.9.9" },
        "download/v1.2.3",
      ],
    ];
    for (const [name, env, folder] of versions) {
      await inWorld(`installs ${name}`, async (world) => {
        assertEquals((await world.install(env)).code, 0);
        assertEquals(world.requests()[0], `/${folder}/checksums.txt`);
      });
    }

    await inWorld("replaces another version", async (world) => {
      await world.place("an older one");
      assertEquals((await world.install()).code, 0);
      assertEquals(await world.installed(), ["arar"]);
      assertEquals(await world.runInstalled(), "arar 1.2.3 (stand-in)\n");
    });

    await inWorld("downloads nothing if the version is installed already", async (world) => {
      await world.install();
      const { code, stdout } = await world.install();
      assertEquals(code, 0);
      assertStringIncludes(stdout, "is already at");
      assertEquals(world.requests().filter((path) => path.includes("linux")).length, 1);
    });

    await inWorld("installs into the home folder without root", async (world) => {
      const { code } = await world.install({ ARAR_INSTALL_DIR: "", HOME: world.folder }, { id: "echo 1000" });
      assertEquals(code, 0);
      assertEquals((await Deno.stat(`${world.folder}/.local/bin/arar`)).isFile, true);
    });

    for (const [uname, asset] of ASSETS) {
      const windows = asset.endsWith(".zip");
      const lacking = windows && !HAS_ZIP ? ": no zip and unzip on PATH" : "";
      const test = async (world: World) => {
        assertEquals((await world.install({}, { ...GZIP, ...unameOf(uname) })).code, 0);
        assertEquals(world.requests().at(-1), `/download/v1.2.3/arar_1.2.3_${asset}`);
        assertEquals(await world.installed(), [windows ? "arar.exe" : "arar"]);
      };
      await inWorld(`chooses ${asset} on ${uname}${lacking}`, test, t, lacking !== "");
    }

    await inWorld("prints the version with resolve, and installs nothing", async (world) => {
      const { code, stdout } = await world.install({}, {}, ["resolve"]);
      assertEquals({ code, stdout }, { code: 0, stdout: "version=1.2.3\n" });
      assertEquals(await world.installed(), []);
    });

    for (const [tool, programs] of [["curl", CURL], ["wget", WGET]] as const) {
      await inWorld(`follows redirects with ${tool}`, async (world) => {
        world.page.redirect = world.origin;
        const { code, stderr } = await world.install({}, programs);
        assertEquals({ code, stderr }, { code: 0, stderr: "" });
        assertEquals(world.requests().length, 3);
        assertEquals(await world.installed(), ["arar"]);
      });
    }

    await inWorld("uses openssl if there is no other sha256 tool", async (world) => {
      const { code, stderr } = await world.install({}, { sha256sum: undefined, shasum: undefined });
      assertEquals({ code, stderr }, { code: 0, stderr: "" });
      assertEquals(await world.installed(), ["arar"]);
    });

    await t.step("refuses, and leaves nothing behind,", async (t) => {
      for (const [name, [message, { page, env, programs }]] of Object.entries(REFUSED)) {
        const test = async (world: World) => {
          Object.assign(world.page, page);
          const { code, stdout, stderr } = await world.install(env, programs);
          assertMatch(stderr, new RegExp(message));
          assertEquals({ code, stdout }, { code: 1, stdout: "" });
          assertEquals([await world.installed(), await world.temporary()], [[], []]);
        };
        await inWorld(name, test, t);
      }
    });

    for (const [name, programs] of [["zstd", {}], ["gzip", GZIP]] as const) {
      await inWorld(`does not follow a link in an archive, with ${name}`, async (world) => {
        const same = `${world.folder}/same`;
        await Deno.writeTextFile(same, world.page.binary, { mode: 0o600 });
        world.page.link = same;
        const { code, stderr } = await world.install({}, programs);
        assertEquals(code, 1);
        assertMatch(stderr, /refused arar_1\.2\.3_linux_amd64: its sha256 is/);
        assertEquals([await world.installed(), ((await Deno.stat(same)).mode ?? 0) & 0o777], [[], 0o600]);
      });
    }

    await inWorld("does not overwrite a folder", async (world) => {
      await Deno.mkdir(world.target, { recursive: true });
      const { code, stderr } = await world.install();
      assertEquals(code, 1);
      assertStringIncludes(stderr, "it is a folder");
    });

    await inWorld("leaves nothing behind if it is terminated", async (world) => {
      world.page.hang = true;
      const { code } = await world.interrupt();
      assertEquals(code, 143);
      assertEquals(await world.installed(), []);
      assertEquals(await world.temporary(), []);
    });

    await inWorld("requests the real release page, and only over https", async (world) => {
      const { stderr } = await world.install({ ARAR_DOWNLOAD_URL: "" }, { curl: 'echo "curl $*" >&2; exit 7' });
      assertStringIncludes(stderr, "--proto =https --tlsv1.2 --connect-timeout 20 --retry 3 --output");
      assertStringIncludes(stderr, "https://github.com/ikedam/arar/releases/latest/download/checksums.txt");
    });
  },
});

/** `uname` as on another system: `-s` then `-m`. */
function unameOf(text: string): { readonly uname: string } {
  const [system, machine] = text.split(" ");
  return { uname: `case $1 in -s) echo ${system} ;; -m) echo ${machine} ;; esac` };
}

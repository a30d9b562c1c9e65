/**
 * arar reads the shared files as botocore does: the same sections and values for every generated file that botocore
 * accepts. arar may accept what botocore refuses, such as repeated sections.
 *
 * The files have nothing in which arar follows the other SDKs: comments after values (unless quoted, in a command), spaces
 * before a name in brackets, indented headings below a setting, `[profile default]` besides `[default]`; nor names with a
 * space, which arar refuses.
 */
import { assertEquals, assertGreater } from "@std/assert";
import { readSharedFiles, type Section, type Sections, type SharedFiles } from "../../lib/profile/shared_files.ts";
import { ArarError } from "../../lib/errors.ts";
import { readRefreshProfile } from "../../lib/use/refresh_profile.ts";
import { files } from "../../lib/system/files.ts";
import { skipUnless } from "../process/job.ts";
import { HAS_BOTO3, PYTHON } from "../python.ts";
import { Random } from "./random.ts";

/** Reads `0/config`, `0/credentials`, `1/config` and so on; what is refused is null. */
const READ = `
import json, sys
from botocore.configloader import load_config, raw_config_parse
from botocore.exceptions import ConfigParseError

def values(section):
    flat = {}
    for key, value in section.items():
        flat[key] = "" if isinstance(value, dict) else value
        if isinstance(value, dict):
            flat.update({f"{key}.{inner.lower()}": text for inner, text in value.items()})
    return flat

def sections(found):
    return {name: values(section) for name, section in found.items()}

def read(folder):
    try:
        config = load_config(f"{folder}/config")
        kinds = {kind: sections(config[kind]) for kind in ("profiles", "services")}
        kinds["ssoSessions"] = sections(config["sso_sessions"])
        return {**kinds, "credentials": sections(raw_config_parse(f"{folder}/credentials"))}
    except ConfigParseError:
        return None

print(json.dumps([read(folder) for folder in range(int(sys.argv[1]))]))
`;

type Values = Readonly<Record<string, Readonly<Record<string, string>>>>;

interface Found {
  readonly profiles: Values;
  readonly services: Values;
  readonly ssoSessions: Values;
  readonly credentials: Values;
}

const COUNT = 600;
const SEED = 20_260_101;

Deno.test({
  name: "readSharedFiles() finds what botocore finds",
  ignore: skipUnless(HAS_BOTO3, "no botocore for python3"),
  fn: async () => {
    const folder = await Deno.makeTempDir({ prefix: "arar-files-" });
    const random = new Random(SEED);
    const texts = Array.from({ length: COUNT }, () => [fileText(random, "config"), fileText(random, "credentials")]);
    for (const [index, [config = "", credentials = ""]] of texts.entries()) {
      await Deno.mkdir(`${folder}/${index}`);
      await Deno.writeTextFile(`${folder}/${index}/config`, config);
      await Deno.writeTextFile(`${folder}/${index}/credentials`, credentials);
    }
    const theirs = await botocore(folder);
    const taken = theirs.flatMap((found, index) => found ? [{ found, index }] : []);
    const ours = taken.map(({ index }) => arar(`${folder}/${index}`));
    for (const [at, { found, index }] of taken.entries()) {
      assertEquals(ours[at], found, `config ${JSON.stringify(texts[index])}`);
    }
    // Otherwise the generator would make only invalid files, or none.
    assertGreater(taken.length, COUNT / 3);
    assertGreater(COUNT - taken.length, COUNT / 10);
    // The config file of `--refresh` says the same, but for the credentials in [DEFAULT].
    const kept = taken.filter(({ index }) => !texts[index]?.[0]?.includes("[DEFAULT]"));
    for (const { index } of kept) {
      await Deno.writeTextFile(`${folder}/${index}/config`, await refreshed(texts[index]?.[0]));
    }
    const again = await botocore(folder);
    for (const { found, index } of kept) {
      const { "arar-refresh": own, ...profiles } = again[index]?.profiles ?? {};
      assertEquals([profiles, own !== undefined], [found.profiles, true], `config ${JSON.stringify(texts[index])}`);
    }
    await Deno.remove(folder, { recursive: true });
  },
});

async function refreshed(config = ""): Promise<string> {
  const system = {
    os: "linux" as const,
    readTextFile: (path: string) => Promise.resolve(path === "c" ? config : "[default]\naws_access_key_id = x\n"),
  };
  const files = { config: "c", credentials: "s", home: undefined, boto: [] };
  return (await readRefreshProfile(system, files, false)).config ?? "";
}

async function botocore(folder: string): Promise<readonly (Found | null)[]> {
  const { stdout } = await new Deno.Command(PYTHON, {
    args: ["-c", READ, `${COUNT}`],
    cwd: folder,
    env: { PYTHONUTF8: "1" },
    stderr: "inherit",
  }).output();
  return JSON.parse(new TextDecoder().decode(stdout));
}

function arar(folder: string): Found | string {
  const env = { AWS_CONFIG_FILE: `${folder}/config`, AWS_SHARED_CREDENTIALS_FILE: `${folder}/credentials` };
  try {
    return found(readSharedFiles({ ...files, homeFolder: () => undefined }, env));
  } catch (error) {
    if (error instanceof ArarError) return error.message;
    throw error;
  }
}

function found({ profiles, services, ssoSessions, config, credentials }: SharedFiles): Found {
  const ofFile = (kind: "config" | "credentials", headed: (name: string) => boolean) =>
    Object.fromEntries([...profiles].filter(([name]) => headed(name)).map(([name, one]) => [name, values(one[kind])]));
  // Without profiles that are only in the credentials file.
  const inConfig = (name: string) => profiles.get(name)?.from.endsWith(config.shown) ?? false;
  return {
    profiles: ofFile("config", inConfig),
    services: all(services),
    ssoSessions: all(ssoSessions),
    credentials: ofFile("credentials", (name) => credentials.headings.includes(name)),
  };
}

function all(sections: Sections) {
  return Object.fromEntries([...sections.keys()].map((name) => [name, values(sections.get(name) ?? new Map())]));
}

function values(section: Section) {
  return Object.fromEntries([...section].map(([key, { value }]) => [key, value]));
}

const CONFIG_HEADINGS = [
  ...["[profile a]", "[profile  b]", "[profile\tc ]", '[profile "d d"]', "[profile 'e' ]", "[profile f\\ f]"],
  ...['[profile "g"g]', "[profile h!#;h]", "[profile i]# comment", "[profile j] ; comment", "[profile k] text"],
  ...[
    "[profile l l]",
    '[profile "m]',
    "[n]",
    "[preview]",
    "[profileo]",
    '[profile "p\\"\\p"]',
    "[profile constructor]",
  ],
  ...["[default]", "[DEFAULT]", "[services a]", '[services "b b"]', "[sso-session  a]", "[profile q]r]", "[plugins]"],
] as const;
const CREDENTIALS_HEADINGS = [
  "[a]",
  "[b b]",
  '["c"]',
  "[default]",
  "[DEFAULT]",
  "[profile d]",
  "[e]#",
  "[f] text",
] as const;
const NAMES = ["region", "Region", "role_arn", "s3", "sts", "credential_process", "toString", "é"] as const;
const VALUES = ["1", "a b", "a=b", "a : b", "[x]", "a#b;c", '"q"', "'", "é\\", "", "", "%(region)s", "$HOME"] as const;

const COMMANDS = [
  ...VALUES,
  `a "b # c" 'd ; e'`,
  `"a \\" # b"`,
  `a 'b # c`,
  `a\\ # b`,
  `a "b\\\\" '#;' \\`,
] as const;

/** A few sections, rarely repeated, sometimes with a mistake. */
function fileText(random: Random, kind: "config" | "credentials"): string {
  const headings = kind === "config" ? CONFIG_HEADINGS : CREDENTIALS_HEADINGS;
  const used = new Set<string>();
  const sections = random.some(4, () => random.pick(headings)).filter((heading) => {
    const isNew = !used.has(heading) || random.chance(0.1);
    used.add(heading);
    return isNew;
  });
  const lines = [
    ...random.some(2, () => blank(random)),
    ...random.chance(0.02) ? ["lost = 1"] : [],
    ...sections.flatMap((heading) => [heading, ...body(random)]),
  ];
  const end = random.pick(["\n", "\r\n", "\r"]);
  return lines.join(end) + (random.chance(0.8) ? end : "");
}

function body(random: Random): readonly string[] {
  const names = new Set(random.some(4, () => random.pick(NAMES).toLowerCase()));
  const indent = random.pick(["", "", "", " ", "\t"]);
  return [...names].flatMap((name) => [
    ...random.some(1, () => blank(random)),
    ...random.chance(0.02) ? [random.pick(["garbage", "= 1", "[profile z", "[]"])] : [],
    ...setting(random, indent, random.chance(0.2) ? name.toUpperCase() : name),
  ]);
}

function setting(random: Random, indent: string, name: string): readonly string[] {
  const sign = random.pick(["=", " = ", " =\t", "= ", ":", " : "]);
  const value = random.pick(/^credential_process$/i.test(name) ? COMMANDS : VALUES);
  const below = random.chance(0.3) ? random.some(3, () => `${indent}  ${deeper(random, value === "")}`) : [];
  return [
    `${indent}${name}${sign}${value}${random.pick(["", " "])}`,
    ...below.flatMap((line) => [line, ...random.some(1, () => blank(random))]),
  ];
}

/** A line below a value, or below an empty one, where every line must be a setting. */
function deeper(random: Random, isNested: boolean): string {
  const odd = random.pick(["--flag", "x:y", "é"]);
  if (!isNested) return random.chance(0.5) ? odd : random.pick(["a = b # c", "[ -f a ] && b", "; d"]);
  const name = random.pick(["Endpoint_URL", "max", "a.b"]);
  return random.chance(0.97) ? `${name} =${random.pick(["1", " a=b", " é"])}` : odd;
}

function blank(random: Random): string {
  return random.pick(["", "", "  ", "\t", "# comment = 1", "  ; [comment]", "#"]);
}

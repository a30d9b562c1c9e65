/**
 * Replaces `@std/testing/snapshot` if JSR cannot be reached, for snapshots of texts. The files have the same format.
 */
import { assertEquals, AssertionError } from "./std_assert.ts";

export interface SnapshotOptions {
  serializer: (actual: string) => string;
}

/** The snapshots of one test file. */
interface Snapshots {
  readonly wanted: Readonly<Record<string, string>>;
  /** In the order in which they were compared. */
  readonly seen: Map<string, string>;
}

const files = new Map<string, Promise<Snapshots>>();
const isUpdate = Deno.args.some((word) => word === "--update" || word === "-u");

/** Compares a text with the one in `__snapshots__`, or writes it there if `-- --update` is given. */
export async function assertSnapshot(
  t: Deno.TestContext,
  actual: string,
  { serializer }: SnapshotOptions,
): Promise<void> {
  const { pathname } = new URL(t.origin);
  const url = new URL(`__snapshots__/${pathname.slice(pathname.lastIndexOf("/") + 1)}.snap`, t.origin);
  const { wanted, seen } = await (files.get(url.href) ?? open(url));
  const [name, text] = [`${nameOf(t)} 1`, serializer(actual)];
  if (seen.has(name)) throw new AssertionError(`The stand-in supports one snapshot per case: ${name}`);
  seen.set(name, text);
  if (isUpdate) return;
  const expected = wanted[name];
  if (expected === undefined) throw new AssertionError(`Missing snapshot: ${name}`);
  assertEquals(text, expected.includes("\n") ? expected.slice(1, -1) : expected, "Snapshot does not match");
}

function open(url: URL): Promise<Snapshots> {
  const seen = new Map<string, string>();
  const opened = isUpdate
    ? Promise.resolve({ wanted: {}, seen })
    : import(url.href).then(({ snapshot }): Snapshots => ({ wanted: snapshot, seen }));
  if (isUpdate) globalThis.addEventListener("unload", () => write(url, seen));
  files.set(url.href, opened);
  return opened;
}

function write(url: URL, seen: ReadonlyMap<string, string>): void {
  const entries = [...seen].map(([name, text]) =>
    `\nsnapshot[\`${escape(name)}\`] = \`${escape(text.includes("\n") ? `\n${text}\n` : text)}\`;`
  );
  Deno.mkdirSync(new URL(".", url), { recursive: true });
  Deno.writeTextFileSync(url, ["export const snapshot = {};", ...entries, ""].join("\n"));
}

function escape(text: string): string {
  return text.replace(/[\\`$]/g, "\\$&");
}

function nameOf({ name, parent }: Deno.TestContext): string {
  return parent ? `${nameOf(parent)} > ${name}` : name;
}

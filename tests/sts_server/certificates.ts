/**
 * Throw-away certificates for TLS tests, made by `openssl` in a temporary folder.
 */
import type { ServerTls } from "./http.ts";

/** A certificate authority and what it has signed. */
export interface Certificates extends AsyncDisposable {
  /** The file to name in `AWS_CA_BUNDLE`. */
  readonly caFile: string;
  /** Valid for `localhost` and `127.0.0.1`. */
  readonly valid: ServerTls;
  /** Valid only for another host. */
  readonly wrongHost: ServerTls;
  readonly expired: ServerTls;
}

/** How one certificate differs from the next. */
interface Request {
  readonly name: string;
  readonly altNames: string;
  /** `YYMMDDHHMMSSZ` */
  readonly start: string;
  readonly end: string;
}

/** `openssl ca` is the one command of old and new versions, and of LibreSSL, that sets both dates. */
const CONFIG = `
[ca]
default_ca = here
[here]
dir = .
database = index.txt
new_certs_dir = .
certificate = ca.pem
private_key = ca.key
default_md = sha256
policy = any
rand_serial = yes
unique_subject = no
[any]
commonName = supplied
[req]
distinguished_name = name
x509_extensions = authority
prompt = no
[name]
commonName = arar test CA
[authority]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
`;
/** The last one is the far end of the bench's link. */
const HERE = "DNS:localhost,IP:127.0.0.1,IP:10.97.0.2";
const NEW_KEY = [
  ...["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"],
  ...["-nodes", "-config", "ca.cnf"],
];

/** Undefined if there is no `openssl`, so that a test can skip and say so. */
export async function makeCertificates(): Promise<Certificates | undefined> {
  if (!await hasOpenssl()) return undefined;
  const folder = await Deno.makeTempDir({ prefix: "arar_tls_" });
  await Deno.writeTextFile(`${folder}/ca.cnf`, CONFIG);
  await Deno.writeTextFile(`${folder}/index.txt`, "");
  await openssl(folder, [
    ...["req", "-x509", ...NEW_KEY, "-days", "2"],
    ...["-keyout", "ca.key", "-out", "ca.pem"],
  ]);
  const now = Date.now();
  const soon = { start: stamp(now - DAY), end: stamp(now + DAY) };
  const past = { start: "200101000000Z", end: "200102000000Z" };
  const elsewhere = "DNS:sts.example.com";
  return {
    caFile: `${folder}/ca.pem`,
    valid: await issue(folder, { name: "valid", altNames: HERE, ...soon }),
    wrongHost: await issue(folder, {
      name: "wrong_host",
      altNames: elsewhere,
      ...soon,
    }),
    expired: await issue(folder, { name: "expired", altNames: HERE, ...past }),
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

const DAY = 86_400_000;

async function issue(folder: string, request: Request): Promise<ServerTls> {
  const { name, altNames, start, end } = request;
  await Deno.writeTextFile(
    `${folder}/${name}.ext`,
    `subjectAltName = ${altNames}\nextendedKeyUsage = serverAuth\n`,
  );
  await openssl(folder, [
    ...["req", ...NEW_KEY, "-subj", `/CN=${name}`],
    ...["-keyout", `${name}.key`, "-out", `${name}.csr`],
  ]);
  await openssl(folder, [
    ...["ca", "-batch", "-notext", "-config", "ca.cnf"],
    ...["-startdate", start, "-enddate", end, "-extfile", `${name}.ext`],
    ...["-in", `${name}.csr`, "-out", `${name}.pem`],
  ]);
  return {
    cert: await Deno.readTextFile(`${folder}/${name}.pem`),
    key: await Deno.readTextFile(`${folder}/${name}.key`),
  };
}

async function hasOpenssl(): Promise<boolean> {
  try {
    await openssl(".", ["version"]);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

async function openssl(folder: string, args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command("openssl", {
    args,
    cwd: folder,
  }).output();
  if (!success) {
    const said = new TextDecoder().decode(stderr);
    throw new Error(`openssl ${args.join(" ")} failed: ${said}`);
  }
}

function stamp(time: number): string {
  return new Date(time).toISOString().replace(/[-:T]|\.\d{3}/g, "").slice(2);
}

/**
 * One request and its answer over a connection: HTTP/1.1, strict and bounded. https://www.rfc-editor.org/rfc/rfc9112
 *
 * Our own, since Deno's `fetch` costs a round trip (see `network.ts`), and loading `node:http` takes longer than all of arar.
 */

import type { Connection } from "../system/network.ts";
import { ConnectionError, failureKind } from "./connection_error.ts";

/** A request. No header has a character that cannot be sent. */
export interface HttpRequest {
  readonly method: string;
  readonly url: URL;
  /** Without `host` and `content-length`. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** A whole answer. */
export interface Answer {
  readonly status: number;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array<ArrayBuffer>;
}

/** Of status line and headers together, in bytes. */
const MOST_HEAD = 64 * 1024;

/** Sends the request and reads the answer. The connection can serve another one only if `isReusable`. */
export async function exchange(
  connection: Pick<Connection, "read" | "write">,
  request: HttpRequest,
  mostBytes: number,
): Promise<{ readonly answer: Answer; readonly isReusable: boolean }> {
  await send(connection, request);
  const input = new Input(connection, request.url.host);
  let head = await readHead(input);
  while (head.status < 200) head = await readHead(input);
  const { status, headers, version } = head;
  const { body, isDelimited } = await readBody(input, head, mostBytes);
  const isReusable = isDelimited && input.isEmpty && version === "1" && !/\bclose\b/i.test(headers.connection ?? "");
  return { answer: { status, headers, body }, isReusable };
}

async function send(connection: Pick<Connection, "write">, { method, url, headers, body }: HttpRequest): Promise<void> {
  const lines = [
    `${method} ${url.pathname}${url.search} HTTP/1.1`,
    `host: ${url.host}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    ...method === "GET" ? [] : [`content-length: ${body.length}`],
  ];
  const head = Uint8Array.from(`${lines.join("\r\n")}\r\n\r\n`, (character) => character.charCodeAt(0));
  // In one piece: a short request is one packet.
  const bytes = joined(head, body);
  try {
    for (let sent = 0; sent < bytes.length;) sent += await connection.write(bytes.subarray(sent));
  } catch (error) {
    throw new ConnectionError(failureKind(error), url.host);
  }
}

interface Head {
  readonly version: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
}

async function readHead(input: Input): Promise<Head> {
  const [first = "", ...lines] = (await input.until("\r\n\r\n", MOST_HEAD)).split("\r\n");
  const [, version, status] = /^HTTP\/1\.([01]) ([1-5]\d\d)(?: [^\r\n\0]*)?$/.exec(first) ?? [];
  // Nothing asks for another protocol (101).
  if (version === undefined || status === undefined || status === "101") throw input.malformed();
  const headers: Record<string, string> = Object.create(null);
  for (const line of lines) {
    const [, name, value = ""] = /^([!#$%&'*+.^_`|~\w-]+):[ \t]*([^\r\n\0]*?)[ \t]*$/.exec(line) ?? [];
    if (name === undefined) throw input.malformed();
    const key = name.toLowerCase();
    headers[key] = key in headers ? `${headers[key]}, ${value}` : value;
  }
  return { version, status: Number(status), headers };
}

interface Body {
  readonly body: Uint8Array<ArrayBuffer>;
  /** Whether it ends by itself, not with the connection. */
  readonly isDelimited: boolean;
}

/** https://www.rfc-editor.org/rfc/rfc9112#section-6.3 */
async function readBody(input: Input, { status, headers }: Head, most: number): Promise<Body> {
  if (status === 204 || status === 304) return { body: new Uint8Array(), isDelimited: true };
  // Nothing but plain bytes was asked for.
  if (!/^(identity)?$/i.test(headers["content-encoding"] ?? "")) throw input.malformed();
  const { "transfer-encoding": transfer, "content-length": length } = headers;
  if (transfer !== undefined) {
    // With both, two programs may disagree where the answer ends.
    if (transfer.toLowerCase() !== "chunked" || length !== undefined) throw input.malformed();
    return { body: await readChunks(input, most), isDelimited: true };
  }
  if (length === undefined) return { body: await input.rest(most), isDelimited: false };
  if (!/^\d+$/.test(length)) throw input.malformed();
  if (Number(length) > most) throw input.tooLong();
  return { body: await input.bytes(Number(length)), isDelimited: true };
}

async function readChunks(input: Input, most: number): Promise<Uint8Array<ArrayBuffer>> {
  let body = new Uint8Array(16 * 1024);
  let length = 0;
  for (;;) {
    const size = parseInt(/^[\da-f]{1,8}(?=[ \t]*(;|$))/i.exec(await input.until("\r\n", 1024))?.[0] ?? "", 16);
    if (Number.isNaN(size)) throw input.malformed();
    if (size === 0) break;
    if (length + size > most) throw input.tooLong();
    if (length + size > body.length) body = joined(body, new Uint8Array(Math.max(body.length, size)));
    body.set(await input.bytes(size), length);
    length += size;
    if (await input.until("\r\n", 0) !== "") throw input.malformed();
  }
  // The trailers, which nothing reads.
  for (let left = MOST_HEAD;;) {
    const line = await input.until("\r\n", left);
    if (line === "") break;
    left -= line.length + 2;
  }
  return body.slice(0, length);
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(first.length + second.length);
  whole.set(first);
  whole.set(second, first.length);
  return whole;
}

/** What a connection sends, read piece by piece. */
class Input {
  #ahead = new Uint8Array();
  #hasBegun = false;

  constructor(readonly connection: Pick<Connection, "read">, readonly host: string) {}

  /** Whether everything received has been read. */
  get isEmpty(): boolean {
    return this.#ahead.length === 0;
  }

  /** The text before the mark, which is read too. */
  async until(mark: string, most: number): Promise<string> {
    for (;;) {
      const text = new TextDecoder("latin1").decode(this.#ahead.subarray(0, Math.max(0, most) + mark.length));
      const end = text.indexOf(mark);
      if (end !== -1) {
        this.#take(end + mark.length);
        return text.slice(0, end);
      }
      if (text.length >= most + mark.length) throw this.tooLong();
      await this.#more();
    }
  }

  async bytes(count: number): Promise<Uint8Array<ArrayBuffer>> {
    while (this.#ahead.length < count) await this.#more();
    return this.#take(count);
  }

  /** Everything up to the end of the connection. */
  async rest(most: number): Promise<Uint8Array<ArrayBuffer>> {
    while (await this.#read()) {
      if (this.#ahead.length > most) throw this.tooLong();
    }
    return this.#take(this.#ahead.length);
  }

  malformed(): ConnectionError {
    return new ConnectionError("malformed", this.host);
  }

  tooLong(): ConnectionError {
    return new ConnectionError("too-long", this.host);
  }

  #take(count: number): Uint8Array<ArrayBuffer> {
    const taken = this.#ahead.slice(0, count);
    this.#ahead = this.#ahead.subarray(count);
    return taken;
  }

  async #more(): Promise<void> {
    if (!await this.#read()) throw new ConnectionError(this.#hasBegun ? "closed" : "unanswered", this.host);
  }

  async #read(): Promise<boolean> {
    const chunk = new Uint8Array(16 * 1024);
    const count = await this.connection.read(chunk).catch((error) => {
      const kind = failureKind(error);
      throw new ConnectionError(kind === "unanswered" && this.#hasBegun ? "closed" : kind, this.host);
    });
    this.#ahead = joined(this.#ahead, chunk.subarray(0, count ?? 0));
    this.#hasBegun ||= count !== null;
    return count !== null;
  }
}

/**
 * Sends answers, damaged on the wire according to a fault.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import type { AnswerFault, BodyFault, Fault } from "./faults.ts";

/** A complete HTTP answer. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A reset discards what the client has not read yet, so this is the time it has to read. */
const READ_MS = 20;

export function send(
  fault: Fault | undefined,
  answer: Answer,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  switch (fault?.kind) {
    case "hang":
      return;
    case "reset":
      reset(request.socket);
      return;
    case "hangMidBody":
      return sendHalf(answer, response, () => {});
    case "resetMidBody":
      return sendHalf(answer, response, () => setTimeout(() => reset(request.socket), READ_MS));
    case "halfBody":
      return sendHalf(answer, response, () => request.socket.destroy());
    default:
      return sendWhole(spoil(fault, answer), response);
  }
}

function spoil(fault: AnswerFault | BodyFault | undefined, answer: Answer): Answer {
  switch (fault?.kind) {
    case undefined:
    case "throttle":
    case "error":
      return answer;
    case "html":
      return html(fault.status);
    case "redirect":
      return { status: fault.status, headers: { ...answer.headers, location: fault.location }, body: "" };
    case "contentType":
      return { ...answer, headers: { ...answer.headers, "content-type": fault.contentType } };
    case "truncated":
    case "notXml":
    case "entities":
    case "hugeText":
    case "missing":
    case "expiredCredentials":
      return { ...answer, body: spoilBody(fault, answer) };
    default:
      return fault satisfies never;
  }
}

function spoilBody(fault: BodyFault, { body, headers }: Answer): string {
  switch (fault.kind) {
    case "truncated":
      return body.slice(0, Math.floor(body.length / 2));
    case "notXml":
      return "this is not XML: {";
    case "entities":
      return `${ENTITIES}${body.replace("<ResponseMetadata>", "<Lol>&f;</Lol>$&")}`;
    case "hugeText":
      return body.replace("<ResponseMetadata>", `<Padding>${"x".repeat(fault.bytes)}</Padding>$&`);
    case "missing":
      return fault.elements.reduce(
        (xml, name) => xml.replace(new RegExp(`\\s*<${name}>.*?</${name}>`, "s"), ""),
        body,
      );
    case "expiredCredentials":
      return body.replace(
        /<Expiration>.*<\/Expiration>/,
        `<Expiration>${hourBefore(headers["date"] ?? "")}</Expiration>`,
      );
    default:
      return fault satisfies never;
  }
}

/** Each entity is ten of the one before: https://en.wikipedia.org/wiki/Billion_laughs_attack */
const ENTITIES = `<?xml version="1.0"?>\n<!DOCTYPE lolz [<!ENTITY a "${"lol".repeat(1000)}">${
  ["b", "c", "d", "e", "f"].map((name, index) => `<!ENTITY ${name} "${`&${"abcde".charAt(index)};`.repeat(10)}">`).join(
    "",
  )
}]>\n`;

function hourBefore(date: string): string {
  return new Date(Date.parse(date) - 3_600_000).toISOString();
}

/** A TLS socket cannot be reset; closing it is as sudden for the client. */
function reset(socket: Socket): void {
  if (socket instanceof TLSSocket) socket.destroy();
  else socket.resetAndDestroy();
}

function sendWhole(answer: Answer, response: ServerResponse): void {
  writeHead(answer, response);
  response.end(answer.body);
}

/** Sends half of the promised bytes; `then` runs once the system has them. */
function sendHalf(answer: Answer, response: ServerResponse, then: () => void): void {
  writeHead(answer, response);
  response.write(answer.body.slice(0, Math.floor(answer.body.length / 2)), then);
}

function writeHead({ status, headers, body }: Answer, response: ServerResponse): void {
  response.writeHead(status, { ...headers, "content-length": new TextEncoder().encode(body).length });
}

function html(status: number): Answer {
  return {
    status,
    headers: { "content-type": "text/html" },
    body: `<html><head><title>${status}</title></head><body><h1>${status}</h1></body></html>\n`,
  };
}

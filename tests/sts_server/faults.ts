/**
 * Owns what can go wrong on request: each fault, who gets it, and how it looks on the wire.
 * Must not know the actions; it is handed the right answer and spoils it.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { type RecordedRequest, StsFailure } from "./model.ts";

/** One way in which an answer goes wrong. */
export type Fault =
  /** HTTP 400 `Throttling`, as STS throttles. */
  | { readonly kind: "throttle" }
  /** Any STS error. */
  | {
    readonly kind: "error";
    readonly code: string;
    readonly message: string;
    readonly status: number;
  }
  /** A page for people, as load balancers send it. */
  | { readonly kind: "html"; readonly status: number }
  /** Takes the request, never answers. */
  | { readonly kind: "hang" }
  /** Sends headers and half of the body, never the rest. */
  | { readonly kind: "hangMidBody" }
  /** TCP reset before the answer. */
  | { readonly kind: "reset" }
  /** TCP reset after half of the body. */
  | { readonly kind: "resetMidBody" }
  /** The connection is closed in good order after half of the promised bytes. */
  | { readonly kind: "halfBody" }
  /** A complete HTTP answer with half of the XML. */
  | { readonly kind: "truncated" }
  | { readonly kind: "notXml" }
  /** Entities that would grow to gigabytes where a parser expands them. */
  | { readonly kind: "entities" }
  /** The right answer with so many bytes of text in one more element. */
  | { readonly kind: "hugeText"; readonly bytes: number }
  | { readonly kind: "contentType"; readonly contentType: string }
  /** The right answer without these elements. */
  | { readonly kind: "missing"; readonly elements: readonly string[] }
  /** Credentials that ran out an hour ago, by the server's clock. */
  | { readonly kind: "expiredCredentials" }
  | {
    readonly kind: "redirect";
    readonly status: 301 | 302 | 303 | 307 | 308;
    readonly location: string;
  };

/** How many requests came before this one. */
export interface Turn {
  readonly total: number;
  readonly caller: number;
}

/** A queue, one for each request in order (`undefined`: none), or a function that decides. */
export type Faults =
  | readonly (Fault | undefined)[]
  | ((request: RecordedRequest, turn: Turn) => Fault | undefined);

/** A complete HTTP answer. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The same fault for the first requests of each caller. */
export function firstOfEachCaller(count: number, fault: Fault): Faults {
  return (_request, turn) => turn.caller < count ? fault : undefined;
}

/** The same fault for every request. */
export function always(fault: Fault): Faults {
  return () => fault;
}

/** The same fault for every request of an action. */
export function onAction(action: string, fault: Fault): Faults {
  return (request) => request.action === action ? fault : undefined;
}

/** Decides whose turn it is. */
export class FaultPlan {
  #faults: Faults;
  #total = 0;
  readonly #perCaller = new Map<string, number>();

  constructor(faults: Faults) {
    this.#faults = faults;
  }

  /** Replaces the plan; counting starts anew. */
  replace(faults: Faults): void {
    this.#faults = faults;
    this.#total = 0;
    this.#perCaller.clear();
  }

  next(request: RecordedRequest): Fault | undefined {
    const key = request.accessKeyId ?? "";
    const turn = { total: this.#total, caller: this.#perCaller.get(key) ?? 0 };
    this.#total += 1;
    this.#perCaller.set(key, turn.caller + 1);
    return typeof this.#faults === "function"
      ? this.#faults(request, turn)
      : this.#faults[turn.total];
  }
}

/** The STS error that takes the answer's place, for the faults that are one. */
export function faultFailure(fault: Fault | undefined): StsFailure | undefined {
  if (fault?.kind === "throttle") {
    return new StsFailure("Throttling", "Rate exceeded", 400);
  }
  if (fault?.kind === "error") {
    return new StsFailure(fault.code, fault.message, fault.status);
  }
  return undefined;
}

/** Sends the answer, spoilt. */
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
      request.socket.resetAndDestroy();
      return;
    case "hangMidBody":
      return sendHalf(answer, response, () => {});
    case "resetMidBody":
      return sendHalf(answer, response, () => request.socket.resetAndDestroy());
    case "halfBody":
      return sendHalf(answer, response, () => request.socket.destroy());
    default:
      return sendWhole(spoil(fault, answer), response);
  }
}

type SpoiltFault = Exclude<
  Fault,
  {
    kind: "hang" | "hangMidBody" | "reset" | "resetMidBody" | "halfBody";
  }
>;

function spoil(fault: SpoiltFault | undefined, answer: Answer): Answer {
  switch (fault?.kind) {
    case undefined:
    case "throttle":
    case "error":
      return answer;
    case "html":
      return html(fault.status);
    case "redirect":
      return {
        status: fault.status,
        headers: { ...answer.headers, location: fault.location },
        body: "",
      };
    case "contentType":
      return {
        ...answer,
        headers: { ...answer.headers, "content-type": fault.contentType },
      };
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

function spoilBody(
  fault: Extract<
    SpoiltFault,
    {
      kind:
        | "truncated"
        | "notXml"
        | "entities"
        | "hugeText"
        | "missing"
        | "expiredCredentials";
    }
  >,
  { body, headers }: Answer,
): string {
  switch (fault.kind) {
    case "truncated":
      return body.slice(0, Math.floor(body.length / 2));
    case "notXml":
      return "this is not XML: {";
    case "entities":
      return `${ENTITIES}${
        body.replace("<ResponseMetadata>", "<Lol>&f;</Lol>$&")
      }`;
    case "hugeText":
      return body.replace(
        "<ResponseMetadata>",
        `<Padding>${"x".repeat(fault.bytes)}</Padding>$&`,
      );
    case "missing":
      return fault.elements.reduce(
        (xml, name) =>
          xml.replace(new RegExp(`\\s*<${name}>.*?</${name}>`, "s"), ""),
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

/** Each entity holds ten of the one before: "billion laughs", https://en.wikipedia.org/wiki/Billion_laughs_attack */
const ENTITIES = `<?xml version="1.0"?>\n<!DOCTYPE lolz [<!ENTITY a "${
  "lol".repeat(1000)
}">${
  ["b", "c", "d", "e", "f"].map((name, index) =>
    `<!ENTITY ${name} "${`&${"abcde".charAt(index)};`.repeat(10)}">`
  ).join("")
}]>\n`;

function hourBefore(date: string): string {
  return new Date(Date.parse(date) - 3_600_000).toISOString();
}

function sendWhole(answer: Answer, response: ServerResponse): void {
  response.writeHead(answer.status, {
    ...answer.headers,
    "content-length": byteLength(answer.body),
  });
  response.end(answer.body);
}

/** The promise is kept by half: `then` runs once that half has been handed to the system. */
function sendHalf(
  answer: Answer,
  response: ServerResponse,
  then: () => void,
): void {
  response.writeHead(answer.status, {
    ...answer.headers,
    "content-length": byteLength(answer.body),
  });
  const half = answer.body.slice(0, Math.floor(answer.body.length / 2));
  response.write(half, then);
}

function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}

function html(status: number): Answer {
  return {
    status,
    headers: { "content-type": "text/html" },
    body:
      `<html><head><title>${status}</title></head><body><h1>${status}</h1></body></html>\n`,
  };
}

/**
 * The faults of the server, and which request gets which.
 */
import { type RecordedRequest, StsFailure } from "./model.ts";

export type Fault = AnswerFault | BodyFault | ConnectionFault;

/** Another answer. */
export type AnswerFault =
  /** HTTP 400 `Throttling`. */
  | { readonly kind: "throttle" }
  /** Any STS error. */
  | { readonly kind: "error"; readonly code: string; readonly message: string; readonly status: number }
  /** A load balancer's page. */
  | { readonly kind: "html"; readonly status: number }
  | { readonly kind: "contentType"; readonly contentType: string }
  | { readonly kind: "redirect"; readonly status: 301 | 302 | 303 | 307 | 308; readonly location: string };

/** The right answer with a damaged body. */
export type BodyFault =
  /** A complete HTTP answer with half of the XML. */
  | { readonly kind: "truncated" }
  | { readonly kind: "notXml" }
  /** Entities that a parser would expand to 300 MB. */
  | { readonly kind: "entities" }
  /** One more element with this much text. */
  | { readonly kind: "hugeText"; readonly bytes: number }
  /** Without these elements. */
  | { readonly kind: "missing"; readonly elements: readonly string[] }
  /** Credentials that expired an hour ago, by the server's clock. */
  | { readonly kind: "expiredCredentials" };

/** A connection that fails. */
export type ConnectionFault =
  /** Never answers. */
  | { readonly kind: "hang" }
  /** Sends half of the body, never the rest. */
  | { readonly kind: "hangMidBody" }
  /** TCP reset before the answer. */
  | { readonly kind: "reset" }
  /** TCP reset after half of the body. */
  | { readonly kind: "resetMidBody" }
  /** Closed normally after half of the body. */
  | { readonly kind: "halfBody" };

/** How many requests came before this one. */
export interface Turn {
  readonly total: number;
  readonly caller: number;
}

/** One for each request in order (`undefined`: none), or a function that decides. */
export type Faults =
  | readonly (Fault | undefined)[]
  | ((request: RecordedRequest, turn: Turn) => Fault | undefined);

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

export class FaultPlan {
  #faults: Faults;
  #total = 0;
  readonly #perCaller = new Map<string, number>();

  constructor(faults: Faults) {
    this.#faults = faults;
  }

  /** Replaces the faults and starts counting again. */
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
    return typeof this.#faults === "function" ? this.#faults(request, turn) : this.#faults[turn.total];
  }
}

/** The STS error that replaces the answer, for faults that are one. */
export function faultFailure(fault: Fault | undefined): StsFailure | undefined {
  if (fault?.kind === "throttle") return new StsFailure("Throttling", "Rate exceeded", 400);
  if (fault?.kind === "error") return new StsFailure(fault.code, fault.message, fault.status);
  return undefined;
}

/**
 * The XML of the query protocol: answers and errors in the shapes of the real STS.
 */
import type { StsFailure } from "./model.ts";

/** An element's content; an undefined one is left out. */
export type XmlValue = string | number | XmlRecord | undefined;
/** Elements by name, in order. */
export interface XmlRecord {
  readonly [name: string]: XmlValue;
}

const NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/";

export function renderResult(action: string, result: XmlRecord, requestId: string): string {
  return document(`${action}Response`, {
    [`${action}Result`]: result,
    ResponseMetadata: { RequestId: requestId },
  });
}

export function renderFailure(failure: StsFailure, requestId: string): string {
  return document("ErrorResponse", {
    Error: {
      Type: failure.status < 500 ? "Sender" : "Receiver",
      Code: failure.code,
      Message: failure.message,
    },
    RequestId: requestId,
  });
}

function document(name: string, content: XmlRecord): string {
  return `<${name} xmlns="${NAMESPACE}">\n${elements(content, "  ")}</${name}>\n`;
}

function elements(record: XmlRecord, indent: string): string {
  return Object.entries(record).map(([name, value]) => {
    if (value === undefined) return "";
    const content = typeof value === "object"
      ? `\n${elements(value, `${indent}  `)}${indent}`
      : escapeXml(String(value));
    return `${indent}<${name}>${content}</${name}>\n`;
  }).join("");
}

function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

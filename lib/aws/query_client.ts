/**
 * Makes calls of AWS's query protocol with the SDK's serializer, signer, retries and deserializer.
 *
 * The SDK's client runs a dozen middlewares for each call. Most of them do nothing for STS, and together they took longer than
 * the rest of arar.
 */

import { AwsSdkSigV4Signer } from "@aws-sdk/core/httpAuthSchemes";
import { AwsQueryProtocol } from "@aws-sdk/core/protocols";
import { Sha256 } from "@smithy/core/checksum";
import { parseUrl } from "@smithy/core/protocols";
import { resolveRetryConfig, retryMiddleware } from "@smithy/core/retry";
import { operation } from "@smithy/core/schema";
import { fromBase64, fromUtf8, toBase64, toUtf8 } from "@smithy/core/serde";
import { SignatureV4 } from "@smithy/signature-v4";
import type { Credentials } from "./credentials.ts";
import type { SdkHandler, SdkResponse } from "./http.ts";

export interface QueryService {
  readonly protocol: ConstructorParameters<typeof AwsQueryProtocol>[0];
  /** The name used in signatures. */
  readonly name: string;
  readonly endpoint: () => Promise<ServiceEndpoint>;
  readonly handler: SdkHandler;
  readonly signal: AbortSignal;
  readonly retries: { readonly maxAttempts: number; readonly retryMode: string };
  readonly userAgent: string;
  /** Marks errors that are worth another attempt but final to the SDK. */
  readonly markTransient: (error: unknown) => unknown;
}

/** The URL of a service, and the region to sign for. */
export interface ServiceEndpoint {
  readonly url: URL;
  readonly signingRegion: string;
}

/** The SDK's schema of an operation. */
export type Operation = readonly [unknown, ...Parameters<typeof operation>];

type Answer = Awaited<ReturnType<AwsQueryProtocol["deserializeResponse"]>>;

/** Makes a call, signed if credentials are given. Rejects with the SDK's errors and the handler's. */
export type Call = <Output extends Answer>(
  operation: Operation,
  input: object,
  credentials?: Credentials,
) => Promise<Output>;

/** The key under which the SDK's retries look for the signal. */
const SMITHY_CONTEXT = "__smithy_context";

const SERDE = {
  base64Encoder: toBase64,
  base64Decoder: fromBase64,
  utf8Encoder: toUtf8,
  utf8Decoder: fromUtf8,
  streamCollector: () => Promise.reject(new TypeError("no body is a stream")),
};

/** The calls of a service. They share a retry quota and, with the same credentials, what is known about its clock. */
export function queryClient(service: QueryService): Call {
  const { handler, signal } = service;
  const protocol = new AwsQueryProtocol(service.protocol);
  const retry = retryMiddleware(resolveRetryConfig({ ...service.retries }));
  const sign = signerOf(service.name);
  return async <Output extends Answer>([, ...schema]: Operation, input: object, credentials?: Credentials) => {
    const { url, signingRegion } = await service.endpoint();
    const endpoint = parseUrl(url);
    const context = { ...SERDE, endpoint: () => Promise.resolve(endpoint), [SMITHY_CONTEXT]: { abortSignal: signal } };
    const called = operation(...schema);
    const request = await protocol.serializeRequest(called, input, context);
    request.headers.host = url.host;
    request.headers["user-agent"] = service.userAgent;
    const send: Send<Output> = async (prepared) => {
      const { response } = await handler.handle(prepared, { abortSignal: signal });
      try {
        return { response, output: await protocol.deserializeResponse<Output>(called, context, response) };
      } catch (error) {
        throw withResponse(error, response);
      }
    };
    const attempt = async () => {
      try {
        return await (credentials ? sign(request, credentials, signingRegion, send) : send(request));
      } catch (error) {
        throw service.markTransient(error);
      }
    };
    return (await retry(attempt, context)({ input, request })).output;
  };
}

type Request = Awaited<ReturnType<AwsQueryProtocol["serializeRequest"]>>;

type Send<Output> = (request: Request) => Promise<{ readonly response: SdkResponse; readonly output: Output }>;

/** Signs by this machine's clock, and by the server's after its first answer. */
function signerOf(service: string) {
  const scheme = new AwsSdkSigV4Signer();
  const configs = new Map<Credentials, { systemClockOffset: number; readonly signer: () => Promise<SignatureV4> }>();
  return async <Output>(request: Request, credentials: Credentials, region: string, send: Send<Output>) => {
    const signer = new SignatureV4({ credentials, region, service, sha256: Sha256 });
    const config = configs.get(credentials) ?? { systemClockOffset: 0, signer: () => Promise.resolve(signer) };
    configs.set(credentials, config);
    const properties = { config, context: {}, signingRegion: region, signingName: service };
    const answer = await send(await scheme.sign(request, credentials, properties)).catch(
      scheme.errorHandler(properties),
    );
    scheme.successHandler(answer.response, properties);
    return answer;
  };
}

/** The SDK's retries and clock read an error's response, and its status if the body was not XML. */
function withResponse(error: unknown, response: SdkResponse): unknown {
  if (!(error instanceof Error)) return error;
  Object.defineProperty(error, "$response", { value: response });
  return "$metadata" in error ? error : Object.assign(error, { $metadata: { httpStatusCode: response.statusCode } });
}

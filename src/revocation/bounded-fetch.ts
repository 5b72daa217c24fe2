import { concatBytes } from "../bytes.ts";

export type Fetch = typeof globalThis.fetch;

export interface BoundedRequest {
  readonly fetch: Fetch;
  readonly url: string;
  readonly method: "GET" | "POST";
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array<ArrayBuffer>;
  /** Accepted media types, lower case, without parameters. */
  readonly contentTypes: readonly string[];
  readonly maximumBytes: number;
  readonly signal: AbortSignal;
  /** Of the state that is known already: then there may be no body. */
  readonly known?: Validators;
}

export type FetchFailure = "deadline" | "network" | "redirect" | "http_status" | "content_type" | "too_large";

/** What says at the next request which state of the resource is known already (RFC 9110 13.1). */
export type Validators = Readonly<Partial<Record<"if-none-match" | "if-modified-since", string>>>;

export type StreamedAnswer =
  | { readonly ok: true; readonly modified: true; readonly validators: Validators }
  /** It is what the request's validators name. */
  | { readonly ok: true; readonly modified: false }
  | BoundedFailure;

interface BoundedFailure {
  readonly ok: false;
  readonly failure: FetchFailure;
  readonly at: string;
}

export type BoundedAnswer =
  | { readonly ok: true; readonly body: Uint8Array<ArrayBuffer> }
  | BoundedFailure;

const failed = (failure: FetchFailure, at: string): BoundedFailure => ({ ok: false, failure, at });

/**
 * One HTTP exchange with a party that is not trusted: no redirect is followed, no content coding is
 * undone, and reading stops at `maximumBytes` or when `signal` fires, whatever the other side sends.
 */
export async function fetchBounded(request: BoundedRequest): Promise<BoundedAnswer> {
  const chunks: Uint8Array[] = [];
  const answer = await streamBounded(request, (chunk) => chunks.push(chunk) > 0);
  return answer.ok ? { ok: true, body: concatBytes(...chunks) } : answer;
}

/** As {@link fetchBounded}, for a body that is not kept: `take` says whether more of it is wanted. */
export async function streamBounded(request: BoundedRequest, take: (chunk: Uint8Array) => boolean): Promise<StreamedAnswer> {
  try {
    const response = await request.fetch(request.url, {
      method: request.method,
      headers: { ...request.headers, ...request.known, "accept-encoding": "identity" },
      redirect: "manual",
      credentials: "omit",
      cache: "no-store",
      signal: request.signal,
      ...(request.body === undefined ? {} : { body: request.body }),
    });
    if (response.status === 304 && Object.keys(request.known ?? {}).length > 0) return { ok: true, modified: false };
    const refusal = refusalOfHead(response, request);
    if (refusal === null) return await readBounded(response, request.maximumBytes, take);
    await response.body?.cancel();
    return refusal;
  } catch (error) {
    if (request.signal.aborted) return failed("deadline", "no complete answer in time");
    return failed("network", error instanceof Error ? error.name : "fetch");
  }
}

function refusalOfHead(response: Response, request: BoundedRequest): BoundedFailure | null {
  if (response.type === "opaqueredirect" || (response.status >= 300 && response.status < 400)) {
    return failed("redirect", `HTTP ${response.status}`);
  }
  if (response.status !== 200) return failed("http_status", `HTTP ${response.status}`);
  const mediaType = (response.headers.get("content-type") ?? "").split(";", 1).join("").trim().toLowerCase();
  if (!request.contentTypes.includes(mediaType)) return failed("content_type", "content-type");
  // A coding nobody asked for could unfold a small body into a huge one.
  const coding = response.headers.get("content-encoding") ?? "identity";
  if (coding !== "identity") return failed("content_type", "content-encoding");
  const announced = Number(response.headers.get("content-length") ?? "0");
  return announced > request.maximumBytes ? failed("too_large", "content-length") : null;
}

async function readBounded(response: Response, maximumBytes: number, take: (chunk: Uint8Array) => boolean): Promise<StreamedAnswer> {
  const whole = { ok: true, modified: true, validators: validatorsOf(response.headers) } as const;
  if (response.body === null) return whole;
  let length = 0;
  for await (const chunk of response.body) {
    length += chunk.length;
    // Leaving the loop cancels the stream and closes the connection.
    if (length > maximumBytes) return failed("too_large", "body");
    if (!take(chunk)) break;
  }
  return whole;
}

function validatorsOf(headers: Headers): Validators {
  const [etag, modified] = [headers.get("etag"), headers.get("last-modified")];
  return { ...(etag !== null && { "if-none-match": etag }), ...(modified !== null && { "if-modified-since": modified }) };
}

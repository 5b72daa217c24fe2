import { Agent, type IncomingMessage, request as send, type ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";
import type { Send } from "../headless/http-browser.ts";

/** A request as it came in: nothing of it is interpreted. */
export interface WireRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: Uint8Array;
}

export interface WireAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: Uint8Array;
}

/** Hands a request on to the bridge, under the name by which the relying party called. */
export type Forward = (request: WireRequest) => Promise<WireAnswer>;

/** Of one connection only: not to be handed on. */
const hopByHop = ["connection", "keep-alive", "transfer-encoding", "content-length"];

/** What hands requests on to a loopback port. `close` ends its connections. */
export function forwardTo(port: number): { readonly forward: Forward; close(): void } {
  const agent = new Agent({ keepAlive: true });
  const forward: Forward = ({ method, url, headers, body }) =>
    new Promise((resolve, reject) => {
      const outgoing = { ...withoutHopByHop(headers), ...(body.length > 0 && { "content-length": String(body.length) }) };
      const request = send({ host: "127.0.0.1", port, method, path: url, headers: outgoing, agent, setHost: false }, (answer) => {
        buffer(answer).then((bytes) => resolve({ status: answer.statusCode ?? 502, headers: withoutHopByHop(answer.headers), body: bytes }), reject);
      });
      request.once("error", reject);
      request.end(body);
    });
  return { forward, close: () => agent.destroy() };
}

function withoutHopByHop<Headers extends WireRequest["headers"]>(headers: Headers): Headers {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !hopByHop.includes(name))) as Headers;
}

export async function readRequest(request: IncomingMessage): Promise<WireRequest> {
  return { method: request.method ?? "GET", url: request.url ?? "/", headers: request.headers, body: await buffer(request) };
}

export function writeAnswer(response: ServerResponse, { status, headers, body }: WireAnswer): void {
  for (const [name, value] of Object.entries(headers)) if (value !== undefined) response.setHeader(name, value);
  response.writeHead(status).end(body);
}

/** A browser's way straight to the bridge, past whatever stands in front of it. */
export function sendBy(forward: Forward): Send {
  return async (url, init) => {
    const { host, pathname, search } = new URL(url);
    const request = new Request(url, init);
    const headers = { ...Object.fromEntries(request.headers), host };
    const { status, headers: answered, body } = await forward({ method: request.method, url: `${pathname}${search}`, headers, body: new Uint8Array(await request.arrayBuffer()) });
    const list = Object.entries(answered).flatMap(([name, value]) => [value].flat().flatMap((one): [string, string][] => (one === undefined ? [] : [[name, String(one)]])));
    return new Response(status === 204 || status === 304 ? null : Uint8Array.from(body), { status, headers: list });
  };
}

/** A body in JSON, in place of what was answered. */
export function withJson(answer: WireAnswer, value: unknown): WireAnswer {
  return { ...answer, headers: { ...answer.headers, "content-type": "application/json; charset=utf-8" }, body: Buffer.from(JSON.stringify(value)) };
}

/** The members of a body in JSON; none where it is something else. */
export function membersOf({ body }: WireAnswer): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(Buffer.from(body).toString());
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** An answer that the simulator makes up itself. */
export function madeUp(status: number, value: unknown, headers: WireAnswer["headers"] = {}): WireAnswer {
  return withJson({ status, headers: { "cache-control": "no-store", ...headers }, body: new Uint8Array() }, value);
}

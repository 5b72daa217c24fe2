import { createServer, type Server } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import { decodeJwt } from "jose";
import type { Clock } from "../../clock.ts";
import type { Answer } from "../headless/http-browser.ts";
import type { Endpoint, Fault, FaultTools, OtherEndpoint } from "./faults/fault.ts";
import type { Order, Orders } from "./orders.ts";
import type { Sessions } from "./sessions.ts";
import type { SignIn, SignInLog } from "./sign-in-log.ts";
import type { Signer } from "./signer.ts";
import type { Visitors } from "./visitor.ts";
import { type Forward, madeUp, membersOf, readRequest, type WireAnswer, type WireRequest, withJson, writeAnswer } from "./wire.ts";

export interface FrontPorts {
  readonly issuer: string;
  readonly clock: Clock;
  readonly forward: Forward;
  readonly orders: Orders;
  readonly log: SignInLog;
  readonly sessions: Sessions;
  readonly visitors: Visitors;
  readonly signer: Signer;
}

const endpointAt: Readonly<Record<string, OtherEndpoint>> = {
  "/.well-known/openid-configuration": "discovery",
  "/.well-known/oauth-authorization-server": "discovery",
  "/jwks": "jwks",
  "/par": "par",
  "/introspect": "introspection",
  "/revoke": "revocation",
};

/** What relying parties and browsers call in the bridge's place: everything is handed on, and faults are made on the way. */
export function createFront(ports: FrontPorts): Server {
  return createServer((request, response) => {
    readRequest(request)
      .then((read) => answer(ports, read))
      .then((made) => (made === null ? request.socket.destroy() : writeAnswer(response, made)))
      .catch((error: unknown) => writeAnswer(response, madeUp(500, { error: "simulator_failed", error_description: String(error) })));
  });
}

/** Null closes the connection. */
async function answer(ports: FrontPorts, request: WireRequest): Promise<WireAnswer | null> {
  const { pathname } = new URL(request.url, ports.issuer);
  if (pathname === "/authorize" && (request.method === "GET" || request.method === "POST")) return authorize(ports, request);
  if (pathname.startsWith("/authorize/")) return resume(ports, request, pathname.slice("/authorize/".length));
  if (pathname === "/token" && request.method === "POST") return token(ports, request);
  if (pathname === "/userinfo") return withFault(ports, ports.log.find(accessTokenOf(request)), "userinfo", () => ports.forward(request));
  if (pathname === "/sign-out") return (await ports.sessions.signOut(request)) ?? ports.forward(request);
  const endpoint = endpointAt[pathname];
  return endpoint === undefined ? ports.forward(request) : other(ports, request, endpoint);
}

/** The person goes through the pages in no time, and comes back with what the bridge answers. */
async function authorize(ports: FrontPorts, request: WireRequest): Promise<WireAnswer | null> {
  const parameters = request.method === "POST" ? formOf(request) : new URL(request.url, ports.issuer).searchParams;
  const clientId = parameters.get("client_id");
  const order = ports.orders.forSignIn(clientId);
  const signIn = ports.log.begin(order, clientId, ports.clock());
  if (order.interactive) return begin(ports, request, signIn);
  return apply(ports, signIn.order, signIn, "authorize", async () => {
    const person = await ports.visitors.send(order);
    if (clientId !== null) ports.sessions.remember(clientId, person);
    return reachedBy(ports, signIn, await ports.visitors.walk(person, `${ports.issuer}/authorize?${parameters}`, order));
  });
}

/** With pages: the interaction is known again by its id when the browser comes back from them. */
async function begin({ forward, log }: FrontPorts, request: WireRequest, signIn: SignIn): Promise<WireAnswer> {
  const answered = await forward(request);
  log.remember(/\/interaction\/(?<uid>[^/?]+)/u.exec(String(answered.headers["location"]))?.groups?.["uid"], signIn);
  return answered;
}

async function resume(ports: FrontPorts, request: WireRequest, uid: string): Promise<WireAnswer | null> {
  const signIn = ports.log.find(uid);
  if (signIn === null) return ports.forward(request);
  const answered = await ports.forward(request);
  const location = String(answered.headers["location"]);
  const next = /\/interaction\/(?<uid>[^/?]+)/u.exec(location)?.groups?.["uid"];
  if (next !== undefined) {
    ports.log.remember(next, signIn);
    return answered;
  }
  return apply(ports, signIn.order, signIn, "authorize", async () => noted(ports, signIn, answered));
}

function reachedBy(ports: FrontPorts, signIn: SignIn, { status, headers, text }: Answer): WireAnswer {
  const shown = ["location", "content-type", "cache-control"].flatMap((name) => (headers.has(name) ? [[name, headers.get(name) ?? ""]] : []));
  return noted(ports, signIn, { status, headers: Object.fromEntries(shown) as WireAnswer["headers"], body: Buffer.from(text) });
}

/** Notes what the bridge answered, in the open or in a signed response (JARM), and which code belongs to this sign-in. */
function noted({ log }: FrontPorts, signIn: SignIn, answered: WireAnswer): WireAnswer {
  const location = String(answered.headers["location"]);
  const parameters = URL.canParse(location) ? new URL(location).searchParams : new URLSearchParams();
  const signed = parameters.get("response");
  const { error, code } = signed === null ? Object.fromEntries(parameters) : decodeJwt(signed);
  signIn.record.outcome = typeof error === "string" ? error : code === undefined ? "page" : "code";
  log.remember(code, signIn);
  return answered;
}

async function token(ports: FrontPorts, request: WireRequest): Promise<WireAnswer | null> {
  const form = formOf(request);
  const isRefresh = form.get("grant_type") === "refresh_token";
  const signIn = ports.log.find(isRefresh ? form.get("refresh_token") : form.get("code"));
  return withFault(ports, signIn, isRefresh ? "refresh" : "token", async () => {
    const answered = await ports.forward(request);
    const { access_token: accessToken, refresh_token: refreshToken, id_token: idToken } = membersOf(answered);
    ports.sessions.rememberIdToken(idToken);
    if (signIn !== null) for (const handle of [accessToken, refreshToken]) ports.log.remember(handle, signIn);
    return answered;
  });
}

async function other(ports: FrontPorts, request: WireRequest, endpoint: OtherEndpoint): Promise<WireAnswer | null> {
  const order = ports.orders.forRequest(endpoint);
  const ask = async (): Promise<WireAnswer> => (endpoint === "jwks" ? withNewKeys(ports, await ports.forward(request)) : ports.forward(request));
  return order === null ? ask() : apply(ports, order, null, endpoint, ask);
}

function withNewKeys({ signer }: FrontPorts, answered: WireAnswer): WireAnswer {
  const { keys } = membersOf(answered);
  return signer.newKeys.length === 0 || !Array.isArray(keys) ? answered : withJson(answered, { keys: [...(keys as unknown[]), ...signer.newKeys] });
}

/** The fault of a sign-in shows once: a relying party that tries again finds the bridge well. */
function withFault(ports: FrontPorts, signIn: SignIn | null, endpoint: Endpoint, ask: () => Promise<WireAnswer>): Promise<WireAnswer | null> {
  return signIn === null || signIn.record.fault_shown ? ask() : apply(ports, signIn.order, signIn, endpoint, ask);
}

async function apply(ports: FrontPorts, order: Order, signIn: SignIn | null, endpoint: Endpoint, ask: () => Promise<WireAnswer>): Promise<WireAnswer | null> {
  const { fault } = order;
  if (fault === null || fault.at !== endpoint) return ask();
  if (signIn !== null) signIn.record.fault_shown = true;
  return made(fault, toolsFor(ports, order), ask);
}

async function made(fault: Fault, tools: FaultTools, ask: () => Promise<WireAnswer>): Promise<WireAnswer | null> {
  if ("instead" in fault) return fault.instead(tools);
  if ("tamper" in fault) return fault.tamper(await ask(), tools);
  await fault.before(tools);
  return ask();
}

function toolsFor({ issuer, clock, signer, visitors }: FrontPorts, order: Order): FaultTools {
  return {
    issuer, signer,
    now: clock(),
    revokeCertificate: () => visitors.revoke(order.persona),
    wait: () => pause(order.delayMs),
  };
}

const formOf = ({ body }: WireRequest): URLSearchParams => new URLSearchParams(Buffer.from(body).toString());

/** From the header, or from the form (RFC 6750 2). */
function accessTokenOf(request: WireRequest): string | null {
  const { authorization } = request.headers;
  return typeof authorization === "string" ? (authorization.split(" ")[1] ?? null) : formOf(request).get("access_token");
}


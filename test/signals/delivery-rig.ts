import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { issuerKeys, verifyLogoutToken, verifySecurityEventToken } from "@jpki-bridge/client-sdk/rp";
import { decodeJwt, exportJWK, generateKeyPair } from "jose";
import { asIdentifier, type ClientId, type Subject } from "../../src/identifiers.ts";
import type { LifecycleEvent } from "../../src/people/index.ts";
import { createEventSigner } from "../../src/provider/event-signing.ts";
import type { EventMessage } from "../../src/signals/outbox.ts";
import { type Storage, toDate } from "../../src/storage/index.ts";
import { afterTest } from "../storage/temporary.ts";

export const issuer = "https://bridge.example";
export const at = 1_800_000_000;
export const party = asIdentifier<ClientId>("party");
export const subject = asIdentifier<Subject>("subject-at-party");

async function keyOf(alg: "ES256" | "RS256") {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  const common = { kid: alg, alg, use: "sig" };
  return { own: { ...(await exportJWK(privateKey)), ...common }, published: { ...(await exportJWK(publicKey)), ...common } };
}
const keys = [await keyOf("ES256"), await keyOf("RS256")];
export const sign = await createEventSigner(keys.map(({ own }) => own));
/** The key set as a receiver fetches it. */
const published = issuerKeys(`${issuer}/jwks`, { fetch: async () => Response.json({ keys: keys.map((key) => key.published) }) });

/** What the SDK says of a token, as the receiver `party` would ask it: each with a memory of its own. */
export const checks = (now = at) => {
  const used = new Set<string>();
  return { issuer, audience: party as string, keys: published, now: () => now, remember: (id: string) => !used.has(id) && used.add(id) !== undefined };
};
export const asEvent = (token: string, now = at) => verifySecurityEventToken(token, checks(now));
export const asLogout = (token: string, now = at) => verifyLogoutToken(token, checks(now));

export interface Delivered {
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly token: string;
  readonly jti: string;
}

/** Answers with a status, and a body where it says why; `hang` answers never. */
export type Answer = number | { readonly status: number; readonly body: string; readonly location?: string } | "hang";

/** A receiver that answers as it is told and remembers what came. */
export async function startReceiver(answer: (delivered: Delivered, before: number) => Answer | Promise<Answer> = () => 202, onPort = 0) {
  const seen: Delivered[] = [];
  const server = createServer((request, response) => {
    void (async () => {
      let body = "";
      for await (const chunk of request) body += String(chunk);
      const token = new URLSearchParams(body).get("logout_token") ?? body;
      const delivered = { path: request.url ?? "", headers: request.headers, token, jti: String(decodeJwt(token).jti) };
      const said = await answer(delivered, seen.length);
      seen.push(delivered);
      if (said === "hang") return;
      if (typeof said === "number") response.writeHead(said).end();
      else response.writeHead(said.status, { "content-type": "application/json", ...(said.location !== undefined && { location: said.location }) }).end(said.body);
    })();
  });
  await new Promise<void>((resolve) => server.listen(onPort, "127.0.0.1", resolve));
  const close = (): Promise<void> => new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
  afterTest(close);
  const { port } = server.address() as AddressInfo;
  return { seen, close, port, origin: `http://127.0.0.1:${port}` };
}

/** A registered relying party whose redirect URIs are at `{clientId}.example`. */
export async function addParty(storage: Storage, clientId: string = party, metadata: Record<string, unknown> = {}): Promise<void> {
  await storage.transaction(async ({ data }) => void (await data.relyingParty.create({
    data: { clientId, metadata: JSON.stringify({ client_id: clientId, redirect_uris: [`https://${clientId}.example/callback`], ...metadata }), createdAt: toDate(at), updatedAt: toDate(at) },
  })));
}

export interface StreamRow {
  readonly id: string;
  readonly clientId?: string;
  readonly endpointUrl?: string;
  readonly status?: "enabled" | "paused" | "disabled";
  readonly events?: readonly string[];
}

/** A stream, pushed where it has an address. */
export async function addStream(storage: Storage, { id, clientId = party, endpointUrl, status = "enabled", events }: StreamRow): Promise<void> {
  await storage.transaction(async ({ data }) => void (await data.signalStream.create({
    data: { id, clientId, deliveryMethod: endpointUrl === undefined ? "poll" : "push", endpointUrl: endpointUrl ?? null, eventsRequested: events === undefined ? null : JSON.stringify(events), status, createdAt: toDate(at), lastActiveAt: toDate(at) },
  })));
}

export const verification = (state: string): EventMessage => ({ kind: "event", subject: { format: "opaque", id: "stream" }, type: "https://schemas.openid.net/secevent/ssf/event-type/verification", members: { state }, transaction: null });

/** Announcements as {@link announce} writes them, of people who are known at `{client}.example`. */
export async function announceTo(storage: Storage, clients: readonly string[], events: readonly LifecycleEvent[], person = "person", when = at): Promise<void> {
  const audience = JSON.stringify({ clients, subjects: Object.fromEntries(clients.map((client) => [`${client}.example`, `subject-at-${client}`])) });
  await storage.transaction(async ({ data }) => void (await data.announcement.createMany({
    data: events.map((event, index) => ({ id: `${person}-${index}-${Math.random()}`, at: toDate(when), personId: person, event: JSON.stringify({ initiator: "policy", event }), audience })),
  })));
}

/** Waits until something is so. */
export async function until(what: () => boolean | Promise<boolean>, longestMs = 8000): Promise<void> {
  const end = performance.now() + longestMs;
  while (!(await what())) {
    if (performance.now() > end) throw new Error("it did not come about in time");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

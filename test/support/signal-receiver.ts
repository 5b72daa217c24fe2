import { createRemoteJWKSet, jwtVerify, type JWTPayload } from "jose";
import { type JsonReply, RawParty, replyOf } from "../attacks/raw-party.ts";
import type { World } from "./world.ts";

export const push = "urn:ietf:rfc:8935";
export const poll = "urn:ietf:rfc:8936";

type Json = Readonly<Record<string, unknown>>;

/** A receiver of shared signals: a registered relying party that manages its streams by hand. */
export class TestReceiver {
  readonly party: RawParty;
  readonly #keys: ReturnType<typeof createRemoteJWKSet>;

  private constructor(party: RawParty) {
    this.party = party;
    this.#keys = createRemoteJWKSet(new URL(`${party.world.issuer}/jwks`));
  }

  static async register(world: World, party?: RawParty): Promise<TestReceiver> {
    return new TestReceiver(party ?? (await RawParty.register(world)));
  }

  async token(scope: string): Promise<string> {
    return String((await this.party.token({ grant_type: "client_credentials", scope })).body["access_token"]);
  }

  /** A request to a stream endpoint, below the issuer or by its own address. */
  async call(method: string, address: string, body?: unknown, scope = "ssf.read ssf.manage"): Promise<JsonReply> {
    const headers = { accept: "application/json", authorization: `Bearer ${await this.token(scope)}`, ...(body !== undefined && { "content-type": "application/json" }) };
    return replyOf(await fetch(new URL(address, this.party.world.issuer), { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) }));
  }

  /** A new stream; its configuration. */
  async stream(settings: Json = {}): Promise<Json & { readonly stream_id: string; readonly delivery: { readonly endpoint_url: string } }> {
    const { status, body } = await this.call("POST", "/ssf/streams", settings);
    if (status !== 201) throw new Error(`no stream: ${status} ${JSON.stringify(body)}`);
    return body as Awaited<ReturnType<TestReceiver["stream"]>>;
  }

  /** Polls, and checks what comes: the claims by `jti`. */
  async poll(address: string, request: Json = { returnImmediately: true }): Promise<{ readonly events: readonly JWTPayload[]; readonly more: boolean }> {
    const { status, body } = await this.call("POST", address, request);
    if (status !== 200) throw new Error(`no events: ${status} ${JSON.stringify(body)}`);
    const sets = Object.entries(body["sets"] as Record<string, string>);
    const events = await Promise.all(sets.map(async ([jti, set]) => {
      const claims = await this.verified(set);
      if (claims.jti !== jti) throw new Error("a token under another jti");
      return claims;
    }));
    return { events, more: body["moreAvailable"] === true };
  }

  /** The claims of a security event token, as a receiver must check it (SSF 1.0 4, RFC 8417 2). */
  async verified(set: string): Promise<JWTPayload> {
    const { payload } = await jwtVerify(set, this.#keys, { issuer: this.party.world.issuer, audience: this.party.clientId, algorithms: ["RS256"], typ: "secevent+jwt" });
    return payload;
  }
}

/** The one event type in a token, and what it says. */
export function eventOf({ events }: JWTPayload): readonly [string, Json] {
  const [entry, ...others] = Object.entries(events as Readonly<Record<string, Json>>);
  if (entry === undefined || others.length > 0) throw new Error("a token has one event");
  return entry;
}

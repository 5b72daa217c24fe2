import { createRemoteJWKSet, decodeJwt, exportJWK, jwtVerify } from "jose";
import * as oauth from "oauth4webapi";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { orThrow } from "../../src/errors.ts";
import { addRelyingParty, metadataOf, type RegistrationRequest } from "../../src/relying-parties/index.ts";
import { type JsonReply, personWith, ProofKey, RawParty, userinfo } from "../attacks/raw-party.ts";
import { unchangedBy } from "../attacks/state.ts";
import { identity, startTlsProxy, type TlsProxy } from "../support/mutual-tls.ts";
import { resource as people, startWorld, type World } from "../support/world.ts";

/** Access tokens of relying parties in their own name, for the operator's resources. */

const loans = { identifier: "https://loans.example/api", name: "Loans", scopes: ["loans:count", "loans:close"] };
const shelf = { identifier: "https://shelf.example/api", name: "Shelf", scopes: ["shelf:read", "loans:count"] };

let world: World;
let proxy: TlsProxy;
let party: RawParty;
let other: RawParty;
let nobody: RawParty;
beforeAll(async () => {
  proxy = await startTlsProxy();
  world = await startWorld((file) => ({
    ...file, resources: [...(file.resources ?? []), loans, shelf],
    listen: { ...file.listen, host: "127.0.0.1", trusted_proxies: 1 }, mutual_tls: { origin: proxy.origin, proxies: ["127.0.0.1"] },
  }));
  proxy.target = `http://127.0.0.1:${world.bridge.address.port}`;
  party = await RawParty.register(world, { clientCredentials: { [loans.identifier]: ["loans:count"], "https://gone.example/api": ["all"] } });
  other = await RawParty.register(world, { clientCredentials: { [shelf.identifier]: ["shelf:read", "loans:count"], [loans.identifier]: ["loans:count", "loans:close", "loans:all"] } });
  nobody = await RawParty.register(world);
});
afterAll(async () => {
  await world.close();
  await proxy.close();
});

const ask = (who: RawParty, change: Record<string, string | string[]>, headers?: Record<string, string>): Promise<JsonReply> => who.token({ grant_type: "client_credentials", ...change }, headers);
const count = { scope: "loans:count", resource: loans.identifier };
const verified = async (token: unknown) => jwtVerify(String(token), createRemoteJWKSet(new URL(`${world.issuer}/jwks`)), { issuer: world.issuer, typ: "at+jwt" });

describe("what is registered", () => {
  test("is given by a JWT that says the client and nothing of anybody (RFC 9068)", async () => {
    const now = world.now();
    const { status, body } = await ask(party, count);
    expect([status, body]).toEqual([200, { access_token: expect.any(String) as string, token_type: "Bearer", expires_in: 600, scope: "loans:count" }]);
    const { payload, protectedHeader } = await verified(body["access_token"]);
    expect(protectedHeader).toEqual({ alg: "ES256", typ: "at+jwt", kid: expect.any(String) as string });
    const { iat = 0, jti, exp, ...claims } = payload;
    expect(claims).toEqual({ iss: world.issuer, sub: party.clientId, client_id: party.clientId, aud: loans.identifier, scope: "loans:count" });
    expect([Math.abs(iat - now) < 5, exp === iat + 600, String(jti).length > 20]).toEqual([true, true, true]);
  });

  test("costs nothing in the database: no row, no receipt", async () => {
    const before = await world.bridge.storage.read.receipt.count();
    expect((await unchangedBy(world, () => ask(party, count), ["ClientCredentials", "AccessToken", "Grant"])).status).toBe(200);
    expect(await world.bridge.storage.read.receipt.count()).toBe(before);
  });

  const meant: readonly (readonly [string, () => RawParty, string, string])[] = [
    ["the only resource with this scope", () => party, "loans:count", loans.identifier],
    ["the one of two that has it", () => other, "shelf:read", shelf.identifier],
    ["the one of two that has both", () => other, "loans:count loans:close", loans.identifier],
  ];
  test.each(meant)("no resource named: %s", async (_name, who, scope, audience) => {
    const { status, body } = await ask(who(), { scope });
    expect([status, body["scope"], (await verified(body["access_token"])).payload.aud]).toEqual([200, scope, audience]);
  });
});

describe("what is not registered", () => {
  const refused: readonly (readonly [string, () => RawParty, Record<string, string | string[]>, string])[] = [
    ["a resource, by a party that has none", () => nobody, count, "invalid_target"],
    ["another party's resource", () => party, { scope: "shelf:read", resource: shelf.identifier }, "invalid_target"],
    ["a resource of people", () => party, { scope: "reading:list", resource: people.identifier }, "invalid_target"],
    ["a resource that the operator took away", () => party, { scope: "all", resource: "https://gone.example/api" }, "invalid_target"],
    ["a resource nobody knows", () => party, { scope: "loans:count", resource: "https://unknown.example/" }, "invalid_target"],
    ["a resource almost its own", () => party, { scope: "loans:count", resource: `${loans.identifier}/` }, "invalid_target"],
    ["a member every object has, for a resource", () => party, { scope: "loans:count", resource: "constructor" }, "invalid_target"],
    ["two resources at once", () => other, { scope: "loans:count", resource: [loans.identifier, shelf.identifier] }, "invalid_target"],
    ["a scope of the resource that is not its own", () => party, { ...count, scope: "loans:close" }, "invalid_scope"],
    ["one that is and one that is not", () => party, { ...count, scope: "loans:count loans:close" }, "invalid_scope"],
    ["a scope that is registered and no longer the resource's", () => other, { ...count, scope: "loans:all" }, "invalid_scope"],
    ["a scope of another resource of its own", () => other, { ...count, scope: "shelf:read" }, "invalid_scope"],
    ["openid", () => party, { ...count, scope: "openid" }, "invalid_scope"],
    ["openid beside its own", () => party, { ...count, scope: "openid loans:count" }, "invalid_scope"],
    ["a refresh token", () => party, { ...count, scope: "loans:count offline_access" }, "invalid_scope"],
    ["a scope of the stream endpoints there", () => party, { ...count, scope: "ssf.manage" }, "invalid_scope"],
    ["no scope", () => party, { resource: loans.identifier }, "invalid_scope"],
    ["an empty scope", () => party, { ...count, scope: "" }, "invalid_scope"],
    ["the scopes twice", () => party, { ...count, scope: ["loans:count", "loans:close"] }, "invalid_request"],
  ];
  test.each(refused)("%s", async (_name, who, change, error) => {
    const { status, body } = await ask(who(), change);
    expect([status, body["error"], body["access_token"]]).toEqual([400, error, undefined]);
  });

  test("by a wrong secret, or by a public client whose registration says so all the same", async () => {
    const wrong = await ask(party, count, { authorization: `Basic ${Buffer.from(`${party.clientId}:wrong`).toString("base64")}` });
    expect([wrong.status, wrong.body["error"]]).toEqual([401, "invalid_client"]);
    const open = await RawParty.register(world, { clientCredentials: { [loans.identifier]: ["loans:count"] } });
    const row = await world.bridge.storage.read.relyingParty.findUnique({ where: { clientId: open.clientId } });
    const metadata = JSON.stringify({ ...(JSON.parse(row?.metadata ?? "") as object), token_endpoint_auth_method: "none" });
    await world.bridge.storage.transaction((transaction) => transaction.data.relyingParty.update({ where: { clientId: open.clientId }, data: { metadata, sealedSecret: null } }));
    const asked = await ask(open, { ...count, client_id: open.clientId }, { authorization: "" });
    expect([asked.status, asked.body["access_token"]]).toEqual([400, undefined]);
  });
});

describe("such a token", () => {
  test("is nobody's at userinfo, no refresh token, and opens none of the bridge's own endpoints", async () => {
    const token = String((await ask(party, count)).body["access_token"]);
    expect((await userinfo(world, { authorization: `Bearer ${token}` })).status).toBe(401);
    expect((await party.token({ grant_type: "refresh_token", refresh_token: token })).body["error"]).toBe("invalid_grant");
    expect((await fetch(`${world.issuer}/ssf/streams`, { headers: { authorization: `Bearer ${token}` } })).status).toBe(401);
    expect((await fetch(`${world.issuer}/receipts/1`, { headers: { authorization: `Bearer ${token}` } })).status).toBe(401);
  });

  test("cannot be taken for a person's: sub is the client_id in these alone, and no client has a person's (RFC 9068 5)", async () => {
    const agreed = { scope: "openid reading:list", resource: people.identifier };
    const person = await personWith(world, party, "good-phone", agreed);
    const { body } = await party.exchange(await party.code(person.browser, agreed), { resource: people.identifier });
    const { payload } = await verified(body["access_token"]);
    expect([payload.sub === payload["client_id"], typeof payload["ial"]]).toEqual([false, "number"]);
    const taken = addRelyingParty(world.bridge.storage, orThrow(metadataOf({ clientId: String(payload.sub), name: "Double", redirectUris: ["https://double.example/"], authentication: "client_secret_basic" })), world.now());
    await expect(taken).rejects.toMatchObject({ code: "invalid_request" });
  });

  test("is bound to the key of a party that is registered so, and to no other way", async () => {
    const bound = await RawParty.register(world, { dpopBound: true, clientCredentials: { [loans.identifier]: ["loans:count"] } });
    expect((await ask(bound, count)).body["error"]).toBe("invalid_grant");
    const key = await ProofKey.generate();
    const { body } = await ask(bound, count, { dpop: await key.prove("POST", `${world.issuer}/token`) });
    expect([body["token_type"], (await verified(body["access_token"])).payload["cnf"]]).toEqual(["DPoP", { jkt: key.thumbprint }]);
    expect((await bound.introspect(String(body["access_token"]))).body).toMatchObject({ active: true, token_type: "DPoP", cnf: { jkt: key.thumbprint } });
  });

  test("is bound to the certificate of a party under FAPI 2.0", async () => {
    const own = identity("machine");
    const metadata = orThrow(metadataOf({
      clientId: "machine", name: "Machine", redirectUris: ["https://machine.example/"], authentication: "self_signed_tls_client_auth", jwks: { keys: [own.jwk] }, profile: "fapi2", certificateBound: true,
      clientCredentials: { [loans.identifier]: ["loans:count"] },
    }));
    await addRelyingParty(world.bridge.storage, metadata, world.now());
    const reply = await proxy.fetchAs(own)(`${proxy.origin}/token`, { method: "POST", headers: { "content-type": "application/x-www-form-urlencoded" }, body: new URLSearchParams({ client_id: "machine", grant_type: "client_credentials", ...count }).toString() });
    const { access_token } = (await reply.json()) as Record<string, string>;
    expect((await verified(access_token)).payload["cnf"]).toEqual({ "x5t#S256": expect.any(String) as string });
  });
});

describe("with oauth4webapi", () => {
  const insecure = { [oauth.allowInsecureRequests]: true } as const;
  const byKey = async (clientId: string, registration: Partial<RegistrationRequest> = {}): Promise<{ as: oauth.AuthorizationServer; client: oauth.Client; ask: (more?: object) => Promise<oauth.TokenEndpointResponse> }> => {
    const issuer = new URL(world.issuer);
    const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, insecure));
    const keys = await oauth.generateKeyPair("ES256", { extractable: true });
    const jwks = { keys: [{ ...(await exportJWK(keys.publicKey)), kid: "1", use: "sig", alg: "ES256" }] };
    await addRelyingParty(world.bridge.storage, orThrow(metadataOf({ clientId, name: "By key", redirectUris: ["https://by-key.example/"], authentication: "private_key_jwt", jwks, clientCredentials: { [loans.identifier]: ["loans:count"] }, ...registration })), world.now());
    const client = { client_id: clientId };
    const authentication = oauth.PrivateKeyJwt({ key: keys.privateKey, kid: "1" });
    return { as, client, ask: async (more = {}) => oauth.processClientCredentialsResponse(as, client, await oauth.clientCredentialsGrantRequest(as, client, authentication, new URLSearchParams(count), { ...insecure, ...more })) };
  };

  test("asked for with a key, and taken by its resource server", async () => {
    const { as, client, ask: asked } = await byKey("service-by-key");
    const { access_token, token_type } = await asked();
    const request = new Request(`${loans.identifier}/count`, { headers: { authorization: `Bearer ${access_token}` } });
    const claims = await oauth.validateJwtAccessToken(as, request, loans.identifier, insecure);
    expect([token_type, claims.sub, claims.client_id, claims.scope]).toEqual(["bearer", client.client_id, client.client_id, "loans:count"]);
    await expect(oauth.validateJwtAccessToken(as, request, shelf.identifier, insecure)).rejects.toThrow();
  });

  test("under FAPI 2.0, bound by DPoP", async () => {
    const { client, ask: asked } = await byKey("service-fapi", { profile: "fapi2" });
    const { access_token, token_type } = await asked({ DPoP: oauth.DPoP(client, await oauth.generateKeyPair("ES256")) });
    expect([token_type, (await verified(access_token)).payload["cnf"]]).toEqual(["dpop", { jkt: expect.any(String) as string }]);
    await expect(asked()).rejects.toMatchObject({ error: "invalid_grant" });
  });
});

describe("at the end of its life", () => {
  test("is introspected for the party that has it, until it ends; of others' and people's nothing is said", async () => {
    const { body: { access_token } } = await ask(party, count);
    const token = String(access_token);
    const [head = "", , signature = ""] = token.split(".");
    const forged = (change: object): string => [head, Buffer.from(JSON.stringify({ ...decodeJwt(token), ...change })).toString("base64url"), signature].join(".");
    const known = await party.introspect(token);
    expect([known.status, known.body]).toEqual([200, { ...decodeJwt(token), active: true, token_type: "Bearer" }]);
    expect((await party.introspect(forged({ scope: "loans:close" }))).body).toEqual({ active: false });
    for (const reply of [await other.introspect(token), await party.introspect(forged({ sub: "somebody" }))]) expect([reply.status, reply.body["error"], reply.body["active"]]).toEqual([400, "unsupported_token_type", undefined]);
    world.advance(601);
    expect((await party.introspect(token)).body).toEqual({ active: false });
  });
});

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { calculateJwkThumbprint } from "jose";
import { type JsonReply, ProofKey, RawParty, replyOf } from "../attacks/raw-party.ts";
import { resource, startWorld, type World } from "../support/world.ts";

/** Access to the stream endpoints: which tokens a relying party gets for itself, and which count. */

let world: World;
let party: RawParty;
beforeAll(async () => {
  world = await startWorld();
  party = await RawParty.register(world);
});
afterAll(() => world.close());

const ask = (change: Record<string, string> = {}): Promise<JsonReply> => party.token({ grant_type: "client_credentials", ...change });
const streams = async (headers: Record<string, string>, method = "GET"): Promise<JsonReply> => replyOf(await fetch(`${world.issuer}/ssf/streams`, { method, headers: { accept: "application/json", ...headers } }));

describe("the client credentials grant", () => {
  interface Row { readonly name: string; readonly asked: Record<string, string>; readonly status: number; readonly scope?: string | undefined; readonly error?: string }
  const rows: readonly Row[] = [
    { name: "both scopes, no resource named", asked: { scope: "ssf.read ssf.manage" }, status: 200, scope: "ssf.read ssf.manage" },
    { name: "one scope", asked: { scope: "ssf.read" }, status: 200, scope: "ssf.read" },
    { name: "the resource named", asked: { scope: "ssf.read", resource: "own" }, status: 200, scope: "ssf.read" },
    { name: "scopes of people", asked: { scope: "openid offline_access" }, status: 200, scope: undefined },
    { name: "a resource of the operator's", asked: { scope: "reading:list", resource: resource.identifier }, status: 400, error: "invalid_target" },
  ];
  test.each(rows)("$name", async ({ asked, status, scope, error }) => {
    const reply = await ask({ ...asked, ...(asked["resource"] === "own" && { resource: `${world.issuer}/ssf` }) });
    expect([reply.status, reply.body["scope"], reply.body["error"]]).toEqual([status, scope, error]);
    if (status === 200) expect(reply.body).toMatchObject({ token_type: "Bearer", expires_in: 600 });
  });

  test("is for nobody who does not authenticate", async () => {
    const reply = await party.token({ grant_type: "client_credentials", scope: "ssf.read", client_id: party.clientId }, { authorization: "" });
    expect([reply.status, reply.body["error"]]).toEqual([401, "invalid_client"]);
  });

  test("the stream endpoints are no resource that a person is asked about", async () => {
    const { status, headers } = await fetch(`${world.issuer}/authorize?${party.request({ resource: `${world.issuer}/ssf`, scope: "openid ssf.read" }).toString()}`, { redirect: "manual" });
    expect([status, new URL(headers.get("location") ?? "about:blank").searchParams.get("error")]).toEqual([303, "invalid_target"]);
  });
});

describe("a token at the stream endpoints", () => {
  const tokenFor = async (scope: string): Promise<string> => String((await ask({ scope })).body["access_token"]);

  test("counts in the header, until it expires or is revoked", async () => {
    const token = await tokenFor("ssf.read");
    expect((await streams({ authorization: `Bearer ${token}` })).status).toBe(200);
    await party.revoke(token);
    expect((await streams({ authorization: `Bearer ${token}` })).status).toBe(401);
    const other = await tokenFor("ssf.read");
    world.advance(601);
    expect((await streams({ authorization: `Bearer ${other}` })).status).toBe(401);
  });

  test("none, or none of these: 401 in the words of RFC 6750", async () => {
    const missing = await streams({});
    expect([missing.status, missing.headers.get("www-authenticate")]).toEqual([401, `Bearer resource_metadata="${world.issuer}/.well-known/oauth-protected-resource/ssf"`]);
    const wrong = await streams({ authorization: "Bearer nothing" });
    expect([wrong.status, wrong.headers.get("www-authenticate")]).toEqual([401, `Bearer error="invalid_token", resource_metadata="${world.issuer}/.well-known/oauth-protected-resource/ssf"`]);
    const inQuery = await replyOf(await fetch(`${world.issuer}/ssf/streams?access_token=${await tokenFor("ssf.read")}`));
    expect(inQuery.status).toBe(401);
  });

  test("for reading changes nothing: 403 with the scope that would do", async () => {
    const reply = await streams({ authorization: `Bearer ${await tokenFor("ssf.read")}`, "content-type": "application/json" }, "POST");
    expect([reply.status, reply.headers.get("www-authenticate")]).toEqual([403, expect.stringContaining(`error="insufficient_scope", scope="ssf.manage"`)]);
  });

  test("whose relying party is gone counts no more", async () => {
    const gone = await RawParty.register(world);
    const token = String((await gone.token({ grant_type: "client_credentials", scope: "ssf.read" })).body["access_token"]);
    await world.bridge.storage.transaction(({ data }) => data.relyingParty.deleteMany({ where: { clientId: gone.clientId } }));
    expect((await streams({ authorization: `Bearer ${token}` })).status).toBe(401);
  });

  test("bound to a key counts with a proof by that key alone, once", async () => {
    const bound = await RawParty.register(world, { dpopBound: true });
    const key = await ProofKey.generate();
    const reply = await bound.token({ grant_type: "client_credentials", scope: "ssf.read" }, { dpop: await key.prove("POST", `${world.issuer}/token`) });
    expect(reply.body["token_type"]).toBe("DPoP");
    const token = String(reply.body["access_token"]);
    const url = `${world.issuer}/ssf/streams`;
    const now = world.now();
    const presented = async (proof: string | null, scheme = "DPoP"): Promise<number> => (await streams({ authorization: `${scheme} ${token}`, ...(proof !== null && { dpop: proof }) })).status;
    const proof = await key.prove("GET", url, token, { iat: now });
    expect(await calculateJwkThumbprint(key.jwk)).toBe(key.thumbprint);
    expect([await presented(proof), await presented(proof)]).toEqual([200, 401]);
    const other = await ProofKey.generate();
    const refused = [
      await presented(null), await presented(null, "Bearer"), await presented(await key.prove("GET", url, token, { iat: now }), "Bearer"),
      await presented(await other.prove("GET", url, token, { iat: now })),
      await presented(await key.prove("POST", url, token, { iat: now })), await presented(await key.prove("GET", `${url}/other`, token, { iat: now })),
      await presented(await key.prove("GET", url, "another", { iat: now })), await presented(await key.prove("GET", url, undefined, { iat: now })),
      await presented(await key.prove("GET", url, token, { iat: now - 120 })), await presented(await key.prove("GET", url, token, { iat: now + 120 })),
      await presented(await key.prove("GET", url, token, { iat: now, jti: 1 })), await presented(await key.prove("GET", url, token, { iat: now }, { typ: "jwt" })), await presented("nothing"),
    ];
    expect(refused).toEqual(refused.map(() => 401));
  });
});

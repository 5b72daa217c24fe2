import { afterAll, beforeAll, expect, test } from "vitest";
import { type Identity, identity, startTlsProxy, type TlsProxy } from "../support/mutual-tls.ts";
import { FapiParty } from "../support/fapi-party.ts";
import { startWorld, type World } from "../support/world.ts";

const own = identity("receiver");
let proxy: TlsProxy;
let world: World;
let party: FapiParty;
beforeAll(async () => {
  proxy = await startTlsProxy();
  world = await startWorld((file) => ({ ...file, listen: { ...file.listen, host: "127.0.0.1", trusted_proxies: 1 }, mutual_tls: { origin: proxy.origin, proxies: ["127.0.0.1"] } }));
  proxy.target = `http://127.0.0.1:${world.bridge.address.port}`;
  party = await FapiParty.register(world, { authentication: "self_signed_tls_client_auth", jwks: { keys: [own.jwk] }, certificateBound: true });
});
afterAll(async () => {
  await world.close();
  await proxy.close();
});

test("a token that is bound to a certificate counts at the stream endpoints with that certificate alone", async () => {
  const reply = await proxy.fetchAs(own)(`${proxy.origin}/token`, {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams({ client_id: party.clientId, grant_type: "client_credentials", scope: "ssf.read" }).toString(),
  });
  const { access_token, token_type } = (await reply.json()) as Record<string, string>;
  expect([reply.status, token_type]).toEqual([200, "Bearer"]);
  const status = async (certificate: Identity | null, origin = proxy.origin): Promise<number> => (await proxy.fetchAs(certificate)(`${origin}/ssf/streams`, { headers: { authorization: `Bearer ${access_token}` } })).status;
  expect(await status(own)).toBe(200);
  expect([await status(null), await status(identity("another")), await status(own, world.issuer)]).toEqual([401, 401, 401]);
});

import { afterAll, beforeAll, expect, test } from "vitest";
import { asIdentifier, type ClientId } from "../../src/identifiers.ts";
import { addRelyingParty, metadataOf, retireSecret, rotateSecret } from "../../src/relying-parties/index.ts";
import { orThrow } from "../../src/errors.ts";
import { startWorld, type World } from "../support/world.ts";

const clientId = asIdentifier<ClientId>("rotating");
let world: World;
let first: string;

beforeAll(async () => {
  world = await startWorld();
  const metadata = orThrow(metadataOf({ clientId, name: "S", redirectUris: ["https://rp.example/cb"], authentication: "client_secret_basic" }));
  first = (await addRelyingParty(world.bridge.storage, metadata, world.now())).secret ?? "";
});
afterAll(() => world.close());

/** Whether a pushed request with this secret is taken. */
async function authenticates(secret: string): Promise<boolean> {
  const response = await fetch(`${world.issuer}/par`, {
    method: "POST",
    headers: { authorization: `Basic ${Buffer.from(`${clientId}:${encodeURIComponent(secret)}`).toString("base64")}` },
    body: new URLSearchParams({ client_id: clientId, response_type: "code", scope: "openid", redirect_uri: "https://rp.example/cb", code_challenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", code_challenge_method: "S256" }),
  });
  if (![201, 401].includes(response.status)) throw new Error(String(response.status));
  return response.status === 201;
}

test("a running bridge takes both secrets while they overlap, and one of them before and after", async () => {
  expect([await authenticates(first), await authenticates("wrong"), await authenticates(first.slice(0, -1))]).toEqual([true, false, false]);
  const { secret } = await rotateSecret(world.bridge.storage, clientId, 600, world.now());
  expect([await authenticates(first), await authenticates(secret), await authenticates("wrong")]).toEqual([true, true, false]);
  world.advance(601);
  expect([await authenticates(first), await authenticates(secret)]).toEqual([false, true]);
  const next = await rotateSecret(world.bridge.storage, clientId, 600, world.now());
  await retireSecret(world.bridge.storage, clientId, world.now());
  expect([await authenticates(secret), await authenticates(next.secret)]).toEqual([false, true]);
});

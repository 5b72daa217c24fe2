import { rmSync } from "node:fs";
import { createRemoteJWKSet, jwtVerify } from "jose";
import * as client from "openid-client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { acrValuesSupported, defaultPolicy, readRecordedAssertion, replayAssertion } from "../../src/assurance/index.ts";
import { policyDigest, policyOnRecord } from "../../src/provider/index.ts";
import { findReceipt, firstBrokenReceipt } from "../../src/storage/index.ts";
import { HttpBrowser } from "../support/http-browser.ts";
import { enrolAndSignIn, newPerson, type Person, signInAgain } from "../support/journey.ts";
import { registerRelyingParty, type RelyingPartyOptions } from "../support/relying-party.ts";
import { resource, startWorld, type World } from "../support/world.ts";

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

const elsewhere = (person: Person): Person => ({ ...person, browser: new HttpBrowser() });
const members = ["ial", "aal", "fal", "acr", "amr", "auth_time", "assurance"] as const;
const said = (claims: object): unknown[] => members.map((name) => (claims as Readonly<Record<string, unknown>>)[name]);

async function accessTokenClaims(token: string): Promise<Readonly<Record<string, unknown>>> {
  return (await jwtVerify(token, createRemoteJWKSet(new URL(`${world.issuer}/jwks`)), { issuer: world.issuer, audience: resource.identifier })).payload;
}

/** The assertion that a receipt records, and what it comes to when computed again. */
async function replayed(receiptId: unknown) {
  const { read } = world.bridge.storage;
  const receipt = await findReceipt(read, String(receiptId));
  const recorded = readRecordedAssertion(receipt?.detail);
  const onRecord = await policyOnRecord(read, recorded?.assurance_policy ?? "");
  if (receipt === null || recorded === null || onRecord === null) throw new Error("no receipt, or no policy");
  return { receipt, recorded, onRecord, replay: replayAssertion(recorded, receipt.at, onRecord.policy) };
}

const kinds: [string, RelyingPartyOptions, "here" | "later"][] = [
  ["a key, a pushed request and DPoP, right after enrolment", { dpop: true }, "here"],
  ["a key and a pushed request, by passkey", {}, "later"],
  ["a key and a plain request, by passkey", { pushed: false }, "later"],
  ["a secret, right after enrolment", { authentication: "client_secret_basic", pushed: false }, "here"],
  ["a secret and DPoP, by passkey", { authentication: "client_secret_basic", dpop: true }, "later"],
];
describe("one answer in ID token, userinfo, introspection and JWT access token", () => {
  test.each(kinds)("%s", async (_name, options, where) => {
    const party = await registerRelyingParty(world, options);
    const person = newPerson();
    const asked = { scope: `openid offline_access ${resource.scopes[0]}`, prompt: "consent", resource: resource.identifier };
    const first = await enrolAndSignIn(world, person, party, asked);
    const { signIn, callback } = where === "here" ? first : await signInAgain(world, elsewhere(person), party);
    const tokens = await party.finish(signIn, callback);
    const idToken = tokens.claims() ?? { sub: "" };
    const opaque = await client.tokenIntrospection(party.config, tokens.access_token);
    const userinfo = await client.fetchUserInfo(party.config, tokens.access_token, idToken.sub, party.handle && { DPoP: party.handle });
    const forResource = where === "here" ? await client.refreshTokenGrant(party.config, String(tokens.refresh_token), { resource: resource.identifier, scope: resource.scopes[0] ?? "" }, party.handle && { DPoP: party.handle }) : null;
    expect(said(opaque)).toEqual(said(idToken));
    expect(said(userinfo)).toEqual(said(idToken));
    if (forResource !== null) expect(said(await accessTokenClaims(forResource.access_token))).toEqual(said(idToken));
  });
});

describe("the receipt of an assertion", () => {
  test("is named in the ID token, holds what it rests on, and comes to the same when computed again", async () => {
    const party = await registerRelyingParty(world);
    const { signIn, callback } = await enrolAndSignIn(world, newPerson(), party);
    const tokens = await party.finish(signIn, callback);
    const claims = tokens.claims() ?? {};
    const { receipt, recorded, onRecord, replay } = await replayed((claims as { assurance_receipt?: string }).assurance_receipt);
    expect(receipt).toMatchObject({ kind: "assertion_issued", intact: true });
    expect(recorded).toMatchObject({ client: party.clientId, assurance_policy: onRecord.policy.version, policy_sha256: policyDigest(onRecord.policy), asserted: { ial: 3, aal: 3, fal: 2 } });
    expect(replay.differences).toEqual([]);
    expect([replay.computed.acr, replay.computed.auth_time]).toEqual([(claims as { acr?: string }).acr, (claims as { auth_time?: number }).auth_time]);
    expect(await firstBrokenReceipt(world.bridge.storage.read)).toBeNull();
  });

  test("tells no token, no subject and no certificate, and each token response has its own", async () => {
    const party = await registerRelyingParty(world);
    const { signIn, callback } = await enrolAndSignIn(world, newPerson("next-generation"), party);
    const tokens = await party.finish(signIn, callback);
    const refreshed = await client.refreshTokenGrant(party.config, String(tokens.refresh_token), {});
    const [one, other] = [tokens.claims(), refreshed.claims()].map((claims) => (claims as unknown as { assurance_receipt: string }).assurance_receipt);
    expect(one).not.toBe(other);
    const evidence = await world.bridge.storage.read.evidence.findMany();
    for (const id of [one, other]) {
      const { receipt, recorded, replay } = await replayed(id);
      expect(replay.differences).toEqual([]);
      const text = JSON.stringify(receipt.detail);
      for (const secret of [tokens.access_token, String(tokens.id_token), String(tokens.claims()?.sub), signIn.nonce]) expect(text).not.toContain(secret);
      for (const row of evidence) expect(text).not.toContain(Buffer.from(row.certificateDigest).toString("hex"));
      expect(Object.keys(recorded.facts.evidence ?? {})).toEqual(["id", "kind", "medium", "policy", "issuer", "verifiedAt", "expiresAt", "status"]);
    }
  });

  test("of a JWT access token and an ID token in one response is one", async () => {
    const party = await registerRelyingParty(world);
    const asked = { scope: `openid ${resource.scopes[0]}`, resource: resource.identifier };
    const { signIn, callback } = await enrolAndSignIn(world, newPerson(), party, asked);
    const tokens = await client.authorizationCodeGrant(party.config, new URL(callback), { pkceCodeVerifier: signIn.verifier, expectedState: signIn.state, expectedNonce: signIn.nonce }, { resource: resource.identifier });
    const inAccessToken = (await accessTokenClaims(tokens.access_token))["assurance_receipt"];
    expect(inAccessToken).toBe((tokens.claims() as unknown as { assurance_receipt: string }).assurance_receipt);
    expect((await replayed(inAccessToken)).replay.differences).toEqual([]);
  });

  test("is what a response cannot do without: where it cannot be written there is no token", async () => {
    const party = await registerRelyingParty(world);
    const { signIn, callback } = await enrolAndSignIn(world, newPerson("next-generation"), party);
    const { storage } = world.bridge;
    const { recordReceipt } = storage;
    Object.assign(storage, { recordReceipt: async () => Promise.reject(new Error("disk full")) });
    try {
      await expect(party.finish(signIn, callback)).rejects.toThrow();
    } finally {
      Object.assign(storage, { recordReceipt });
    }
  });
});

test("every acr value of every vocabulary is asked for and answered in its own words", async () => {
  const party = await registerRelyingParty(world);
  const person = newPerson();
  await enrolAndSignIn(world, person, party);
  for (const acr of acrValuesSupported()) {
    const signIn = await party.begin({ prompt: "none", acr_values: acr });
    const callback = (await person.browser.open(signIn.url)).headers.get("location") ?? "";
    expect((await party.finish(signIn, callback)).claims()?.["acr"]).toBe(acr);
  }
});

test("discovery says which levels there are, by which policy, and where the crosswalk is", async () => {
  const metadata = (await (await fetch(`${world.issuer}/.well-known/openid-configuration`)).json()) as Readonly<Record<string, unknown>>;
  expect(metadata).toMatchObject({
    acr_values_supported: acrValuesSupported(),
    assurance_policy: defaultPolicy.version, ial_values_supported: [1, 2, 3], aal_values_supported: [1, 2, 3], fal_values_supported: [1, 2, 3],
    assurance_crosswalk_uri: `${world.issuer}/assurance/crosswalk`,
  });
  const crosswalk = (await (await fetch(String(metadata["assurance_crosswalk_uri"]))).json()) as { scales: { values: { acr: string }[] }[] };
  expect(crosswalk.scales.flatMap(({ values }) => values.map(({ acr }) => acr))).toEqual(metadata["acr_values_supported"]);
});

test("another policy under a version that was in force stops the start", async () => {
  const policy = { version: "ours-1", statusFresh: 3600 };
  const reused = await startWorld((file) => ({ ...file, assurance: { ...policy } }));
  policy.statusFresh = 60;
  await expect(reused.restart()).rejects.toThrow("assurance.version: policy version reused: another policy was in force as ours-1; give the changed one a version of its own");
  await reused.jlis.close();
  rmSync(reused.directory, { recursive: true, force: true });
});

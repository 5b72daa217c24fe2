import { createHash } from "node:crypto";
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK, SignJWT } from "jose";
import { asIdentifier, newIdentifier, type TransactionId } from "../../src/identifiers.ts";
import { secretDigest } from "../../src/enrolment/store.ts";
import { orThrow } from "../../src/errors.ts";
import { creationOptions, verifyRegistration } from "../../src/passkeys/index.ts";
import { bindPasskey } from "../../src/people/index.ts";
import { addRelyingParty, metadataOf } from "../../src/relying-parties/index.ts";
import type { Storage } from "../../src/storage/index.ts";
import { frame } from "../enrolment/transactions.ts";
import { SoftwareAuthenticator } from "../passkeys/software-authenticator.ts";
import { bind, binding, certificate, newPasskey, person } from "../people/people-fixture.ts";

/** What counts once, and how it is used at a node. Nothing here knows which engine the database has. */

/** One thing that counts once, ready to be used; the answer's status. */
export interface OnceOnly {
  /** @param which - the two uses need not be the same: two devices claim one transaction. */
  use(origin: string, which: 0 | 1): Promise<number>;
}

export type MakeOnceOnly = (stage: Stage) => Promise<OnceOnly>;

/** A person with a passkey, connected with a relying party. */
export interface Stage {
  readonly storage: Storage;
  readonly issuer: string;
  readonly now: number;
  readonly accountId: string;
  readonly facts: string;
  readonly basic: string;
  readonly authenticator: SoftwareAuthenticator;
  /** Of two devices. */
  readonly devices: readonly [Device, Device];
}

interface Device {
  readonly privateKey: CryptoKey;
  readonly jwk: JWK;
  readonly thumbprint: string;
}

const clientId = "shop";
const redirectUri = "https://shop.example/callback";
const verifier = "v".repeat(64);
const life = 900;

export async function prepareStage(storage: Storage, issuer: string, now: number): Promise<Stage> {
  const good = { status: "good", source: "ocsp", thisUpdate: now, checkedAt: now } as const;
  const verified = certificate("1", { verifiedAt: now, status: good });
  const bound = await bind(storage, { ...verified, facts: { ...verified.facts, expiresAt: now + 86_400 } });
  const authenticator = new SoftwareAuthenticator();
  const rpId = new URL(issuer).hostname;
  const { userHandle } = await person(storage, bound.personId);
  const options = creationOptions({ rp: { id: rpId, name: "Bridge" }, user: { handle: userHandle, name: "", displayName: "" }, exclude: [] });
  const { credentialId, publicKey } = orThrow(await verifyRegistration({ response: authenticator.create(options, issuer), challenge: options.challenge, origins: [issuer], rpId }));
  await storage.transaction((transaction) => bindPasskey(transaction, bound.personId, { ...newPasskey(credentialId), publicKey }, { ...binding(bound.evidenceId), boundAt: now }, "active"));
  const { secret } = await addRelyingParty(storage, orThrow(metadataOf({ clientId, name: "Shop", redirectUris: [redirectUri], authentication: "client_secret_basic", refreshTokens: true, requirePushedRequests: false })), now);
  const facts = { passkeyId: null, passkey: null, signature: { device: "same", at: now, evidence: bound.evidenceId }, request: "plain", acrValues: [] };
  return {
    storage, issuer, now, authenticator,
    accountId: bound.personId,
    facts: JSON.stringify(facts),
    basic: `Basic ${Buffer.from(`${clientId}:${secret ?? ""}`).toString("base64")}`,
    devices: [await makeDevice(), await makeDevice()],
  };
}

async function makeDevice(): Promise<Device> {
  const { privateKey, publicKey } = await generateKeyPair("ES256");
  const jwk = await exportJWK(publicKey);
  return { privateKey, jwk, thumbprint: await calculateJwkThumbprint(jwk) };
}

/** A grant with something of it that is exchanged for tokens. */
async function grantWith({ storage, accountId, facts, now }: Stage, model: "AuthorizationCode" | "RefreshToken", more: object): Promise<string> {
  const [grantId, jti] = [newIdentifier(), newIdentifier()];
  const common = { iat: now, exp: now + life, accountId, clientId };
  await storage.artifacts.put("Grant", grantId, { ...common, jti: grantId, kind: "Grant", openid: { scope: "openid offline_access" } }, { expiresAt: now + life, grantId, accountId, clientId });
  await storage.artifacts.put(model, jti, { ...common, jti, kind: model, grantId, acr: facts, scope: "openid offline_access", claims: {}, expiresWithSession: false, ...more }, { expiresAt: now + life, grantId, accountId, clientId });
  return jti;
}

const exchange = async ({ basic }: Stage, origin: string, body: Record<string, string>): Promise<number> => statusOf(await fetch(`${origin}/token`, { method: "POST", headers: { authorization: basic }, body: new URLSearchParams(body) }));

/** The connection is free for the next once all was read. */
async function statusOf(response: Response): Promise<number> {
  const text = await response.text();
  if (response.status >= 500) throw new Error(`${response.status}: ${text}`);
  return response.status;
}

const code: MakeOnceOnly = async (stage) => {
  const challenge = createHash("sha256").update(verifier).digest("base64url");
  const jti = await grantWith(stage, "AuthorizationCode", { redirectUri, codeChallenge: challenge, codeChallengeMethod: "S256" });
  return { use: (origin) => exchange(stage, origin, { grant_type: "authorization_code", code: jti, redirect_uri: redirectUri, code_verifier: verifier }) };
};

const refreshToken: MakeOnceOnly = async (stage) => {
  const jti = await grantWith(stage, "RefreshToken", { gty: "authorization_code", iiat: stage.now, rotations: 0 });
  return { use: (origin) => exchange(stage, origin, { grant_type: "refresh_token", refresh_token: jti }) };
};

const passkeyChallenge: MakeOnceOnly = async ({ storage, issuer, now, authenticator }) => {
  const [id, challenge, csrf] = [newIdentifier(), Buffer.from(newIdentifier()).toString("base64url"), "c".repeat(43)];
  await storage.artifacts.insert("PasskeyChallenge", id, { challenge, purpose: "account" }, { expiresAt: now + life });
  const credential = authenticator.get({ challenge, rpId: new URL(issuer).hostname, userVerification: "required" }, issuer);
  const body = JSON.stringify({ challenge_id: id, credential });
  const headers = { "content-type": "application/json", accept: "application/json", "x-csrf-token": csrf, cookie: `__Host-jpki_csrf=${csrf}` };
  return { use: async (origin) => statusOf(await fetch(`${origin}/account/passkey`, { method: "POST", headers, body })) };
};

/** Two phones scan one code. */
const claimedTransaction: MakeOnceOnly = async ({ storage, issuer, now, devices }) => {
  const id = asIdentifier<TransactionId>(newIdentifier());
  const secret = newIdentifier();
  await storage.artifacts.insert("EnrolmentTransaction", id, { ...frame({ id, secretDigest: secretDigest(secret), openedAt: now, expiresAt: now + 300 }), state: "open" }, { expiresAt: now + life });
  const path = `/enrolment/v1/transactions/${id}/claim`;
  const proofs = await Promise.all(devices.map(({ privateKey, jwk }) => proofFor(privateKey, jwk, `${issuer}${path}`)));
  return { use: async (origin, which) => statusOf(await fetch(`${origin}${path}`, { method: "POST", headers: { "content-type": "application/json", dpop: proofs[which] ?? "" }, body: JSON.stringify({ secret }) })) };
};

/** One phone asks twice: of two statements for one signature only one may be signed. */
const enrolmentStatement: MakeOnceOnly = async ({ storage, issuer, now, devices: [device] }) => {
  const id = asIdentifier<TransactionId>(newIdentifier());
  await storage.artifacts.insert("EnrolmentTransaction", id, { ...frame({ id, device: "same", number: null, openedAt: now, expiresAt: now + 300 }), state: "claimed", deviceKey: device.thumbprint, attempts: 0 }, { expiresAt: now + life });
  const path = `/enrolment/v1/transactions/${id}/statement`;
  const proofs = [await proofFor(device.privateKey, device.jwk, `${issuer}${path}`), await proofFor(device.privateKey, device.jwk, `${issuer}${path}`)];
  return { use: async (origin, which) => statusOf(await fetch(`${origin}${path}`, { method: "POST", headers: { "content-type": "application/json", dpop: proofs[which] ?? "" }, body: "{}" })) };
};

/** A proof that is replayed at another node. */
const deviceProof: MakeOnceOnly = async ({ issuer, devices: [device] }) => {
  const path = `/enrolment/v1/transactions/${newIdentifier()}/status`;
  const proof = await proofFor(device.privateKey, device.jwk, `${issuer}${path}`);
  // No such transaction: whoever gets past the proof learns that with 404, whoever does not, with 401.
  return { use: async (origin) => ((await statusOf(await fetch(`${origin}${path}`, { method: "POST", headers: { "content-type": "application/json", dpop: proof }, body: "{}" }))) === 404 ? 200 : 401) };
};

const proofFor = (key: CryptoKey, jwk: JWK, url: string): Promise<string> =>
  new SignJWT({ htm: "POST", htu: url, jti: newIdentifier() }).setProtectedHeader({ alg: "ES256", typ: "dpop+jwt", jwk }).setIssuedAt().sign(key);

/** By what a sentence calls it. */
export const onceOnly: Readonly<Record<string, MakeOnceOnly>> = {
  "a code": code,
  "a refresh token": refreshToken,
  "a passkey's challenge": passkeyChallenge,
  "a claim of a transaction": claimedTransaction,
  "a statement to sign": enrolmentStatement,
  "a device's proof": deviceProof,
};

/** How often each outcome came: by the statuses of both uses, the lower first. */
export type Outcomes = Readonly<Record<string, number>>;

/** Makes a thing so many times and gives each to both nodes at the same time. */
export async function useTwice(make: MakeOnceOnly, stage: Stage, [one, other]: readonly [string, string], times: number): Promise<Outcomes> {
  const outcomes: Record<string, number> = {};
  let left = times;
  const work = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      const thing = await make(stage);
      const statuses = await Promise.all([thing.use(one, 0), thing.use(other, 1)]);
      const outcome = statuses.toSorted((a, b) => a - b).join(" ");
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return outcomes;
}

const atOnce = 8;

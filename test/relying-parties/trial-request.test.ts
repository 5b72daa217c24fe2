import { decodeJwt, decodeProtectedHeader, exportJWK, generateKeyPair, type JWK } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { orThrow } from "../../src/errors.ts";
import { addRelyingParty, type Credentials, type Diagnosis, metadataOf, type RegistrationRequest, type TrialPorts, tryPushedRequest } from "../../src/relying-parties/index.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
let key: JWK;
let otherKey: JWK;

beforeAll(async () => {
  world = await startWorld();
  [key, otherKey] = await Promise.all([makeKey(), makeKey()]) as [JWK, JWK];
});
afterAll(() => world.close());

async function makeKey(): Promise<JWK> {
  const { privateKey } = await generateKeyPair("ES256", { extractable: true });
  return { ...(await exportJWK(privateKey)), kid: crypto.randomUUID() };
}

const publicPart = ({ d: _private, ...rest }: JWK): JWK => rest;
let count = 0;

/** Registers as told and tries a request; what was sent is seen too. */
async function trial(changes: Partial<RegistrationRequest>, credentials: Credentials, issuer = world.issuer): Promise<{ found: Diagnosis; sent: URLSearchParams[] }> {
  count += 1;
  const isBySecret = changes.authentication === "client_secret_basic" || changes.authentication === "attest_jwt_client_auth";
  const metadata = orThrow(metadataOf({ clientId: `trial-${count}`, name: "S", redirectUris: ["https://rp.example/cb"], authentication: "private_key_jwt", ...(!isBySecret && { jwks: { keys: [publicPart(key)] } }), ...changes }));
  const { secret } = await addRelyingParty(world.bridge.storage, metadata, world.now());
  const sent: URLSearchParams[] = [];
  const post: TrialPorts["post"] = async (url, body, headers) => {
    sent.push(body);
    const response = await fetch(url, { method: "POST", body, headers });
    return { status: response.status, body: (await response.json()) as object };
  };
  const found = await tryPushedRequest(metadata, credentials.secret === "right" ? { secret: secret ?? "" } : credentials, { issuer, now: world.now(), post });
  return { found, sent };
}

const bySecret = { authentication: "client_secret_basic" } as const;

describe("the trial request", () => {
  const rows: [string, Partial<RegistrationRequest>, () => Credentials, Diagnosis["outcome"], RegExp][] = [
    ["by the registered key", {}, () => ({ key }), "ok", /took a request/],
    ["under FAPI 2.0", { profile: "fapi2" }, () => ({ key }), "ok", /took a request/],
    ["with message signing", { profile: "fapi2", messageSigning: true }, () => ({ key }), "ok", /took a request/],
    ["by the secret", bySecret, () => ({ secret: "right" }), "ok", /took a request/],
    ["by a wrong secret", bySecret, () => ({ secret: "wrong" }), "problem", /invalid_client/],
    ["by a key that is not registered", {}, () => ({ key: otherKey }), "problem", /not among the registered/],
    ["by something that is no key", {}, () => ({ key: { kty: "none" } }), "problem", /not among the registered|cannot be used/],
    ["without the key", {}, () => ({}), "not_tried", /private key/],
    ["without the secret", bySecret, () => ({}), "not_tried", /secret/],
    ["by attestation", { authentication: "attest_jwt_client_auth" }, () => ({}), "not_tried", /attest_jwt_client_auth cannot be tried/],
  ];
  test.each(rows)("%s", async (_name, changes, credentials, outcome, finding) => {
    const { found, sent } = await trial(changes, credentials());
    expect(found).toMatchObject({ check: "trial_request", outcome });
    expect(found.finding).toMatch(finding);
    expect(sent.length > 0).toBe(outcome === "ok" || found.finding.includes("invalid_client"));
  });

  test("where nobody answers: it says so, and finds no fault with the registration", async () => {
    const { found } = await trial({}, { key }, "http://127.0.0.1:9");
    expect([found.outcome, found.finding]).toEqual(["not_tried", expect.stringContaining("does not answer")]);
  });

  test("proves itself for a minute, to this bridge alone, and asks for nothing but to sign in", async () => {
    const { sent: [form = new URLSearchParams()] } = await trial({}, { key });
    const assertion = form.get("client_assertion") ?? "";
    expect(decodeProtectedHeader(assertion)).toEqual({ alg: "ES256", kid: key.kid });
    const { iss, sub, aud, iat = 0, exp = 0 } = decodeJwt(assertion);
    expect({ iss, sub, aud, life: exp - iat }).toEqual({ iss: form.get("client_id"), sub: form.get("client_id"), aud: world.issuer, life: 60 });
    expect(form.get("scope")).toBe("openid");
    expect([...form.values()].join(" ")).not.toContain(key.d);
  });
});

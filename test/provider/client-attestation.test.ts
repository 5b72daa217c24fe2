import { clientAttestationPop } from "@jpki-bridge/client-sdk/enrolment";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { orThrow } from "../../src/errors.ts";
import { addRelyingParty, metadataOf } from "../../src/relying-parties/index.ts";
import { startWorld, type World } from "../support/world.ts";

type Keys = Awaited<ReturnType<typeof generateKeyPair>>;

let attester: Keys;
let instance: Keys;
let on: World;
let off: World;

beforeAll(async () => {
  [attester, instance] = await Promise.all([generateKeyPair("ES256", { extractable: true }), generateKeyPair("ES256")]);
  const { kty, crv, x, y } = await exportJWK(attester.publicKey);
  const key = { kid: "attester-1", kty, crv, x, y } as never;
  [on, off] = await Promise.all([startWorld((file) => ({ ...file, client_attesters: [{ clients: ["app"], keys: [key] }] })), startWorld()]);
  await Promise.all([on, off].flatMap((world) => ["app", "other-app"].map((clientId) => register(world, clientId))));
});
afterAll(() => Promise.all([on, off].map((world) => world.close())));

async function register(world: World, clientId: string): Promise<void> {
  const metadata = orThrow(metadataOf({ clientId, name: clientId, redirectUris: ["https://app.example/callback"], authentication: "attest_jwt_client_auth" }));
  await addRelyingParty(world.bridge.storage, metadata, world.now());
}

interface Attack {
  readonly clientId?: string;
  readonly attestation?: { readonly by?: Keys; readonly kid?: string; readonly sub?: string; readonly typ?: string; readonly exp?: number };
  readonly pop?: { readonly key?: CryptoKey; readonly issuer?: string; readonly challenge?: string } | null;
}

async function attestationOf(world: World, { by = attester, kid = "attester-1", sub = "app", typ = "oauth-client-attestation+jwt", exp = world.now() + 300 }: NonNullable<Attack["attestation"]>): Promise<string> {
  const cnf = { jwk: await exportJWK(instance.publicKey) };
  return new SignJWT({ cnf }).setProtectedHeader({ alg: "ES256", typ, kid }).setSubject(sub).setIssuedAt(world.now()).setExpirationTime(exp).sign(by.privateKey);
}

async function challengeOf(world: World): Promise<string> {
  const response = await fetch(`${world.issuer}/challenge`, { method: "POST" });
  const { attestation_challenge } = (response.ok ? await response.json() : {}) as { attestation_challenge?: string };
  return attestation_challenge ?? "none";
}

/** The headers of one authentication; by default right ones. */
async function headersOf(world: World, { attestation = {}, pop = {}, clientId = "app" }: Attack = {}): Promise<Record<string, string>> {
  const { key = instance.privateKey, issuer = world.issuer, challenge = await challengeOf(world) } = pop ?? {};
  const proof = await clientAttestationPop({ key, issuer, challenge, now: world.now() });
  return { "oauth-client-attestation": await attestationOf(world, { sub: clientId, ...attestation }), ...(pop !== null && { "oauth-client-attestation-pop": proof }) };
}

async function push(world: World, headers: Record<string, string>, clientId = "app"): Promise<{ status: number; error: unknown }> {
  const parameters = { client_id: clientId, response_type: "code", scope: "openid", redirect_uri: "https://app.example/callback", code_challenge: "A".repeat(43), code_challenge_method: "S256" };
  return answerOf(await fetch(`${world.issuer}/par`, { method: "POST", headers, body: new URLSearchParams(parameters) }));
}

async function redeem(world: World, headers: Record<string, string>): Promise<{ status: number; error: unknown }> {
  const parameters = { client_id: "app", grant_type: "authorization_code", code: "none", redirect_uri: "https://app.example/callback", code_verifier: "A".repeat(43) };
  return answerOf(await fetch(`${world.issuer}/token`, { method: "POST", headers, body: new URLSearchParams(parameters) }));
}

async function answerOf(response: Response): Promise<{ status: number; error: unknown }> {
  const { error } = (await response.json()) as { error?: unknown };
  return { status: response.status, error };
}

describe("with an attester", () => {
  test("an attested instance may push a request, and is past client authentication at the token endpoint", async () => {
    expect(await push(on, await headersOf(on))).toEqual({ status: 201, error: undefined });
    expect(await redeem(on, await headersOf(on))).toEqual({ status: 400, error: "invalid_grant" });
  });

  test("discovery names the method", async () => {
    const { token_endpoint_auth_methods_supported: methods } = (await (await fetch(`${on.issuer}/.well-known/openid-configuration`)).json()) as Record<string, unknown>;
    expect(methods).toContain("attest_jwt_client_auth");
  });

  test("a proof counts once", async () => {
    const headers = await headersOf(on);
    expect((await push(on, headers)).status).toBe(201);
    expect(await push(on, headers)).toEqual({ status: 401, error: "invalid_client" });
  });

  test.each<[string, () => Promise<Attack>, string]>([
    ["no attestation, no proof", async () => ({ pop: null, attestation: { typ: "JWT" } }), "invalid_client"],
    ["no proof of the instance key", async () => ({ pop: null }), "invalid_client"],
    ["a proof by another key", async () => ({ pop: { key: (await generateKeyPair("ES256")).privateKey } }), "invalid_client"],
    ["a proof for another bridge", async () => ({ pop: { issuer: "https://other.example" } }), "invalid_client"],
    ["a challenge that was never given out", async () => ({ pop: { challenge: "A".repeat(43) } }), "use_attestation_challenge"],
    ["an attestation by a stranger", async () => ({ attestation: { by: await generateKeyPair("ES256") } }), "invalid_client"],
    ["an attestation by the instance itself", async () => ({ attestation: { by: instance } }), "invalid_client"],
    ["an unknown key of the attester", async () => ({ attestation: { kid: "attester-2" } }), "invalid_client"],
    ["an attestation for another client", async () => ({ attestation: { sub: "other-app" } }), "invalid_request"],
    ["a client for whom the attester may not speak", async () => ({ clientId: "other-app" }), "invalid_client"],
    ["another kind of token", async () => ({ attestation: { typ: "JWT" } }), "invalid_client"],
    ["an attestation that has expired", async () => ({ attestation: { exp: on.now() - 300 } }), "invalid_client"],
  ])("refused: %s", async (_, make, error) => {
    const attack = await make();
    const answer = await push(on, await headersOf(on, attack), attack.clientId);
    expect(answer.error).toBe(error);
    expect(answer.status).toBeGreaterThanOrEqual(400);
  });

  test("the method is no way around the authentication of another client", async () => {
    const metadata = orThrow(metadataOf({ clientId: "secret-app", name: "Secret", redirectUris: ["https://app.example/callback"], authentication: "client_secret_basic" }));
    await addRelyingParty(on.bridge.storage, metadata, on.now());
    expect((await push(on, await headersOf(on, { clientId: "secret-app" }), "secret-app")).status).toBeGreaterThanOrEqual(400);
  });
});

describe("without an attester, which is the default", () => {
  test.each(["app", "other-app"])("%s is refused, whatever it shows", async (clientId) => {
    const answer = await push(off, await headersOf(off, { clientId }), clientId);
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.status).toBeLessThan(500);
  });

  test("neither discovery nor a challenge speaks of it", async () => {
    const discovery = await (await fetch(`${off.issuer}/.well-known/openid-configuration`)).text();
    expect(discovery).not.toContain("attest");
    expect(await challengeOf(off)).toBe("none");
  });
});

import { describe, expect, test } from "vitest";
import { orThrow } from "../../src/errors.ts";
import { diagnose, type Diagnosis, type Examination, metadataOf, type RegistrationRequest, type RelyingPartyMetadata } from "../../src/relying-parties/index.ts";
import { publicKey, registration } from "./registrations.ts";

const now = 1_800_000_000;
const examination = (changes: Partial<Examination> = {}): Examination => ({
  now,
  fetchDocument: async () => {
    throw new Error("offline");
  },
  bridge: { highestAal: 3, mutualTls: "off", attestedClients: [] },
  ...changes,
});
const offline = examination();
const answering = (json: unknown, date: number | null = now): Examination => examination({ fetchDocument: async () => ({ json, date }) });
const withBridge = (bridge: Partial<Examination["bridge"]>): Examination => examination({ bridge: { ...offline.bridge, ...bridge } });
const rsa = (octets: number): object => ({ kty: "RSA", n: Buffer.alloc(octets, 255).toString("base64url"), e: "AQAB", use: "sig", kid: "r" });
const ed25519 = { kty: "OKP", crv: "Ed25519", x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", use: "sig", kid: "e" };
const withSecret = { authentication: "client_secret_basic", jwks: undefined as never } as const;
const metadata = (changes: Partial<RegistrationRequest> = {}): RelyingPartyMetadata => orThrow(metadataOf(registration(changes)));
const byUri = metadata({ jwks: undefined as never, jwksUri: "https://rp.example/jwks" });
const find = (findings: readonly Diagnosis[], check: string): Diagnosis | undefined => findings.find((finding) => finding.check === check);

describe("the doctor", () => {
  test("finds nothing wrong with the best of registrations", async () => {
    const best = metadata({ requirePushedRequests: true, dpopBound: true, backchannelLogoutUri: "https://rp.example/out" });
    const findings = await diagnose(best, offline);
    expect(findings.map(({ check, outcome, remedy }) => [check, outcome, remedy])).toEqual([
      ["redirect_uri", "ok", ""], ["client_authentication", "ok", ""], ["client_keys", "ok", ""], ["clock", "not_tried", expect.any(String)], ["backchannel_logout", "ok", ""], ["levels", "ok", ""], ["federation_level", "ok", ""],
    ]);
  });

  const rows: [string, RelyingPartyMetadata, Examination, string, Diagnosis["outcome"], RegExp][] = [
    ["a redirect URI on loopback", metadata({ redirectUris: ["http://localhost:3100/cb"] }), offline, "redirect_uri", "warning", /loopback/],
    ["a redirect URI that rotted in the database", { ...metadata(), redirect_uris: ["http://rp.example/cb"] }, offline, "redirect_uri", "problem", /must be https/],
    ["a shared secret", metadata({ authentication: "client_secret_basic", jwks: undefined as never }), offline, "client_authentication", "warning", /shared secret/],
    ["keys that cannot be fetched", byUri, offline, "client_keys", "problem", /rp\.example\/jwks did not answer/],
    ["an answer without keys", byUri, answering({}), "client_keys", "problem", /no EC P-256/],
    ["an empty set", byUri, answering({ keys: [] }), "client_keys", "problem", /no EC P-256/],
    ["null", byUri, answering(null), "client_keys", "problem", /did not answer with JSON/],
    ["a list", byUri, answering([publicKey]), "client_keys", "problem", /no EC P-256/],
    ["text", byUri, answering("keys"), "client_keys", "problem", /no EC P-256/],
    ["a set of null", byUri, answering({ keys: [null, 1, "x"] }), "client_keys", "problem", /no EC P-256/],
    ["RSA keys only", byUri, answering({ keys: [{ kty: "RSA", n: "AAAA", e: "AQAB" }] }), "client_keys", "problem", /no EC P-256/],
    ["another curve", byUri, answering({ keys: [{ ...publicKey, crv: "P-384" }] }), "client_keys", "problem", /no EC P-256/],
    ["an encryption key", byUri, answering({ keys: [{ ...publicKey, use: "enc" }] }), "client_keys", "problem", /no EC P-256/],
    ["its private key, published", byUri, answering({ keys: [{ ...publicKey, d: "AAAA" }] }), "client_keys", "problem", /no EC P-256/],
    ["a registration that lost its keys", { ...metadata(), jwks: undefined }, offline, "client_keys", "problem", /no EC P-256/],
    ["RSA keys where PS256 was registered", { ...byUri, token_endpoint_auth_signing_alg: "PS256" }, answering({ keys: [rsa(256)] }), "client_keys", "ok", /^1 PS256 signing key$/],
    ["an RSA key that is too short", { ...byUri, token_endpoint_auth_signing_alg: "PS256" }, answering({ keys: [rsa(128)] }), "client_keys", "problem", /no RSA of 2048/],
    ["an Ed25519 key where EdDSA was registered", { ...byUri, token_endpoint_auth_signing_alg: "EdDSA" }, answering({ keys: [{ ...ed25519, alg: "Ed25519" }] }), "client_keys", "ok", /^1 EdDSA signing key$/],
    ["an Ed25519 key where ES256 was registered", byUri, answering({ keys: [ed25519] }), "client_keys", "problem", /no EC P-256/],
    ["a key for another algorithm", byUri, answering({ keys: [{ ...publicKey, alg: "ES384" }] }), "client_keys", "problem", /no EC P-256/],
    ["a key that has ended", byUri, answering({ keys: [{ ...publicKey, exp: now }] }), "client_keys", "problem", /no EC P-256/],
    ["a self-signed certificate without one", metadata({ authentication: "self_signed_tls_client_auth" }), offline, "client_keys", "problem", /no key with its certificate/],
    ["a self-signed certificate", metadata({ authentication: "self_signed_tls_client_auth", jwks: { keys: [{ ...publicKey, x5c: ["AAAA"] }] } }), offline, "client_keys", "ok", /^1 certificate$/],
    ["keys of one name", byUri, answering({ keys: [publicKey, publicKey] }), "key_ids", "warning", /not each has a kid/],
    ["keys without a name", byUri, answering({ keys: [publicKey, { ...publicKey, kid: undefined }] }), "key_ids", "warning", /not each has a kid/],
    ["keys that cannot be used beside a good one", byUri, answering({ keys: [publicKey, ed25519, { ...publicKey, exp: now - 1 }] }), "unused_keys", "warning", /^2 more/],
    ["many old keys", byUri, answering({ keys: ["1", "2", "3"].map((kid) => ({ ...publicKey, kid })) }), "unused_keys", "warning", /^3 signing keys/],
    ["a clock that is right", byUri, answering({ keys: [publicKey] }, now - 9), "clock", "ok", /within seconds/],
    ["a clock that is a little behind", byUri, answering({ keys: [publicKey] }, now - 30), "clock", "warning", /^30 seconds behind/],
    ["a clock that is ahead", byUri, answering({ keys: [publicKey] }, now + 61), "clock", "problem", /^61 seconds ahead/],
    ["no clock", byUri, answering({ keys: [publicKey] }, null), "clock", "not_tried", /no Date/],
    ["attestations that nobody may make", metadata({ authentication: "attest_jwt_client_auth", jwks: undefined as never }), offline, "client_authentication", "problem", /nobody may make them/],
    ["attestations", metadata({ authentication: "attest_jwt_client_auth", jwks: undefined as never }), withBridge({ attestedClients: ["service-1"] }), "client_authentication", "ok", /^authenticates by an attestation/],
    ["certificates that the bridge is not shown", metadata({ authentication: "self_signed_tls_client_auth" }), offline, "client_authentication", "problem", /shown none/],
    ["certificates of no authority", metadata({ authentication: "tls_client_auth", certificateName: { kind: "dns", value: "rp.example" } }), withBridge({ mutualTls: "self_signed" }), "client_authentication", "problem", /no authority/],
    ["certificates of an authority", metadata({ authentication: "tls_client_auth", certificateName: { kind: "dns", value: "rp.example" } }), withBridge({ mutualTls: "authorities" }), "client_authentication", "ok", /of an authority/],
    ["two secrets", metadata(withSecret), examination({ earlierSecretUntil: now + 1 }), "client_secret", "warning", /counts until 2027-01-15T08:00:01Z/],
    ["FAPI 2.0", metadata({ profile: "fapi2" }), offline, "profile", "ok", /^FAPI 2.0$/],
    ["FAPI 2.0 by name alone", { ...metadata(), profile: "fapi2" }, offline, "profile", "problem", /fapi2 needs true/],
    ["a level that nobody can reach", metadata({ minimumAal: 3 }), withBridge({ highestAal: 2 }), "levels", "problem", /nobody can sign in/],
    ["a level that some can reach", metadata({ minimumAal: 3 }), offline, "levels", "ok", /AAL 3/],
    ["one good key", byUri, answering({ keys: [publicKey] }), "client_keys", "ok", /^1 ES256 signing key$/],
    ["two good keys", byUri, answering({ keys: [publicKey, { ...publicKey, kid: "2" }] }), "client_keys", "ok", /^2 ES256 signing keys$/],
    ["no back-channel logout", metadata(), offline, "backchannel_logout", "warning", /no backchannel_logout_uri/],
    ["pushed requests without DPoP", metadata({ requirePushedRequests: true }), offline, "federation_level", "ok", /FAL 2/],
    ["requests that are not pushed", metadata(), offline, "federation_level", "warning", /FAL 1/],
    ["DPoP without pushed requests", metadata({ dpopBound: true }), offline, "federation_level", "warning", /FAL 1/],
    ["all of it with a shared secret", metadata({ authentication: "client_secret_basic", jwks: undefined as never, requirePushedRequests: true, dpopBound: true }), offline, "federation_level", "warning", /FAL 1/],
  ];
  test.each(rows)("of %s says so and how to mend it", async (_name, party, surroundings, check, outcome, finding) => {
    const found = find(await diagnose(party, surroundings), check);
    expect(found).toMatchObject({ outcome });
    expect(found?.finding).toMatch(finding);
    expect(found?.remedy === "").toBe(outcome === "ok");
  });

  test("looks at each redirect URI, and asks only where the registration says", async () => {
    const asked: string[] = [];
    const party = { ...byUri, redirect_uris: ["https://rp.example/a", "http://localhost/b", "https://rp.example/c#d"] };
    const findings = await diagnose(party, examination({
      fetchDocument: async (url) => {
        asked.push(url);
        return { json: { keys: [publicKey] }, date: null };
      },
    }));
    expect(findings.filter(({ check }) => check === "redirect_uri").map(({ outcome }) => outcome)).toEqual(["ok", "warning", "problem"]);
    expect(asked).toEqual(["https://rp.example/jwks"]);
  });
});

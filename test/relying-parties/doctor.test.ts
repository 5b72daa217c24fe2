import { describe, expect, test } from "vitest";
import { orThrow } from "../../src/errors.ts";
import { diagnose, type Diagnosis, metadataOf, type RegistrationRequest, type RelyingPartyMetadata } from "../../src/relying-parties/index.ts";
import { publicKey, registration } from "./registrations.ts";

const offline = async (): Promise<unknown> => {
  throw new Error("offline");
};
const answering = (answer: unknown) => async (): Promise<unknown> => answer;
const metadata = (changes: Partial<RegistrationRequest> = {}): RelyingPartyMetadata => orThrow(metadataOf(registration(changes)));
const byUri = metadata({ jwks: undefined as never, jwksUri: "https://rp.example/jwks" });
const find = (findings: readonly Diagnosis[], check: string): Diagnosis | undefined => findings.find((finding) => finding.check === check);

describe("the doctor", () => {
  test("finds nothing wrong with the best of registrations", async () => {
    const best = metadata({ requirePushedRequests: true, dpopBound: true, backchannelLogoutUri: "https://rp.example/out" });
    const findings = await diagnose(best, offline);
    expect(findings.map(({ check, outcome, remedy }) => [check, outcome, remedy])).toEqual([
      ["redirect_uri", "ok", ""], ["client_keys", "ok", ""], ["backchannel_logout", "ok", ""], ["federation_level", "ok", ""],
    ]);
  });

  const rows: [string, RelyingPartyMetadata, (url: string) => Promise<unknown>, string, Diagnosis["outcome"], RegExp][] = [
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
    ["one good key", byUri, answering({ keys: [publicKey] }), "client_keys", "ok", /^1 ES256 signing key$/],
    ["two good keys", byUri, answering({ keys: [publicKey, { ...publicKey, kid: "2" }] }), "client_keys", "ok", /^2 ES256 signing keys$/],
    ["no back-channel logout", metadata(), offline, "backchannel_logout", "warning", /no backchannel_logout_uri/],
    ["pushed requests without DPoP", metadata({ requirePushedRequests: true }), offline, "federation_level", "ok", /FAL 2/],
    ["requests that are not pushed", metadata(), offline, "federation_level", "warning", /FAL 1/],
    ["DPoP without pushed requests", metadata({ dpopBound: true }), offline, "federation_level", "warning", /FAL 1/],
    ["all of it with a shared secret", metadata({ authentication: "client_secret_basic", jwks: undefined as never, requirePushedRequests: true, dpopBound: true }), offline, "federation_level", "warning", /FAL 1/],
  ];
  test.each(rows)("of %s says so and how to mend it", async (_name, party, fetchJson, check, outcome, finding) => {
    const found = find(await diagnose(party, fetchJson), check);
    expect(found).toMatchObject({ outcome });
    expect(found?.finding).toMatch(finding);
    expect(found?.remedy === "").toBe(outcome === "ok");
  });

  test("looks at each redirect URI, and asks only where the registration says", async () => {
    const asked: string[] = [];
    const party = { ...byUri, redirect_uris: ["https://rp.example/a", "http://localhost/b", "https://rp.example/c#d"] };
    const findings = await diagnose(party, async (url) => {
      asked.push(url);
      return { keys: [publicKey] };
    });
    expect(findings.filter(({ check }) => check === "redirect_uri").map(({ outcome }) => outcome)).toEqual(["ok", "warning", "problem"]);
    expect(asked).toEqual(["https://rp.example/jwks"]);
  });
});

import * as fc from "fast-check";
import { Provider } from "oidc-provider";
import { describe, expect, test } from "vitest";
import { defaultPolicy } from "../../src/assurance/policy.ts";
import { createConfiguration } from "../../src/provider/configuration.ts";
import { ensureKeys, loadKeySet } from "../../src/provider/keys.ts";
import type { ProviderPorts } from "../../src/provider/ports.ts";
import { addRelyingParty, metadataOf, redirectUriProblem, type RegistrationRequest } from "../../src/relying-parties/index.ts";
import { temporaryStorage } from "../storage/temporary.ts";
import { registration } from "./registrations.ts";

const now = 1_800_000_000;

/** Whether the provider takes a registration that was accepted: else every sign-in there would fail. */
async function takes(): Promise<(changes: Partial<RegistrationRequest>) => Promise<boolean | string>> {
  const storage = temporaryStorage();
  await ensureKeys(storage, now);
  const ports = { storage, clock: () => now, issuer: "https://bridge.example", assurance: defaultPolicy, statusRefresh: 300, resources: [], clientAttesters: [], mutualTls: null, anchors: { userAuthentication: [], signature: [] } } as unknown as ProviderPorts;
  const provider = new Provider(ports.issuer, createConfiguration(ports, {} as never, { signing: (await loadKeySet(storage, now)).keys, cookies: ["test"] }));
  let count = 0;
  return async (changes) => {
    const clientId = `client-${(count += 1)}`;
    const verdict = metadataOf(registration({ ...changes, clientId }));
    if (!verdict.valid) return `refused: ${verdict.at}`;
    await addRelyingParty(storage, verdict.value, now);
    return provider.Client.find(clientId).then((client) => client !== undefined, (error: Error & { error_description?: string }) => error.error_description ?? error.message);
  };
}

describe("a registration that is accepted works at the provider", () => {
  const rows: [string, Partial<RegistrationRequest>][] = [
    ["by default", {}],
    ["with a shared secret", { authentication: "client_secret_basic", jwks: undefined as never }],
    ["with keys at a URL", { jwks: undefined as never, jwksUri: "https://rp.example/jwks" }],
    ["with everything", { signingAlgorithm: "RS256", requirePushedRequests: true, dpopBound: true, backchannelLogoutUri: "https://rp.example/out", minimumIal: 3, minimumAal: 3, maximumStatusAge: 0, postLogoutRedirectUris: ["https://other.example/out"] }],
    ["on loopback", { redirectUris: ["http://localhost:3100/cb", "http://localhost:3100/again"], backchannelLogoutUri: "http://localhost:3100/out", postLogoutRedirectUris: ["http://127.0.0.1/"] }],
    ["without refresh tokens", { refreshTokens: false }],
    ["with an RSA key besides", { jwks: { keys: [registration().jwks?.keys[0] ?? {}, { kty: "RSA", n: "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw", e: "AQAB" }] } }],
  ];
  test.each(rows)("%s", async (_name, changes) => expect(await (await takes())(changes)).toBe(true));

  test("whatever redirect URI is taken", async () => {
    const take = await takes();
    const loose = fc.tuple(fc.constantFrom("https://", "http://", "https:", "HTTPS://"), fc.string({ unit: "grapheme-ascii", maxLength: 20 })).map((parts) => parts.join(""));
    const uri = fc.oneof(fc.webUrl({ withQueryParameters: true, validSchemes: ["https"] }), loose, fc.webUrl({ validSchemes: ["http", "ftp"] })).filter((text) => redirectUriProblem(text) === null);
    await fc.assert(fc.asyncProperty(uri, async (text) => {
      expect(await take({ redirectUris: [text] }), text).toBe(true);
    }), { numRuns: 100 });
  });
});

import { accept, refuse, type Verdict } from "../../errors.ts";
import { acrOf, clientAlgorithm, type Connection, idTokenAlgorithm, isByKey, isDpopBound, isMessageSigned, isPushed, minimumsOf, quoted, redirectUriOf } from "./connection.ts";

/** How WebCrypto names the algorithms of client keys. */
const webCrypto: Readonly<Record<string, string>> = {
  ES256: `{ name: "ECDSA", namedCurve: "P-256" }`,
  PS256: `{ name: "RSA-PSS", hash: "SHA-256" }`,
  RS256: `{ name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" }`,
  EdDSA: `{ name: "Ed25519" }`,
  Ed25519: `{ name: "Ed25519" }`,
};

/** A module for openid-client 6 that begins and ends sign-ins. */
export function forOpenidClient(connection: Connection): Verdict<string> {
  const { issuer, metadata, keyFile } = connection;
  const method = metadata.token_endpoint_auth_method;
  if (!isByKey(connection) && method !== "client_secret_basic") return refuse("invalid_request", `openid-client: register with --auth private_key_jwt or client_secret_basic; ${method} takes more than a configuration`);
  const dpop = isDpopBound(connection) ? ", { DPoP: dpop }" : "";
  return accept(lines(
    isByKey(connection) && `import { readFile } from "node:fs/promises";`,
    `import * as client from "openid-client";`,
    "",
    isByKey(connection) && [
      `const key = JSON.parse(await readFile(${quoted(keyFile)}, "utf8"));`,
      `const privateKey = await crypto.subtle.importKey("jwk", key, ${webCrypto[clientAlgorithm(connection)] ?? ""}, false, ["sign"]);`,
      "",
    ],
    "export const config = await client.discovery(",
    `  new URL(${quoted(issuer)}),`,
    `  ${quoted(metadata.client_id)},`,
    `  { id_token_signed_response_alg: ${quoted(idTokenAlgorithm(connection))}${isMessageSigned(connection) ? `, authorization_signed_response_alg: "ES256"` : ""} },`,
    isByKey(connection) ? "  client.PrivateKeyJwt({ key: privateKey, kid: key.kid })," : "  client.ClientSecretBasic(process.env.CLIENT_SECRET),",
    issuer.startsWith("http:") && "  { execute: [client.allowInsecureRequests] }, // the sandbox alone has no TLS",
    ");",
    isMessageSigned(connection) && "client.useJwtResponseMode(config);",
    isDpopBound(connection) && "// One key for each of your users' sessions is better still.",
    isDpopBound(connection) && `const dpop = client.getDPoPHandle(config, await client.randomDPoPKeyPair("ES256"));`,
    "",
    "/** Send the browser to `url`, and keep the rest in its session. */",
    "export async function begin() {",
    "  const verifier = client.randomPKCECodeVerifier();",
    "  const state = client.randomState();",
    "  const nonce = client.randomNonce();",
    "  const parameters = {",
    `    redirect_uri: ${quoted(redirectUriOf(connection))},`,
    `    scope: "openid",`,
    acrOf(connection) !== null && `    acr_values: ${quoted(acrOf(connection) ?? "")},`,
    "    state,",
    "    nonce,",
    "    code_challenge: await client.calculatePKCECodeChallenge(verifier),",
    `    code_challenge_method: "S256",`,
    "  };",
    ...request(connection, dpop),
    "  return { url, verifier, state, nonce };",
    "}",
    "",
    "/** The claims about the person; `callback` is the URL that the browser came back with. */",
    "export async function finish(callback, { verifier, state, nonce }) {",
    "  const checks = { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true };",
    `  const tokens = await client.authorizationCodeGrant(config, callback, checks${dpop === "" ? "" : `, undefined${dpop}`});`,
    "  const claims = tokens.claims();",
    ...enforced(connection),
    "  return claims;",
    "}",
  ));
}

function request(connection: Connection, dpop: string): string[] {
  if (isMessageSigned(connection)) {
    return [
      `  const signed = await client.buildAuthorizationUrlWithJAR(config, parameters, { key: privateKey, kid: key.kid });`,
      `  const url = await client.buildAuthorizationUrlWithPAR(config, signed.searchParams${dpop});`,
    ];
  }
  return [isPushed(connection) ? `  const url = await client.buildAuthorizationUrlWithPAR(config, parameters${dpop});` : "  const url = client.buildAuthorizationUrl(config, parameters);"];
}

function enforced(connection: Connection): string[] {
  const minimums = minimumsOf(connection);
  return minimums === null ? [] : [`  if (claims.ial < ${minimums.ial} || claims.aal < ${minimums.aal}) throw new Error("the person is not known surely enough");`];
}

const lines = (...parts: readonly (string | false | readonly string[])[]): string => `${parts.filter((part) => part !== false).flat().join("\n")}\n`;

import { accept, refuse, type Verdict } from "../../errors.ts";
import { acrOf, type Connection, idTokenAlgorithm, isByKey, plainSoftwareProblem, quoted, redirectUriOf } from "./connection.ts";

/** A provider of Auth.js (`@auth/core`, and next-auth 5 and the other frameworks on it). Its id is the last word of the redirect URI. */
export function forAuthJs(connection: Connection): Verdict<string> {
  const { issuer, metadata } = connection;
  const id = /\/callback\/([A-Za-z0-9_-]+)$/.exec(redirectUriOf(connection))?.[1];
  if (id === undefined) return refuse("invalid_request", "authjs: the redirect URI must end with /callback/ and a name, as in https://service.example/api/auth/callback/jpki-bridge");
  const problem = plainSoftwareProblem(connection, ["client_secret_basic"]);
  if (problem !== null || isByKey(connection)) return refuse("invalid_request", `authjs: ${problem ?? ""}`);
  const acr = acrOf(connection);
  return accept(`import type { AuthConfig } from "@auth/core";

export const authConfig = {
  providers: [
    {
      id: ${quoted(id)},
      name: "jpki-bridge",
      type: "oidc",
      issuer: ${quoted(issuer)},
      clientId: ${quoted(metadata.client_id)},
      clientSecret: process.env["CLIENT_SECRET"]!,
      checks: ["pkce", "state", "nonce"],
      authorization: { params: { scope: "openid"${acr === null ? "" : `, acr_values: ${quoted(acr)}`} } },
      client: { token_endpoint_auth_method: "client_secret_basic", id_token_signed_response_alg: ${quoted(idTokenAlgorithm(connection))} },
      profile: (profile) => ({ id: String(profile["sub"]), acr: String(profile["acr"]) }),
    },
  ],
} satisfies AuthConfig;
`);
}

import { accept, refuse, type Verdict } from "../../errors.ts";
import { acrOf, type Connection, idTokenAlgorithm, minimumsOf, plainSoftwareProblem, redirectUriOf } from "./connection.ts";

/** A piece of Apache's configuration for mod_auth_openidc 2.4. The secrets come from Apache's environment (Debian: `/etc/apache2/envvars`). */
export function forApache(connection: Connection): Verdict<string> {
  const { issuer, metadata } = connection;
  const problem = plainSoftwareProblem(connection, ["client_secret_basic"]);
  if (problem !== null) return refuse("invalid_request", `apache: ${problem}`);
  const acr = acrOf(connection);
  return accept(`# In the environment of Apache: CLIENT_SECRET, and OIDC_PASSPHRASE with a random text of your own.
OIDCProviderMetadataURL ${issuer}/.well-known/openid-configuration
OIDCClientID ${metadata.client_id}
OIDCClientSecret \${CLIENT_SECRET}
OIDCProviderTokenEndpointAuth client_secret_basic
OIDCIDTokenSignedResponseAlg ${idTokenAlgorithm(connection)}
OIDCRedirectURI ${redirectUriOf(connection)}
OIDCCryptoPassphrase \${OIDC_PASSPHRASE}
OIDCResponseType code
OIDCPKCEMethod S256
OIDCScope openid
OIDCRemoteUserClaim sub
${acr === null ? "" : `OIDCAuthRequestParams acr_values=${encodeURIComponent(acr)}\n`}
<Location />
  AuthType openid-connect
${required(connection)}
</Location>
`);
}

/** Every level that is enough is named: Apache compares text. */
function required(connection: Connection): string {
  const minimums = minimumsOf(connection);
  if (minimums === null) return "  Require valid-user";
  const values = (least: number): number[] => [1, 2, 3].filter((level) => level >= least);
  return [
    "  <RequireAll>",
    "    <RequireAny>",
    ...values(minimums.ial).map((level) => `      Require claim ial:${level}`),
    "    </RequireAny>",
    "    <RequireAny>",
    ...values(minimums.aal).map((level) => `      Require claim aal:${level}`),
    "    </RequireAny>",
    "  </RequireAll>",
  ].join("\n");
}

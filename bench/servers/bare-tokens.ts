/** The baseline for tokens: oidc-provider as it comes, in memory; client credentials grants of JWT access tokens (ES256), and of opaque ones without a resource. */
import { Provider } from "oidc-provider";
import { bareGround } from "./bare-ground.ts";

const { server, issuer, jwks, client } = await bareGround();
const provider = new Provider(issuer, {
  jwks,
  clients: [{ ...client, grant_types: ["client_credentials"], response_types: [], redirect_uris: [] }],
  scopes: ["bench"],
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    introspection: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => [],
      getResourceServerInfo: () => ({ scope: "bench", audience: "https://resource.example", accessTokenTTL: 600, accessTokenFormat: "jwt", jwt: { sign: { alg: "ES256" } } }),
    },
  },
});
server.on("request", provider.callback());
process.send?.({ issuer, clientId: client.client_id, clientSecret: client.client_secret });

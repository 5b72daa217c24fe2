/** The baseline for tokens: oidc-provider as it comes, in memory; client credentials grants of JWT access tokens (ES256), and of opaque ones without a resource. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, generateKeyPair } from "jose";
import { Provider } from "oidc-provider";
import "./probe.ts";

const server = createServer();
await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
const issuer = `http://localhost:${(server.address() as AddressInfo).port}`;
const { privateKey } = await generateKeyPair("ES256", { extractable: true });
const clientSecret = "bench-secret-bench-secret-bench-secret";
const provider = new Provider(issuer, {
  jwks: { keys: [{ ...(await exportJWK(privateKey)), alg: "ES256", use: "sig", kid: "1" }] as never },
  clients: [{ client_id: "bench", client_secret: clientSecret, grant_types: ["client_credentials"], response_types: [], redirect_uris: [], id_token_signed_response_alg: "ES256" }],
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
process.send?.({ issuer, clientId: "bench", clientSecret });

/** The baseline: oidc-provider as it comes, in memory, every sign-in automatic. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { generateKeyPair, exportJWK } from "jose";
import { Provider } from "oidc-provider";
import "./probe.ts";

const server = createServer();
await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
const issuer = `http://localhost:${(server.address() as AddressInfo).port}`;
const { privateKey } = await generateKeyPair("ES256", { extractable: true });
const clientSecret = "bench-secret-bench-secret-bench-secret";
const provider = new Provider(issuer, {
  jwks: { keys: [{ ...(await exportJWK(privateKey)), alg: "ES256", use: "sig", kid: "1" }] as never },
  clients: [{ client_id: "bench", client_secret: clientSecret, redirect_uris: ["https://rp.example/callback"], id_token_signed_response_alg: "ES256" }],
  clientDefaults: { id_token_signed_response_alg: "ES256" },
  cookies: { keys: ["bench"] },
  features: { devInteractions: { enabled: false } },
  interactions: { url: (_ctx, { uid }) => `/interaction/${uid}` },
  findAccount: async (_ctx, sub) => ({ accountId: sub, claims: async () => ({ sub }) }),
});
const answer = provider.callback();
server.on("request", (request, response) => {
  if (request.url?.startsWith("/interaction/") !== true) return void answer(request, response);
  void (async () => {
    const { params } = await provider.interactionDetails(request, response);
    const grant = new provider.Grant({ accountId: "person", clientId: String(params["client_id"]) });
    grant.addOIDCScope("openid");
    const grantId = await grant.save();
    await provider.interactionFinished(request, response, { login: { accountId: "person" }, consent: { grantId } });
  })();
});
process.send?.({ issuer, clientId: "bench", clientSecret });
// Ended in the ordinary way, it leaves the CPU profile that it may have been asked for.
process.once("SIGTERM", () => process.exit(0));

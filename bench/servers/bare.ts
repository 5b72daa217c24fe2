/** The baseline: oidc-provider as it comes, in memory, every sign-in automatic. */
import { Provider } from "oidc-provider";
import { bareGround } from "./bare-ground.ts";

const { server, issuer, jwks, client } = await bareGround();
const provider = new Provider(issuer, {
  jwks,
  clients: [{ ...client, redirect_uris: ["https://rp.example/callback"] }],
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
process.send?.({ issuer, clientId: client.client_id, clientSecret: client.client_secret });
// Ended in the ordinary way, it leaves the CPU profile that it may have been asked for.
process.once("SIGTERM", () => process.exit(0));

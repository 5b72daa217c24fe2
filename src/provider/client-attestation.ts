import type { Configuration } from "oidc-provider";
import { errors } from "oidc-provider";
import type { ProviderPorts } from "./ports.ts";

interface ClientAttestation {
  readonly methods: readonly "attest_jwt_client_auth"[];
  readonly features: Pick<NonNullable<Configuration["features"]>, "dPoP" | "attestClientAuth">;
}

/**
 * Client authentication by an attestation of the app's instance, off unless there are attesters
 * (draft-ietf-oauth-attestation-based-client-auth-12). The library checks both JWTs, the key that binds
 * them, the challenge, and that a proof counts once; whose word counts for which client is decided here.
 */
export function clientAttestation({ clientAttesters, storage }: ProviderPorts): ClientAttestation {
  if (clientAttesters.length === 0) return { methods: [], features: {} };
  const secret = (purpose: string): Buffer => Buffer.from(storage.sealing.deriveKey(purpose));
  return {
    methods: ["attest_jwt_client_auth"],
    features: {
      dPoP: { enabled: true, nonceSecret: secret("DPoP nonces") },
      attestClientAuth: {
        ack: "draft-12",
        enabled: true,
        challengeSecret: secret("client attestation challenges"),
        getAttestationSignaturePublicKey: async (_ctx, { kid }, _payload, { clientId }) => {
          const keys = clientAttesters.flatMap(({ clients, keys }) => (clients.includes(clientId) ? keys : []));
          const key = keys.find((candidate) => candidate.kid === kid);
          if (key === undefined) throw new errors.InvalidClientAuth("no attester of this client has this key");
          return crypto.subtle.importKey("jwk", { ...key }, { name: "ECDSA", namedCurve: "P-256" }, true, ["verify"]);
        },
        assertAttestationJwtAndPop: () => undefined,
      },
    },
  };
}

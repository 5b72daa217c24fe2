import { createServer, type Server } from "node:http";
import { exportJWK, generateKeyPair } from "jose";
import type { JWKS } from "oidc-provider";
import { listenOnLoopback, portOf } from "../../src/sandbox/loopback.ts";
import "./probe.ts";

/** What every baseline stands on: a server that listens, one ES256 key, one client with a secret. */
interface Ground {
  readonly server: Server;
  readonly issuer: string;
  readonly jwks: JWKS;
  readonly client: { readonly client_id: string; readonly client_secret: string; readonly id_token_signed_response_alg: "ES256" };
}

export async function bareGround(): Promise<Ground> {
  const server = createServer();
  await listenOnLoopback(server, 0);
  const { privateKey } = await generateKeyPair("ES256", { extractable: true });
  return {
    server,
    issuer: `http://localhost:${portOf(server)}`,
    jwks: { keys: [{ ...(await exportJWK(privateKey)), alg: "ES256", use: "sig", kid: "1" }] } as JWKS,
    client: { client_id: "bench", client_secret: "bench-secret-bench-secret-bench-secret", id_token_signed_response_alg: "ES256" },
  };
}

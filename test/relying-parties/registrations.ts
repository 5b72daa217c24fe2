import type { RegistrationRequest } from "../../src/relying-parties/index.ts";

export const publicKey = { kty: "EC", crv: "P-256", x: "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", y: "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0", use: "sig", kid: "1", alg: "ES256" };

/** A registration with nothing wrong. */
export const registration = (changes: Partial<RegistrationRequest> = {}): RegistrationRequest => ({
  clientId: "service-1", name: "サービス", redirectUris: ["https://rp.example/callback"], authentication: "private_key_jwt", jwks: { keys: [publicKey] }, ...changes,
});

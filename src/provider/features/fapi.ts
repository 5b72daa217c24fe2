import { type ClientMetadata, type Configuration, errors, type KoaContextWithOIDC } from "oidc-provider";
import type { Clock } from "../../clock.ts";
import { fapiAlgorithms, fapiProblem, isFapi } from "../../relying-parties/index.ts";
import { ownMetadata } from "../own-metadata.ts";
import { isFromTheFuture } from "./jwt-clock.ts";

/** Longest life of a request object, from nbf to exp (Message Signing 5.3.1). */
const longestRequest = 60 * 60;

type Claims = Readonly<Record<string, unknown>>;
type Features = NonNullable<Configuration["features"]>;

interface Fapi {
  /** Members of the registration that are not the library's, and the check of all that follows from them. */
  readonly extraClientMetadata: { readonly properties: readonly string[]; readonly validator: (ctx: unknown, key: string, value: unknown, metadata: ClientMetadata) => void };
  readonly enabledJWA: Pick<NonNullable<Configuration["enabledJWA"]>, "requestObjectSigningAlgValues" | "authorizationSigningAlgValues" | "introspectionSigningAlgValues">;
  readonly clientDefaults: Pick<ClientMetadata, "authorization_signed_response_alg" | "introspection_signed_response_alg">;
  readonly features: Pick<Features, "fapi" | "requestObjects" | "jwtResponseModes" | "jwtIntrospection">;
}

/**
 * FAPI 2.0 for the relying parties whose registration says so. The library holds pushed requests,
 * bindings and algorithms to the registration; `fapiProblem` holds the registration to the profile; here
 * is the rest. Signed requests, JARM and signed introspection are there for every other client too.
 */
export function fapi(clock: Clock): Fapi {
  return {
    extraClientMetadata: {
      properties: ["profile", "message_signing"],
      validator: (_ctx, key, _value, metadata) => {
        const problem = key === "profile" ? fapiProblem(metadata) : null;
        if (problem !== null) throw new errors.InvalidClientMetadata(problem);
      },
    },
    enabledJWA: { requestObjectSigningAlgValues: [...fapiAlgorithms], authorizationSigningAlgValues: ["ES256"], introspectionSigningAlgValues: ["ES256"] },
    clientDefaults: { authorization_signed_response_alg: "ES256", introspection_signed_response_alg: "ES256" },
    features: {
      fapi: { enabled: true, profile: (_ctx, client) => (isFapi(ownMetadata(client)) ? "2.0" : undefined) },
      requestObjects: {
        enabled: true,
        assertJwtClaimsAndHeader: async (ctx, claims) => {
          const problem = ctx.oidc.isFapi("2.0") === undefined ? null : (lifeProblem(claims) ?? timeProblem(claims, clock()));
          if (problem !== null) throw new errors.InvalidRequestObject(problem);
        },
      },
      jwtResponseModes: { enabled: true },
      jwtIntrospection: { enabled: true },
    },
  };
}

/** Refresh tokens are not rotated (Security Profile 5.3.2.1): they are worth nothing without the client's key. */
export const keepsRefreshToken = (ctx: KoaContextWithOIDC): boolean => ctx.oidc.isFapi("2.0") !== undefined;

/** What the profile asks of a client's assertion. Its audience is the issuer and nothing else, as a string: one made for another server is of no use here. */
export const fapiAssertionProblem = (claims: Claims, issuer: string, now: number): string | null => (claims["aud"] === issuer ? timeProblem(claims, now) : "aud must be the issuer, as a string");

const timeProblem = (claims: Claims, now: number): string | null => (isFromTheFuture(claims, now) ? "iat or nbf lies in the future" : null);

function lifeProblem({ aud, exp, nbf }: Claims): string | null {
  if (aud === undefined || typeof exp !== "number" || typeof nbf !== "number") return "aud, exp and nbf are needed";
  return exp > nbf && exp - nbf <= longestRequest ? null : "exp must follow nbf within 60 minutes";
}

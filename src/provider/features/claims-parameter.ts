import { type Configuration, errors } from "oidc-provider";
import { acrClaimProblem } from "../asking.ts";
import { verifiedClaimsProblem } from "./verified-claims.ts";

type ClaimsParameter = Required<Pick<NonNullable<Configuration["features"]>, "claimsParameter">>;

/** The `claims` parameter (OpenID Connect Core 5.5), read alike at every endpoint that takes it. */
export function claimsParameter(): ClaimsParameter {
  return {
    claimsParameter: {
      enabled: true,
      assertClaimsParameter: (_ctx, claims) => {
        for (const container of ["userinfo", "id_token"] as const) {
          // Of verified claims several may be asked for at once (OpenID Connect for Identity Assurance 1.0).
          const { verified_claims: _verified, ...others } = { ...claims[container] } as Record<string, unknown>;
          if (!Object.values(others).every(isNullOrObject)) throw new errors.InvalidRequest(`claims.${container} members must be null or objects`);
        }
        const problem = acrClaimProblem(claims) ?? verifiedClaimsProblem(claims);
        if (problem !== null) throw new errors.InvalidRequest(problem);
      },
    },
  };
}

const isNullOrObject = (value: unknown): boolean => value === null || (typeof value === "object" && !Array.isArray(value));

import { type Configuration, errors } from "oidc-provider";
import type { Clock } from "../../clock.ts";
import { fapiAssertionProblem } from "./fapi.ts";

/** Seconds: it is remembered until its end, so that it counts once. One without an end that comes would be kept for ever (RFC 7523 3). */
const longestLife = 24 * 60 * 60;

/** What is asked of the assertions by which clients authenticate, beyond what the library checks. */
export function clientAssertion(clock: Clock): Required<Pick<Configuration, "assertJwtClientAuthClaimsAndHeader">> {
  return {
    assertJwtClientAuthClaimsAndHeader: async ({ oidc }, claims) => {
      const problem = (oidc.isFapi("2.0") === undefined ? null : fapiAssertionProblem(claims, oidc.issuer, clock())) ?? endProblem(claims, clock());
      if (problem !== null) throw new errors.InvalidClientAuth(problem);
    },
  };
}

const endProblem = ({ exp }: Readonly<Record<string, unknown>>, now: number): string | null => (typeof exp === "number" && exp - now <= longestLife ? null : "exp lies more than 24 hours ahead");

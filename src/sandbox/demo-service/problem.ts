import * as openid from "openid-client";
import { ProviderUnreachable } from "./provider-connection.ts";

/** What went wrong on the way to or from the provider: each has its words in the catalogues. */
export const problemCodes = [
  // The provider's own answers (RFC 6749 4.1.2.1 and 5.2, OpenID Connect Core 3.1.2.6, and extensions).
  "access_denied",
  "login_required",
  "interaction_required",
  "consent_required",
  "unmet_authentication_requirements",
  "insufficient_user_authentication",
  "invalid_request",
  "invalid_scope",
  "invalid_target",
  "invalid_client",
  "unauthorized_client",
  "invalid_grant",
  "invalid_token",
  "insufficient_scope",
  "server_error",
  "temporarily_unavailable",
  // What the demo service notices itself.
  "provider_unreachable",
  "sign_in_unknown",
  "answer_not_trusted",
  "session_ended",
  "resource_not_asked",
  "no_refresh_token",
  "other",
] as const;
export type ProblemCode = (typeof problemCodes)[number];

export interface Problem {
  readonly code: ProblemCode;
  /** The provider's own code and sentence, shown as they came, for developers. */
  readonly answer?: { readonly error: string; readonly description?: string };
}

/** A sign-in, refresh or call that cannot go on. */
export class ProblemError extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.code);
    this.name = "ProblemError";
    this.problem = problem;
  }
}

/** What an error of openid-client means; `null` when it is none, but a fault of our own. */
export function problemOf(error: unknown): Problem | null {
  if (error instanceof ProblemError) return error.problem;
  if (error instanceof openid.AuthorizationResponseError || error instanceof openid.ResponseBodyError) {
    return answered(error.error, error.error_description);
  }
  if (error instanceof openid.WWWAuthenticateChallengeError) {
    const { error: code, error_description } = error.cause.find(({ parameters }) => parameters.error !== undefined)?.parameters ?? {};
    return answered(code ?? "invalid_token", error_description);
  }
  if (error instanceof ProviderUnreachable) return { code: "provider_unreachable" };
  if (!(error instanceof openid.ClientError)) return null;
  const { cause } = error;
  if (cause instanceof ProviderUnreachable || (cause instanceof Response && cause.status >= 500)) return { code: "provider_unreachable" };
  return { code: "answer_not_trusted" };
}

/** At most this much of a foreign sentence is shown. */
const longestDescription = 300;

function answered(error: string, description: string | undefined): Problem {
  const code = problemCodes.find((known) => known === error) ?? "other";
  return { code, answer: { error: error.slice(0, 100), ...(description !== undefined && { description: description.slice(0, longestDescription) }) } };
}

import type { ErrorCode } from "../errors.ts";

/**
 * What the modules tell as it happens. Whoever measures nothing hands in none. Every argument is of a
 * bounded set: a pattern, a code, a class, never anything of a person or of what a request brought.
 */
export interface Observer {
  /** @param route the pattern, `unmatched` where there was none. */
  request(method: string, route: string, status: number, seconds: number): void;
  refused(code: ErrorCode): void;
  signedIn(by: "passkey" | "certificate"): void;
  tokensIssued(grantType: string): void;
  tokensRefused(grantType: string, error: string): void;
  /** At another endpoint than the one for tokens. */
  endpointRefused(endpoint: string, error: string): void;
  enrolmentReached(purpose: string, state: string): void;
  enrolmentFailed(purpose: string, code: ErrorCode): void;
  delivered(outcome: string): void;
  transactionWaited(seconds: number): void;
  transactionTook(seconds: number): void;
}

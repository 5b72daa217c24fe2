import { errors } from "jose";

/** Failures of the key source: they say nothing about the token. */
const keySourceFailures: ReadonlySet<string> = new Set([errors.JWKSTimeout.code, errors.JWKSInvalid.code, errors.JOSEError.code]);

/**
 * Why jose refused a token, as its stable code; `null` when it could not decide, because the
 * provider's keys could not be had.
 */
export function joseRefusal(error: unknown): string | null {
  return error instanceof errors.JOSEError && !keySourceFailures.has(error.code) ? error.code : null;
}

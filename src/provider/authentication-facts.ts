import type { ClientFacts, SessionFacts } from "../assurance/facts.ts";
import type { EvidenceId, PasskeyId } from "../identifiers.ts";

/** What was presented in a session, and with which passkey. Levels are never stored: they are computed. */
export interface AuthenticationFacts extends SessionFacts {
  readonly passkeyId: PasskeyId | null;
}

/** The facts of one authorization: those of its session then, and how the relying party asked. */
export interface AuthorizationFacts extends AuthenticationFacts {
  readonly request: ClientFacts["request"];
  /** `acr` values asked for, in order: decides the vocabulary of the answer. */
  readonly acrValues: readonly string[];
}

/**
 * The facts travel in the provider's own `acr` field of sessions, codes and refresh tokens: the one
 * field it carries from the sign-in to every token. It is replaced by the computed `acr` before a
 * token is made (see account.ts).
 */
export const encodeFacts = (facts: AuthenticationFacts | AuthorizationFacts): string => JSON.stringify(facts);

const nothing: AuthorizationFacts = { passkeyId: null, passkey: null, signature: null, request: "plain", acrValues: [] };

/** Reads encoded facts; nothing was presented where there are none. */
export function decodeFacts(encoded: unknown): AuthorizationFacts {
  if (typeof encoded !== "string" || !encoded.startsWith("{")) return nothing;
  try {
    return { ...nothing, ...(JSON.parse(encoded) as Partial<AuthorizationFacts>) };
  } catch {
    return nothing;
  }
}

/** The facts after a passkey assertion: what was presented before in this session stays. */
export function withPasskey(before: AuthenticationFacts, passkeyId: PasskeyId, passkey: NonNullable<SessionFacts["passkey"]>): AuthenticationFacts {
  return { passkeyId, passkey, signature: before.signature };
}

/** The facts after a live JPKI signature. One from another device never takes the place of one made here. */
export function withSignature(before: AuthenticationFacts, signature: { device: "same" | "other"; at: number; evidence: EvidenceId | string }): AuthenticationFacts {
  const kept = signature.device === "other" && before.signature?.device === "same" ? before.signature : signature;
  return { passkeyId: before.passkeyId, passkey: before.passkey, signature: kept };
}

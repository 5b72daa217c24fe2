import { hardwareObstacle } from "./authentication.ts";
import type { AssuranceFacts, SessionFacts } from "./facts.ts";
import type { AssurancePolicy } from "./policy.ts";
import { secondsSince } from "./time.ts";

/**
 * The `amr` values of RFC 8176 for what was presented. `hwk` only for a key known to be bound to
 * hardware, `pin` only where a PIN is the one way to use the key: a My Number Card.
 */
export function authenticationMethods(facts: AssuranceFacts, now: number): string[] {
  const { evidence, authenticator } = facts;
  const { passkey, signature } = presented(facts.session, now);
  const methods = new Set<string>();
  if (passkey !== null) {
    methods.add(hardwareObstacle(authenticator) === undefined ? "hwk" : "swk").add("user");
    if (passkey.userVerified) methods.add("mfa");
  }
  if (signature !== null) {
    methods.add("sc").add("mfa");
    if (evidence !== null && evidence.id === signature.evidence && evidence.medium === "card") methods.add("pin");
  }
  return [...methods];
}

/**
 * When the person was authenticated (`auth_time`), in seconds; `null` when nothing was presented. A
 * signature from another device does not renew a passkey's time: it can be relayed.
 */
export function authenticationTime(session: SessionFacts, now: number): number | null {
  const { passkey, signature } = presented(session, now);
  if (signature === null || (signature.device === "other" && passkey !== null)) return passkey?.at ?? null;
  return Math.max(signature.at, passkey?.at ?? signature.at);
}

/**
 * What counts of a session now. A live signature counts for as long as the policy says, and only while
 * the certificate it was made with is the person's own, good and not expired: a revoked one proves nobody.
 */
export function countingSession({ session, evidence }: AssuranceFacts, now: number, policy: AssurancePolicy): SessionFacts {
  const { passkey, signature } = presented(session, now);
  const good = signature !== null && evidence?.id === signature.evidence && evidence.status.status === "good" && now <= evidence.expiresAt;
  const stands = good && now - signature.at <= policy.signatureFresh;
  return { passkey, signature: stands ? signature : null };
}

/** The session without proofs from the future, which nothing may rest on. */
export function presented(session: SessionFacts, now: number): SessionFacts {
  const past = <Proof extends { readonly at: number }>(proof: Proof | null): Proof | null =>
    proof !== null && secondsSince(proof.at, now) !== null ? proof : null;
  return { passkey: past(session.passkey), signature: past(session.signature) };
}

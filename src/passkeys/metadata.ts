import type { AuthenticatorFacts } from "../assurance/facts.ts";
import type { MetadataPayload, AuthenticatorModel } from "./metadata-payload.ts";

/** What is known of models of authenticators, by AAGUID. Times are seconds since the epoch. */
export interface AuthenticatorMetadata {
  /** For {@link AuthenticatorFacts}: asked anew for each token, never stored. */
  statusOf(aaguid: string, now: number): AuthenticatorFacts["metadata"];
  /** DER certificates that end the path of an attestation; none while metadata is stale. */
  rootsOf(aaguid: string, now: number): readonly Uint8Array[];
  /** Every model that counts as `bad` now, by its AAGUID. */
  compromised(now: number): readonly string[];
  /** Name and icon, to show. */
  modelOf(aaguid: string): AuthenticatorModel | null;
}

/** For a bridge whose operator has named no metadata: nothing is known of any model. */
export const noMetadata: AuthenticatorMetadata = { statusOf: () => "unknown", compromised: () => [], rootsOf: () => [], modelOf: () => null };

const day = 24 * 60 * 60;

/** Whether the next BLOB has not come, `grace` seconds after the day on which it was to be published. */
export const isStale = ({ nextUpdate }: MetadataPayload, grace: number, now: number): boolean => now >= nextUpdate + day + grace;

/**
 * What the present metadata says. Stale metadata no longer calls anything good and attests nothing; a
 * compromise in it still counts, or whoever holds back the next BLOB would undo it.
 */
export function metadataFrom(current: () => MetadataPayload | null, grace: number): AuthenticatorMetadata {
  const modelOf = (aaguid: string): AuthenticatorModel | null => current()?.models.get(aaguid.toLowerCase()) ?? null;
  const isCurrent = (now: number): boolean => {
    const payload = current();
    return payload !== null && !isStale(payload, grace, now);
  };
  const isCompromised = ({ compromisedSince }: AuthenticatorModel, now: number): boolean => compromisedSince !== null && compromisedSince <= now;
  return {
    modelOf,
    compromised: (now) => [...(current()?.models ?? [])].flatMap(([aaguid, model]) => (isCompromised(model, now) ? [aaguid] : [])),
    statusOf(aaguid, now) {
      const model = modelOf(aaguid);
      if (model === null) return "unknown";
      if (isCompromised(model, now)) return "bad";
      return isCurrent(now) ? "good" : "unknown";
    },
    rootsOf: (aaguid, now) => (isCurrent(now) ? (modelOf(aaguid)?.roots ?? []) : []),
  };
}

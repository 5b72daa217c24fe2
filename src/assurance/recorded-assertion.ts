import { z } from "zod";
import { assure } from "./assure.ts";
import { type AssuranceClaims, claimsFor, knownAcr } from "./claims.ts";
import { reasonsFor } from "./explanations.ts";
import type { AssuranceFacts } from "./facts.ts";
import type { AssurancePolicy } from "./policy.ts";

/** What the audit log keeps of an assertion: what was said, and all facts that {@link assure} looked at. */
export type RecordedAssertion = z.infer<typeof recordedAssertion>;

const level = z.literal([1, 2, 3]);
const seconds = z.number();
const kind = z.enum(["jpki_user_authentication", "jpki_signature"]);
const device = z.enum(["same", "other"]);

const facts = z.object({
  person: z.enum(["active", "held", "erased"]),
  evidence: z.object({
    id: z.string(),
    kind,
    medium: z.enum(["card", "smartphone"]),
    policy: z.string(),
    issuer: z.string(),
    verifiedAt: seconds,
    expiresAt: seconds,
    status: z.object({ status: z.enum(["good", "revoked", "hold", "unknown"]), source: z.enum(["ocsp", "crl", "operator"]), thisUpdate: seconds, checkedAt: seconds }),
  }).nullable(),
  binding: z.object({ boundAt: seconds, boundBy: z.string(), boundByKind: kind, ial: level, aal: level, device }).nullable(),
  authenticator: z.object({
    backupEligible: z.boolean(),
    backedUp: z.boolean(),
    attestation: z.enum(["none", "self", "verified"]),
    metadata: z.enum(["unknown", "good", "bad"]),
    aaguid: z.string(),
  }).nullable(),
  session: z.object({
    passkey: z.object({ userVerified: z.boolean(), at: seconds }).nullable(),
    signature: z.object({ device, at: seconds, evidence: z.string() }).nullable(),
  }),
  client: z.object({ authentication: z.enum(["none", "secret", "key"]), request: z.enum(["plain", "pushed", "signed"]), senderConstrained: z.enum(["none", "dpop", "mtls"]) }),
  recoveredAt: seconds.exactOptional(),
}) satisfies z.ZodType<AssuranceFacts>;

const recordedAssertion = z.object({
  /** The relying party it was made for. */
  client: z.string(),
  /** Which passkey the person used, by the bridge's own id; null where none was. */
  passkey: z.string().nullable().exactOptional(),
  /** Version of the policy that decided, and the digest of its document. */
  assurance_policy: z.string(),
  policy_sha256: z.string(),
  /** Digest of the status answer that it rests on, by which the answer is kept; null where its source gave none. */
  status_answer_sha256: z.string().nullable().exactOptional(),
  /** The `acr` values asked for that mean something here, in their order. */
  acr_values: z.array(z.string()),
  asserted: z.object({ ial: level, aal: level, fal: level, acr: z.string(), amr: z.array(z.string()), auth_time: seconds.nullable() }),
  facts,
});

const told = ({ ial, aal, fal, acr, amr, auth_time }: AssuranceClaims): RecordedAssertion["asserted"] => ({ ial, aal, fal, acr, amr: [...amr], auth_time: auth_time ?? null });

/** What to keep of an assertion. Members the rules do not know (a sealed certificate, a name) are left behind. */
export function recordAssertion(
  about: Pick<RecordedAssertion, "client" | "passkey" | "policy_sha256" | "status_answer_sha256">,
  known: AssuranceFacts,
  requested: readonly string[],
  claims: AssuranceClaims,
): RecordedAssertion {
  return { ...about, assurance_policy: claims.assurance.policy, acr_values: knownAcr(requested), asserted: told(claims), facts: facts.parse(known) };
}

/** Reads what the audit log kept; null when it is no record of an assertion. */
export function readRecordedAssertion(detail: unknown): RecordedAssertion | null {
  const read = recordedAssertion.safeParse(detail);
  return read.success ? read.data : null;
}

export interface Replay {
  readonly computed: RecordedAssertion["asserted"];
  readonly reasons: ReturnType<typeof reasonsFor>;
  /** Names of the members in which what was asserted and what is computed differ; none where the assertion was right. */
  readonly differences: readonly string[];
}

/** Computes a recorded assertion again, at its own time and by the policy then in force. */
export function replayAssertion({ facts: known, acr_values, asserted }: RecordedAssertion, at: number, policy: AssurancePolicy): Replay {
  const computed = told(claimsFor(known, acr_values, at, policy));
  const differs = (name: keyof typeof asserted): boolean => JSON.stringify(asserted[name]) !== JSON.stringify(computed[name]);
  const names = ["ial", "aal", "fal", "acr", "amr", "auth_time"] as const;
  return { computed, reasons: reasonsFor(assure(known, at, policy)), differences: names.filter(differs) };
}

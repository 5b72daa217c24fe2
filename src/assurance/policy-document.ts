import { z } from "zod";
import type { AssurancePolicy } from "./policy.ts";

const level = z.literal([1, 2, 3]);
const seconds = z.number();

/** Every policy that was ever kept must still be read: a member added later has here what it stood for before. */
const policy = z.object({
  version: z.string(),
  statusFresh: seconds,
  statusHard: seconds,
  statusNow: seconds,
  signatureFresh: seconds,
  coolingOff: seconds,
  ial: z.object({ jpki_user_authentication: level, jpki_signature: level }),
  aal: z.object({ signature_same_device: level, signature_other_device: level, passkey_hardware_bound: level, passkey_user_verified: level, passkey_user_presence: level }),
}) satisfies z.ZodType<AssurancePolicy>;

/** The whole policy as canonical JSON, members sorted (RFC 8785): two policies are the same if these texts are. */
export function policyDocument(whole: AssurancePolicy): string {
  return JSON.stringify(whole, (_key, value: unknown) => (isRecord(value) ? Object.fromEntries(Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1))) : value));
}

/** The policy of a document; null where it is none. */
export function readPolicyDocument(document: string): AssurancePolicy | null {
  try {
    return policy.safeParse(JSON.parse(document)).data ?? null;
  } catch {
    return null;
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);

import { type AssurancePolicy, policyDocument, readPolicyDocument } from "../assurance/index.ts";
import { utf8 } from "../bytes.ts";
import { sha256Base64Url } from "../pki/digest.ts";
import { appendReceipt, type Reader, type Storage, toDate, toSeconds } from "../storage/index.ts";

/** A policy that is or was in force. */
export interface PolicyOnRecord {
  readonly policy: AssurancePolicy;
  readonly digest: string;
  /** Seconds since the epoch, when it first came into force. */
  readonly since: number;
}

/** By what a receipt names a policy beside its version: SHA-256 of its canonical JSON, in base64url. */
export function policyDigest(policy: AssurancePolicy): string {
  const known = digests.get(policy);
  if (known !== undefined) return known;
  const digest = sha256Base64Url(utf8(policyDocument(policy)));
  digests.set(policy, digest);
  return digest;
}

/** A policy in force does not change, and every assertion names it. */
const digests = new WeakMap<AssurancePolicy, string>();

/**
 * Keeps the policy that is to be in force, for whoever replays what is asserted under it.
 * @returns false when another policy went by this version: then the two could not be told apart.
 */
export async function keepPolicy(storage: Storage, policy: AssurancePolicy, now: number): Promise<boolean> {
  const document = policyDocument(policy);
  return storage.transaction(async ({ data }) => {
    const known = await data.assurancePolicy.findUnique({ where: { version: policy.version } });
    if (known !== null) return known.document === document;
    await data.assurancePolicy.create({ data: { version: policy.version, document, since: toDate(now) } });
    await appendReceipt(data, { kind: "assurance_policy_adopted", at: now, personId: null, detail: { assurance_policy: policy.version, policy_sha256: policyDigest(policy) } });
    return true;
  });
}

/** The policy of a version; null when none was in force, or what is on record is not one. */
export async function policyOnRecord(read: Reader, version: string): Promise<PolicyOnRecord | null> {
  const row = await read.assurancePolicy.findUnique({ where: { version } });
  const policy = row === null ? null : readPolicyDocument(row.document);
  return row === null || policy === null ? null : { policy, digest: policyDigest(policy), since: toSeconds(row.since) };
}

import { toBase64Url } from "../bytes.ts";
import { attributesOf, certificateContext, type EvidenceRecord, keptStatusAnswer, listConsents, type PasskeyRecord, type PersonRecord, takesRequests } from "../people/index.ts";
import { readReceipts, receiptDocument, toSeconds } from "../storage/index.ts";
import type { WebPorts } from "./ports.ts";

/**
 * What is kept of a person, but for sessions and tokens, for them alone. Times are seconds since the epoch, octets base64url. The
 * receipts are in the form that `@jpki-bridge/client-sdk/receipts` checks offline.
 */
export async function exportOf(ports: WebPorts, person: PersonRecord): Promise<Readonly<Record<string, unknown>>> {
  const { read } = ports.storage;
  const pseudonyms = await read.pairwiseSubject.findMany({ where: { personId: person.id }, select: { sector: true, subject: true, createdAt: true } });
  const receipts: unknown[] = [];
  for await (const receipt of readReceipts(read, { personId: person.id })) receipts.push(receiptDocument(receipt));
  return {
    issuer: ports.issuer,
    exported_at: ports.clock(),
    registered_at: person.createdAt,
    user_handle: toBase64Url(person.userHandle),
    ...(person.recoveredAt !== null && { recovered_at: person.recoveredAt }),
    takes_requests: await takesRequests(read, person.id),
    passkeys: person.passkeys.map(passkeyOf),
    certificates: person.evidence.map((evidence) => certificateOf(ports, evidence)),
    status_answers: await statusAnswersOf(ports, person),
    reviews: await reviewsOf(ports, person),
    services: (await listConsents(read, person.id)).map(({ clientId, scope, claims, resources, verifiedClaims, grantedAt }) => ({
      client_id: clientId, connected_at: grantedAt, scope, claims, resources, verified_claims: verifiedClaims,
    })),
    pseudonyms: pseudonyms.map(({ sector, subject, createdAt }) => ({ sector, subject, created_at: toSeconds(createdAt) })),
    receipts,
  };
}

const passkeyOf = ({ credentialId, name, state, createdAt, lastUsedAt, transports, authenticator, binding, publicKey }: PasskeyRecord) => ({
  credential_id: credentialId, name, state, created_at: createdAt, last_used_at: lastUsedAt, transports, public_key: toBase64Url(publicKey),
  aaguid: authenticator.aaguid, backup_eligible: authenticator.backupEligible, backed_up: authenticator.backedUp, attestation: authenticator.attestation,
  bound: { at: binding.boundAt, by: binding.boundBy, ial: binding.ial, aal: binding.aal, device: binding.device },
});

function certificateOf({ storage }: WebPorts, evidence: EvidenceRecord) {
  const { id, kind, medium, policy, issuer, verifiedAt, expiresAt, status, continuity, supersededBy, ended, statusAnswerSha256 } = evidence;
  // Of one that was dropped the octets are gone.
  const der = storage.sealing.open(evidence.sealedCertificate, certificateContext(id));
  const attributes = kind === "jpki_signature" ? attributesOf(storage.sealing, evidence) : null;
  return {
    id, kind, medium, policy, issuer, verified_at: verifiedAt, expires_at: expiresAt,
    ...(der.length > 0 && { certificate: toBase64Url(der) }),
    status: { status: status.status, source: status.source, this_update: status.thisUpdate, checked_at: status.checkedAt, ...(statusAnswerSha256 !== null && { answer_sha256: statusAnswerSha256 }) },
    continuity, superseded_by: supersededBy, ...(ended !== null && { ended }),
    ...(attributes !== null && { attributes }),
  };
}

/** The answers about this person's certificates; a revocation list speaks of many and is nobody's. */
async function statusAnswersOf({ storage: { read, sealing } }: WebPorts, { id: personId }: PersonRecord) {
  const kept = await read.statusAnswer.findMany({ where: { personId }, orderBy: { keptAt: "asc" }, select: { digest: true, keptAt: true } });
  return Promise.all(kept.map(async ({ digest, keptAt }) => ({ sha256: digest, kept_at: toSeconds(keptAt), answer: toBase64Url((await keptStatusAnswer(read, sealing, digest)) ?? new Uint8Array()) })));
}

async function reviewsOf({ storage: { read } }: WebPorts, { id: personId }: PersonRecord) {
  const rows = await read.recoveryReview.findMany({ where: { personId }, orderBy: { openedAt: "asc" } });
  return rows.map(({ id, medium, state, certificateExpiresAt, openedAt, decidedAt, reason }) => ({
    id, medium, state, certificate_expires_at: toSeconds(certificateExpiresAt), opened_at: toSeconds(openedAt),
    ...(decidedAt !== null && { decided_at: toSeconds(decidedAt), reason }),
  }));
}

import { toBase64Url } from "../bytes.ts";
import { attributesOf, type EvidenceRecord, listConsents, type PasskeyRecord, type PersonRecord, takesRequests } from "../people/index.ts";
import { readReceipts, receiptDocument } from "../storage/index.ts";
import type { WebPorts } from "./ports.ts";

/**
 * All that is kept of a person, for them alone. Times are seconds since the epoch, octets base64url. The
 * receipts are in the form that `@jpki-bridge/client-sdk/receipts` checks offline.
 */
export async function exportOf(ports: WebPorts, person: PersonRecord): Promise<Readonly<Record<string, unknown>>> {
  const { read } = ports.storage;
  const pseudonyms = await read.pairwiseSubject.findMany({ where: { personId: person.id }, select: { sector: true, subject: true } });
  const receipts: unknown[] = [];
  for await (const receipt of readReceipts(read, person.id)) receipts.push(receiptDocument(receipt));
  return {
    issuer: ports.issuer,
    exported_at: ports.clock(),
    registered_at: person.createdAt,
    ...(person.recoveredAt !== null && { recovered_at: person.recoveredAt }),
    takes_requests: await takesRequests(read, person.id),
    passkeys: person.passkeys.map(passkeyOf),
    certificates: person.evidence.map((evidence) => certificateOf(ports, evidence)),
    services: (await listConsents(read, person.id)).map(({ clientId, scope, claims, resources, verifiedClaims, grantedAt }) => ({
      client_id: clientId, connected_at: grantedAt, scope, claims, resources, verified_claims: verifiedClaims,
    })),
    pseudonyms,
    receipts,
  };
}

const passkeyOf = ({ credentialId, name, state, createdAt, lastUsedAt, transports, authenticator, binding, publicKey }: PasskeyRecord) => ({
  credential_id: credentialId, name, state, created_at: createdAt, last_used_at: lastUsedAt, transports, public_key: toBase64Url(publicKey),
  aaguid: authenticator.aaguid, backup_eligible: authenticator.backupEligible, backed_up: authenticator.backedUp, attestation: authenticator.attestation,
  bound: { at: binding.boundAt, by: binding.boundBy, ial: binding.ial, aal: binding.aal, device: binding.device },
});

function certificateOf({ storage }: WebPorts, evidence: EvidenceRecord) {
  const { id, kind, medium, policy, issuer, verifiedAt, expiresAt, status, continuity, supersededBy, ended } = evidence;
  const attributes = kind === "jpki_signature" ? attributesOf(storage.sealing, evidence) : null;
  return {
    id, kind, medium, policy, issuer, verified_at: verifiedAt, expires_at: expiresAt,
    status: { status: status.status, source: status.source, this_update: status.thisUpdate, checked_at: status.checkedAt },
    continuity, superseded_by: supersededBy, ...(ended !== null && { ended }),
    ...(attributes !== null && { attributes }),
  };
}

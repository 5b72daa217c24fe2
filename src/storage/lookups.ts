import type { SqlExecutor } from "./artifacts.ts";
import { asStored } from "./time.ts";

/**
 * The look-ups that every sign-in makes, as prepared statements beside the artifacts: measured, the
 * data model's client takes ten times as long for each. The rows are those of the data model.
 */
export interface Lookups {
  person(id: string): Promise<PersonRow | null>;
  personByCredential(credentialId: string): Promise<PersonRow | null>;
  relyingParty(clientId: string): Promise<RelyingPartyRow | null>;
  consent(personId: string, clientId: string): Promise<ConsentRow | null>;
  subject(personId: string, sector: string): Promise<string | null>;
}

export interface PersonRow {
  readonly id: string;
  readonly state: string;
  readonly userHandle: Uint8Array;
  readonly createdAt: Date;
  readonly heldAt: Date | null;
  readonly heldBy: string | null;
  readonly holdLiftedBy: string | null;
  readonly erasedAt: Date | null;
  readonly recoveredAt: Date | null;
  readonly sessionsEndedAt: Date | null;
  readonly grantsEndedAt: Date | null;
  readonly evidence: readonly EvidenceRow[];
  readonly passkeys: readonly PasskeyRow[];
}

export interface EvidenceRow {
  readonly id: string;
  readonly kind: string;
  readonly medium: string;
  readonly policy: string;
  readonly issuer: string;
  readonly sealedCertificate: Uint8Array;
  readonly verifiedAt: Date;
  readonly expiresAt: Date;
  readonly status: string;
  readonly statusSource: string;
  readonly statusThisUpdate: Date;
  readonly statusCheckedAt: Date;
  readonly continuity: string | null;
  readonly supersededById: string | null;
  readonly endedAt: Date | null;
  readonly endReason: string | null;
  readonly statusAnswerDigest: string | null;
}

export interface PasskeyRow {
  readonly id: string;
  readonly personId: string;
  readonly credentialId: string;
  readonly publicKey: Uint8Array;
  readonly signCount: number;
  readonly transports: string;
  readonly aaguid: string;
  readonly backupEligible: boolean;
  readonly backedUp: boolean;
  readonly attestation: string;
  readonly name: string;
  readonly state: string;
  readonly createdAt: Date;
  readonly lastUsedAt: Date | null;
  readonly boundByEvidenceId: string;
  readonly boundAt: Date;
  readonly boundIal: number;
  readonly boundAal: number;
  readonly boundDevice: string;
}

export interface RelyingPartyRow {
  readonly clientId: string;
  readonly metadata: string;
  readonly sealedSecret: Uint8Array | null;
  readonly createdAt: Date;
}

export interface ConsentRow {
  readonly clientId: string;
  readonly scope: string;
  readonly claims: string;
  readonly resources: string;
  readonly verifiedClaims: string;
  readonly grantedAt: Date;
}

const personColumns = `p."id",p."state",p."user_handle" AS "userHandle",p."created_at" AS "createdAt",p."held_at" AS "heldAt",p."held_by" AS "heldBy",
  p."hold_lifted_by" AS "holdLiftedBy",p."erased_at" AS "erasedAt",p."recovered_at" AS "recoveredAt",
  p."sessions_ended_at" AS "sessionsEndedAt",p."grants_ended_at" AS "grantsEndedAt"`;
const sql = {
  person: `SELECT ${personColumns} FROM "person" p WHERE p."id"=?`,
  personByCredential: `SELECT ${personColumns} FROM "passkey" k JOIN "person" p ON p."id"=k."person_id" WHERE k."credential_id"=?`,
  evidence: `SELECT "id","kind","medium","policy","issuer","sealed_certificate" AS "sealedCertificate","verified_at" AS "verifiedAt",
    "expires_at" AS "expiresAt","status","status_source" AS "statusSource","status_this_update" AS "statusThisUpdate",
    "status_checked_at" AS "statusCheckedAt","continuity","superseded_by_id" AS "supersededById",
    "ended_at" AS "endedAt","end_reason" AS "endReason","status_answer_digest" AS "statusAnswerDigest" FROM "evidence" WHERE "person_id"=?`,
  passkeys: `SELECT "id","person_id" AS "personId","credential_id" AS "credentialId","public_key" AS "publicKey","sign_count" AS "signCount",
    "transports","aaguid","backup_eligible" AS "backupEligible","backed_up" AS "backedUp","attestation","name","state",
    "created_at" AS "createdAt","last_used_at" AS "lastUsedAt","bound_by_evidence_id" AS "boundByEvidenceId","bound_at" AS "boundAt",
    "bound_ial" AS "boundIal","bound_aal" AS "boundAal","bound_device" AS "boundDevice" FROM "passkey" WHERE "person_id"=?`,
  relyingParty: `SELECT "client_id" AS "clientId","metadata","sealed_secret" AS "sealedSecret","created_at" AS "createdAt" FROM "relying_party" WHERE "client_id"=?`,
  consent: `SELECT "client_id" AS "clientId","scope","claims","resources","verified_claims" AS "verifiedClaims","granted_at" AS "grantedAt" FROM "consent" WHERE "person_id"=? AND "client_id"=?`,
  subject: `SELECT "subject" FROM "pairwise_subject" WHERE "person_id"=? AND "sector"=?`,
  recordPasskeyUse: `UPDATE "passkey" SET "sign_count"=?,"backed_up"=?,"last_used_at"=?
    WHERE "id"=? AND ("backup_eligible" OR "sign_count"<? OR ("sign_count"=0 AND "sign_count"=?))`,
} as const;

export function createLookups(executor: SqlExecutor): Lookups {
  const whole = async (row: Row | null): Promise<PersonRow | null> => {
    if (row === null) return null;
    const [evidence, passkeys] = await Promise.all([executor.all(sql.evidence, [String(row["id"])]), executor.all(sql.passkeys, [String(row["id"])])]);
    // Put in order here: for so few rows the database takes ten times as long to set up its sorter as to find them.
    return {
      ...typed<PersonRow>(row),
      evidence: evidence.map(typed<EvidenceRow>).sort((one, other) => one.verifiedAt.getTime() - other.verifiedAt.getTime()),
      passkeys: passkeys.map(typed<PasskeyRow>).sort((one, other) => one.createdAt.getTime() - other.createdAt.getTime()),
    };
  };
  return {
    person: async (id) => whole(await executor.get(sql.person, [id])),
    personByCredential: async (credentialId) => whole(await executor.get(sql.personByCredential, [credentialId])),
    relyingParty: async (clientId) => typedOrNull<RelyingPartyRow>(await executor.get(sql.relyingParty, [clientId])),
    consent: async (personId, clientId) => typedOrNull<ConsentRow>(await executor.get(sql.consent, [personId, clientId])),
    subject: async (personId, sector) => ((await executor.get(sql.subject, [personId, sector]))?.["subject"] as string | undefined) ?? null,
  };
}

type Row = Readonly<Record<string, unknown>>;

const dates = new Set(["createdAt", "heldAt", "erasedAt", "recoveredAt", "sessionsEndedAt", "grantsEndedAt", "verifiedAt", "expiresAt", "statusThisUpdate", "statusCheckedAt", "endedAt", "lastUsedAt", "boundAt", "grantedAt"]);
const flags = new Set(["backupEligible", "backedUp"]);

/** Gives a row of the driver the types of the data model. */
function typed<Model>(row: Row): Model {
  const result: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(row)) {
    if (value !== null && dates.has(name)) result[name] = new Date(value as string);
    else result[name] = flags.has(name) ? Boolean(value) : value;
  }
  return result as Model;
}

const typedOrNull = <Model>(row: Row | null): Model | null => (row === null ? null : typed<Model>(row));

/**
 * The one write of the same path: a passkey was used. Of two uses at once by a passkey that is bound to
 * its device the counter lets one through, by one conditional UPDATE (WebAuthn 6.1.1; one that always
 * says 0 does not count).
 * @returns whether it was noted; false when the counter on record is not below this one.
 */
export async function recordPasskeyUse(executor: SqlExecutor, id: string, { signCount, backedUp, at }: PasskeyUse): Promise<boolean> {
  return (await executor.run(sql.recordPasskeyUse, [signCount, backedUp ? 1 : 0, asStored(at), id, signCount, signCount])) === 1;
}

export interface PasskeyUse {
  readonly signCount: number;
  readonly backedUp: boolean;
  readonly at: Date;
}

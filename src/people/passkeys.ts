import type { AssurancePolicy } from "../assurance/index.ts";
import type { BindingFacts } from "../assurance/facts.ts";
import { Refusal } from "../errors.ts";
import { asIdentifier, newIdentifier, type PasskeyId, type PersonId } from "../identifiers.ts";
import { appendReceipt, type Storage, toDate, type Transaction } from "../storage/index.ts";
import { changePerson } from "./changes.ts";
import type { PersonRecord } from "./records.ts";
import { endSessions } from "./sessions.ts";

/** A credential that was just registered, as `passkeys` verified it. */
export interface NewPasskey {
  readonly credentialId: string;
  readonly publicKey: Uint8Array;
  readonly signCount: number;
  readonly transports: readonly string[];
  readonly aaguid: string;
  readonly backupEligible: boolean;
  readonly backedUp: boolean;
  readonly attestation: "none" | "self" | "verified";
  readonly name: string;
}

/**
 * Binds a passkey to a person, with its provenance.
 * @param state `pending` until the app that holds the transaction's key has confirmed it.
 * @throws Refusal `passkey_already_registered`.
 */
export async function bindPasskey(
  transaction: Transaction,
  personId: PersonId,
  passkey: NewPasskey,
  binding: BindingFacts,
  state: "pending" | "active",
): Promise<PasskeyId> {
  const { data } = transaction;
  const taken = await data.passkey.findUnique({ where: { credentialId: passkey.credentialId }, select: { id: true } });
  if (taken !== null) throw new Refusal("passkey_already_registered", "credential id is taken");
  const id = newIdentifier<PasskeyId>();
  await data.passkey.create({
    data: {
      id, personId, state,
      credentialId: passkey.credentialId, publicKey: Uint8Array.from(passkey.publicKey), signCount: passkey.signCount,
      transports: JSON.stringify(passkey.transports), aaguid: passkey.aaguid, name: passkey.name,
      backupEligible: passkey.backupEligible, backedUp: passkey.backedUp, attestation: passkey.attestation,
      createdAt: toDate(binding.boundAt), boundAt: toDate(binding.boundAt), boundByEvidenceId: binding.boundBy,
      boundIal: binding.ial, boundAal: binding.aal, boundDevice: binding.device,
    },
  });
  await appendReceipt(data, {
    kind: state === "active" ? "passkey_bound" : "passkey_pending",
    at: binding.boundAt,
    personId,
    detail: { passkey: id, evidence: binding.boundBy, ial: binding.ial, aal: binding.aal, device: binding.device, attestation: passkey.attestation },
  });
  return id;
}

/** Makes a pending passkey active. @throws Refusal `passkey_not_active` when it is not pending. */
export async function activatePasskey({ data }: Transaction, personId: PersonId, id: PasskeyId, at: number): Promise<void> {
  const { count } = await data.passkey.updateMany({ where: { id, personId, state: "pending" }, data: { state: "active" } });
  if (count !== 1) throw new Refusal("passkey_not_active", "passkey is not pending");
  await appendReceipt(data, { kind: "passkey_bound", at, personId, detail: { passkey: id } });
}

/** Removes a passkey that was never confirmed, and leaves no trace of its credential; nothing when it is not pending. */
export async function removePendingPasskey({ data }: Transaction, personId: PersonId, id: PasskeyId, at: number): Promise<void> {
  const { count } = await data.passkey.deleteMany({ where: { id, personId, state: "pending" } });
  if (count === 1) await appendReceipt(data, { kind: "passkey_abandoned", at, personId, detail: { passkey: id } });
}

/**
 * Removes every passkey that waits for a confirmation which can no longer come.
 * @param madeBefore seconds: pending passkeys made then or earlier go.
 * @returns how many went.
 */
export async function removeAbandonedPasskeys(storage: Storage, madeBefore: number, at: number): Promise<number> {
  const where = { state: "pending", createdAt: { lte: toDate(madeBefore) } };
  // Most of the time there is none: then no writer has to wait.
  if ((await storage.read.passkey.count({ where })) === 0) return 0;
  return storage.transaction(async (transaction) => {
    const abandoned = await transaction.data.passkey.findMany({ where, select: { id: true, personId: true } });
    for (const { id, personId } of abandoned) await removePendingPasskey(transaction, asIdentifier(personId), asIdentifier(id), at);
    return abandoned.length;
  });
}

/** Gives a passkey another name. @throws Refusal `not_found`. */
export async function renamePasskey({ data }: Transaction, personId: PersonId, id: PasskeyId, name: string): Promise<void> {
  const { count } = await data.passkey.updateMany({ where: { id, personId, state: { not: "revoked" } }, data: { name } });
  if (count !== 1) throw new Refusal("not_found", "no such passkey");
}

/**
 * Removes a passkey for good, and ends everything that could have been made with it. The last one
 * stays: without it the person could not sign in.
 * @throws Refusal `not_found`, `passkey_last_one`.
 */
export async function removePasskey(transaction: Transaction, policy: AssurancePolicy, person: PersonRecord, id: PasskeyId, at: number): Promise<void> {
  await changePerson(transaction, { personId: person.id, at, initiator: "user", reason: "passkey_removed", policy }, () => remove(transaction, person, id, at));
}

async function remove(transaction: Transaction, person: PersonRecord, id: PasskeyId, at: number): Promise<void> {
  const { data } = transaction;
  const active = await data.passkey.count({ where: { personId: person.id, state: "active" } });
  const { count } = await data.passkey.updateMany({ where: { id, personId: person.id, state: { not: "revoked" } }, data: { state: "revoked" } });
  if (count !== 1) throw new Refusal("not_found", "no such passkey");
  const left = await data.passkey.count({ where: { personId: person.id, state: "active" } });
  if (left === 0 && active > 0) throw new Refusal("passkey_last_one", "no active passkey would be left");
  await endSessions(transaction, person.id, at);
  await appendReceipt(data, { kind: "passkey_removed", at, personId: person.id, detail: { passkey: id } });
}

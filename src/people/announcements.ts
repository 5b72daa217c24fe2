import type { Level } from "../assurance/facts.ts";
import { newIdentifier, type ClientId, type PersonId, type Subject } from "../identifiers.ts";
import { toDate, type Transaction } from "../storage/index.ts";

/** Why something of a person ended or changed, in words that fit every relying party. */
export type LifecycleReason =
  | "certificate_revoked"
  | "certificate_on_hold"
  | "certificate_expired"
  | "certificate_status_unknown"
  | "certificate_good_again"
  | "certificate_verified"
  | "passkey_added"
  | "passkey_removed"
  | "passkey_suspended"
  | "passkey_restored"
  | "authenticator_compromised"
  | "authenticator_trusted_again"
  | "recovered"
  | "recovery_forced"
  | "held"
  | "surrendered"
  | "released"
  | "link_ended"
  | "disconnected"
  | "pseudonym_renewed"
  | "withheld"
  | "reported"
  | "restored"
  | "erased";

/** Who set it off (CAEP 1.0, `initiating_entity`). */
export type Initiator = "user" | "admin" | "policy";

/**
 * What relying parties hear of a person. Nothing in it names the person, the certificate or the
 * passkey: it goes to everybody who is connected.
 */
export type LifecycleEvent =
  /** CAEP session-revoked, and back-channel logout. */
  | { readonly kind: "sessions_ended"; readonly reason: LifecycleReason }
  /** CAEP credential-change. `roaming`: a passkey that goes from device to device, as a security key does. */
  | { readonly kind: "credential_changed"; readonly credential: "passkey" | "certificate"; readonly roaming?: true; readonly change: "create" | "revoke" | "update" | "delete"; readonly reason: LifecycleReason }
  /** CAEP assurance-level-change. */
  | { readonly kind: "assurance_level_changed"; readonly of: "ial" | "aal"; readonly from: Level; readonly to: Level; readonly reason: LifecycleReason }
  /** CAEP token-claims-change: these claims are told no more, or anew. */
  | { readonly kind: "token_claims_changed"; readonly claims: readonly string[]; readonly reason: LifecycleReason }
  /** RISC account-disabled, account-enabled, account-purged. */
  | { readonly kind: "account_disabled"; readonly reason: LifecycleReason }
  | { readonly kind: "account_enabled"; readonly reason: LifecycleReason }
  | { readonly kind: "account_purged"; readonly reason: LifecycleReason }
  /** RISC identifier-changed: told under the pseudonym before. */
  | { readonly kind: "identifier_changed"; readonly newSubject: Subject; readonly reason: LifecycleReason }
  /** RISC recovery-activated. */
  | { readonly kind: "recovery_activated"; readonly reason: LifecycleReason };

/** Whom an announcement reaches: the relying parties that the person was connected with, and the pseudonyms there. */
export interface Audience {
  readonly clients: readonly ClientId[];
  /** Sector to pseudonym. */
  readonly subjects: Readonly<Record<string, Subject>>;
}

/** What is announced of one person at one moment, in this order. */
export interface Occurrence {
  readonly personId: PersonId;
  readonly at: number;
  readonly initiator: Initiator;
  readonly events: readonly LifecycleEvent[];
  /** The one relying party that is to hear it; all that are connected when not given. */
  readonly onlyClient?: ClientId;
}

/** An event as it is kept until it is in the queues. */
export interface AnnouncedEvent {
  readonly initiator: Initiator;
  readonly event: LifecycleEvent;
}

/**
 * Writes down what relying parties are to hear, in the transaction in which it happens: what is
 * committed is told, whatever becomes of the process. Before what connects them is deleted.
 */
export async function announce(transaction: Transaction, occurrence: Occurrence): Promise<void> {
  await announceAll(transaction, [occurrence]);
}

/** The same of several people, in this order. */
export async function announceAll({ data }: Transaction, occurrences: readonly Occurrence[]): Promise<void> {
  const people = occurrences.flatMap(({ personId, events }) => (events.length === 0 ? [] : [personId]));
  if (people.length === 0) return;
  const where = { personId: { in: people } };
  const consents = Map.groupBy(await data.consent.findMany({ where, select: { personId: true, clientId: true } }), ({ personId }) => personId);
  if (consents.size === 0) return;
  const subjects = Map.groupBy(await data.pairwiseSubject.findMany({ where, select: { personId: true, sector: true, subject: true } }), ({ personId }) => personId);
  const announcements = occurrences.flatMap(({ personId, at, initiator, events, onlyClient }) => {
    const clients = (consents.get(personId) ?? []).map(({ clientId }) => clientId).filter((clientId) => onlyClient === undefined || clientId === onlyClient);
    if (clients.length === 0) return [];
    const audience = JSON.stringify({ clients, subjects: Object.fromEntries((subjects.get(personId) ?? []).map(({ sector, subject }) => [sector, subject])) });
    return events.map((event) => ({ id: newIdentifier(), at: toDate(at), personId, event: JSON.stringify({ initiator, event } satisfies AnnouncedEvent), audience }));
  });
  if (announcements.length > 0) await data.announcement.createMany({ data: announcements });
}

import { asIdentifier, type ClientId, type PasskeyId, type PersonId } from "../identifiers.ts";
import { announce } from "./announcements.ts";
import { appendReceipt, type ConsentRow, type Reader, type Storage, toDate, toSeconds } from "../storage/index.ts";
import { livingPersonWithin } from "./standing.ts";

/** What a person agreed to share with one relying party. */
export interface Consent {
  readonly clientId: ClientId;
  readonly scope: readonly string[];
  readonly claims: readonly string[];
  /** Resource indicator to scopes. */
  readonly resources: Readonly<Record<string, readonly string[]>>;
  /** Each verified claim the person was asked for, and whether the relying party may have it. */
  readonly verifiedClaims: Readonly<Record<string, boolean>>;
  readonly grantedAt: number;
}

const consentOf = (row: ConsentRow): Consent => ({
  clientId: asIdentifier(row.clientId),
  scope: row.scope.split(" ").filter(Boolean),
  claims: JSON.parse(row.claims) as string[],
  resources: JSON.parse(row.resources) as Record<string, string[]>,
  verifiedClaims: JSON.parse(row.verifiedClaims) as Record<string, boolean>,
  grantedAt: toSeconds(row.grantedAt),
});

export async function findConsent(read: Reader, personId: PersonId, clientId: ClientId): Promise<Consent | null> {
  const row = await read.lookups.consent(personId, clientId);
  return row === null ? null : consentOf(row);
}

/** The relying parties a person is connected with, the latest first. */
export async function listConsents(read: Reader, personId: PersonId): Promise<Consent[]> {
  return (await read.consent.findMany({ where: { personId }, orderBy: { grantedAt: "desc" } })).map(consentOf);
}

/**
 * Takes the place of the consent before. Of the verified claims those that are named are decided anew; the
 * others stay as they are on record at that moment, so that one taken back meanwhile is not given again.
 * @throws Refusal `not_found`, `person_erased`.
 * @param passkeyId that of the session it was given in, for the receipt.
 */
export async function rememberConsent(storage: Storage, personId: PersonId, { clientId, scope, claims, resources, verifiedClaims, grantedAt }: Consent, passkeyId: PasskeyId | null = null): Promise<void> {
  const where = { personId_clientId: { personId, clientId } };
  await storage.transaction(async (transaction) => {
    const { data } = transaction;
    await livingPersonWithin(transaction, personId);
    const before = await data.consent.findUnique({ where });
    const decisions = { ...(before !== null && consentOf(before).verifiedClaims), ...verifiedClaims };
    const columns = {
      scope: scope.join(" "), claims: JSON.stringify(claims), resources: JSON.stringify(resources),
      verifiedClaims: JSON.stringify(decisions), grantedAt: toDate(grantedAt),
    };
    await data.consent.upsert({ where, create: { personId, clientId, ...columns }, update: columns });
    await appendReceipt(data, { kind: "consent_given", at: grantedAt, personId, detail: { client: clientId, scope: columns.scope, verified_claims: sharedNames(decisions), passkey: passkeyId } });
  });
}

/** The verified claims that a consent lets be known, for the receipt. */
const sharedNames = (decisions: Consent["verifiedClaims"]): string => Object.keys(decisions).filter((name) => decisions[name] === true).join(" ");

/** Takes back the consent to one verified claim; the relying party is told of it no more, from now on. */
export async function withdrawVerifiedClaim(storage: Storage, personId: PersonId, clientId: ClientId, name: string, at: number): Promise<void> {
  await storage.transaction(async (transaction) => {
    const { data } = transaction;
    const row = await data.consent.findUnique({ where: { personId_clientId: { personId, clientId } } });
    const decisions = row === null ? {} : consentOf(row).verifiedClaims;
    if (!Object.hasOwn(decisions, name)) return;
    const verifiedClaims = { ...decisions, [name]: false };
    await data.consent.update({ where: { personId_clientId: { personId, clientId } }, data: { verifiedClaims: JSON.stringify(verifiedClaims) } });
    await announce(transaction, { personId, at, initiator: "user", events: [{ kind: "token_claims_changed", claims: ["verified_claims"], reason: "withheld" }], onlyClient: clientId });
    await appendReceipt(data, { kind: "consent_reduced", at, personId, detail: { client: clientId, verified_claims: sharedNames(verifiedClaims) } });
  });
}

/** Withdraws a consent; every code, token and grant of that relying party ends with it. */
export async function withdrawConsent(storage: Storage, personId: PersonId, clientId: ClientId, at: number): Promise<void> {
  await storage.transaction(async (transaction) => {
    const { data, artifacts } = transaction;
    await announce(transaction, { personId, at, initiator: "user", events: [{ kind: "sessions_ended", reason: "disconnected" }], onlyClient: clientId });
    const { count } = await data.consent.deleteMany({ where: { personId, clientId } });
    await artifacts.removeByAccount(personId, clientId);
    if (count > 0) await appendReceipt(data, { kind: "consent_withdrawn", at, personId, detail: { client: clientId } });
  });
}

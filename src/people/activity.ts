import { readRecordedAssertion } from "../assurance/index.ts";
import { asIdentifier, type ClientId, type PasskeyId, type PersonId } from "../identifiers.ts";
import { type Reader, toSeconds } from "../storage/index.ts";
import type { PersonRecord } from "./records.ts";

/** Which receipts a person is shown, and as what. The others are for the auditor. */
const kinds = {
  person_created: "registered",
  assertion_issued: "signed_in",
  account_opened: "account_opened",
  passkey_bound: "passkey_added",
  passkey_removed: "passkey_removed",
  passkey_suspended: "passkey_suspended",
  passkey_restored: "passkey_restored",
  phone_surrendered: "phone_erased",
  consent_given: "connected",
  consent_reduced: "detail_withheld",
  consent_withdrawn: "disconnected",
  pseudonym_renewed: "pseudonym_renewed",
  evidence_verified: "certificate_checked",
  evidence_confirmed: "certificate_checked",
  evidence_superseded: "certificate_replaced",
  evidence_status_changed: "certificate_state_changed",
  evidence_expiring: "certificate_expiring",
  evidence_expired: "certificate_expired",
  certificate_refused: "certificate_refused",
  link_ended: "link_ended",
  attributes_dropped: "details_deleted",
  approval_asked: "approval_asked",
  approval_given: "approval_given",
  approval_refused: "approval_refused",
  requests_refused: "requests_refused",
  requests_allowed: "requests_allowed",
  person_held: "held",
  person_released: "released",
  person_recovered: "recovered",
  recovery_forced: "recovery_forced",
  review_opened: "review_opened",
  review_approved: "review_approved",
  review_denied: "review_denied",
  operator_looked: "operator_looked",
  activity_reported: "reported",
} as const;

export type ActivityKind = (typeof kinds)[keyof typeof kinds];

/** What somebody else could have done in the person's name. */
const reportable: readonly ActivityKind[] = ["signed_in", "account_opened", "passkey_added", "connected", "approval_given"];

/** One thing that happened, as its person is told it. */
export interface Activity {
  /** Id of the receipt. */
  readonly id: string;
  readonly sequence: number;
  /** Seconds since the epoch. */
  readonly at: number;
  readonly kind: ActivityKind;
  readonly clientId: ClientId | null;
  readonly passkeyId: PasskeyId | null;
  readonly byOperator: boolean;
  /** The levels that a relying party was told. */
  readonly levels: { readonly ial: number; readonly aal: number; readonly fal: number } | null;
  /** Whether the person may say that it was somebody else. */
  readonly isReportable: boolean;
}

interface Row {
  readonly id: string;
  readonly sequence: number;
  readonly at: Date;
  readonly kind: string;
  readonly detail: string;
}

/** A receipt as its person is told it; null when it is not for them. Pure. */
export function activityOf(row: Row): Activity | null {
  const kind = Object.hasOwn(kinds, row.kind) ? kinds[row.kind as keyof typeof kinds] : null;
  const detail = objectIn(row.detail);
  if (kind === null || detail === null) return null;
  const assertion = kind === "signed_in" ? readRecordedAssertion(detail) : null;
  return {
    id: row.id, sequence: row.sequence, at: toSeconds(row.at), kind,
    clientId: textOf(detail["client"]) as ClientId | null,
    passkeyId: textOf(detail["passkey"]) as PasskeyId | null,
    byOperator: detail["operator"] !== undefined,
    levels: assertion === null ? null : { ial: assertion.asserted.ial, aal: assertion.asserted.aal, fal: assertion.asserted.fal },
    isReportable: reportable.includes(kind),
  };
}

/** Whoever reached past the bridge into the table, or had the content forgotten, left nothing to tell. */
function objectIn(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : null;
  } catch {
    return null;
  }
}

const textOf = (value: unknown): string | null => (typeof value === "string" ? value : null);

export interface ActivityPage {
  readonly activities: readonly Activity[];
  /** Sequence before which the next page begins; null when there is none. */
  readonly next: number | null;
}

const pageSize = 50;

/**
 * What happened to a person, the latest first. Tokens that a service renews belong to the sign-in they began
 * with: each sign-in is told once a page.
 * @param before sequence of the receipt before which the page begins; null: at the latest.
 */
export async function listActivity(read: Reader, person: PersonRecord, before: number | null): Promise<ActivityPage> {
  const rows = await read.receipt.findMany({
    where: { personId: person.id, forgottenContentHash: null, kind: { in: Object.keys(kinds) }, ...(before !== null && { sequence: { lt: before } }) },
    orderBy: { sequence: "desc" },
    take: pageSize,
  });
  const told = rows.map((row) => ({ row, activity: activityOf(row) }));
  const activities = told.flatMap(({ row, activity }, index) => {
    if (activity === null) return [];
    const begun = signInOf(row);
    const isRenewal = begun !== null && told.slice(index + 1).some((earlier) => signInOf(earlier.row) === begun);
    return isRenewal ? [] : [activity];
  });
  return { activities, next: rows.length === pageSize ? (rows.at(-1)?.sequence ?? null) : null };
}

/** Which sign-in at which service an assertion rests on; null of anything else. */
function signInOf({ kind, detail }: Row): string | null {
  const assertion = kind === "assertion_issued" ? readRecordedAssertion(objectIn(detail)) : null;
  if (assertion === null) return null;
  const { passkey, signature } = assertion.facts.session;
  return `${assertion.client} ${passkey?.at ?? ""} ${signature?.at ?? ""}`;
}

/** When a relying party was last told of the person, and what levels; the latest first. */
export async function listAssertions(read: Reader, person: PersonRecord, clientId: ClientId, most: number): Promise<Activity[]> {
  const rows = await read.receipt.findMany({ where: { personId: person.id, kind: "assertion_issued", detail: { startsWith: `{"client":${JSON.stringify(clientId)},` } }, orderBy: { sequence: "desc" }, take: most });
  return rows.flatMap((row) => activityOf(row) ?? []).filter((activity) => activity.clientId === clientId);
}

/** One thing that happened to this person, by its receipt; null when there is none. */
export async function findActivity(read: Reader, person: PersonRecord, receiptId: string): Promise<Activity | null> {
  const row = await read.receipt.findUnique({ where: { id: receiptId } });
  return row === null || row.personId !== asIdentifier<PersonId>(person.id) ? null : activityOf(row);
}

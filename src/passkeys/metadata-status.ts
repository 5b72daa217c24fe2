import { accept, refuse, type Verdict } from "../errors.ts";

/** Status reports by which the keys of a model, or its attestation, no longer prove what they did (FIDO MDS 3.1.4). */
const compromises: readonly string[] = [
  "REVOKED",
  "USER_VERIFICATION_BYPASS",
  "ATTESTATION_KEY_COMPROMISE",
  "USER_KEY_REMOTE_COMPROMISE",
  "USER_KEY_PHYSICAL_COMPROMISE",
];

/**
 * From when the status reports of a model call it compromised, in seconds; `null` for never. Statuses
 * that are not known are passed over, as the specification asks. A later report does not take a
 * compromise back, UPDATE_AVAILABLE neither: which authenticator was updated cannot be told from its
 * assertions. The model is good again when the compromise is no longer reported.
 */
export function compromisedSince(reports: unknown): Verdict<number | null> {
  if (!Array.isArray(reports)) return refuse("malformed_metadata", "statusReports");
  let since: number | null = null;
  for (const report of reports as unknown[]) {
    const { status, effectiveDate } = (report ?? {}) as { status?: unknown; effectiveDate?: unknown };
    if (typeof status !== "string") return refuse("malformed_metadata", "statusReports.status");
    if (!compromises.includes(status)) continue;
    // Without a date that can be read it counts at once.
    const date = readDate(effectiveDate) ?? 0;
    since = since === null ? date : Math.min(since, date);
  }
  return accept(since);
}

/** Midnight UTC of an ISO 8601 date as metadata writes it (`2026-06-01`), in seconds; `null` for anything else. */
export function readDate(text: unknown): number | null {
  if (typeof text !== "string" || !/^\d{4}-\d{2}-\d{2}$/.test(text)) return null;
  const at = Date.parse(`${text}T00:00:00Z`);
  // `Date` would read the 31st of June as the 1st of July.
  return Number.isNaN(at) || new Date(at).toISOString().slice(0, 10) !== text ? null : at / 1000;
}

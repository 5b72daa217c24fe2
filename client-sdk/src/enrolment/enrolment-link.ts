import { fromBase64Url } from "../bytes.ts";
import { EnrolmentError } from "./enrolment-error.ts";

/** Which transaction of which bridge. */
export interface TransactionReference {
  readonly issuer: string;
  readonly transaction: string;
}

/** What an enrolment link, opened or scanned, carries in its fragment. */
export interface EnrolmentLink extends TransactionReference {
  /** The one-time right to claim the transaction: 32 bytes in base64url. */
  readonly secret: string;
}

/**
 * Reads `<app_link>#iss=<issuer>&txn=<transaction>&secret=<base64url>`.
 * @param issuers the issuers the app works with, compared as exact strings
 * @throws EnrolmentError `link_malformed` or `issuer_not_allowed`
 */
export function readEnrolmentLink(link: string, issuers: readonly string[]): EnrolmentLink {
  if (!URL.canParse(link)) throw new EnrolmentError("link_malformed", { at: "link" });
  const members = new URLSearchParams(new URL(link).hash.slice(1));
  const issuer = readMember(members, "iss");
  const transaction = readMember(members, "txn");
  const secret = readMember(members, "secret");
  if (!issuers.includes(issuer)) throw new EnrolmentError("issuer_not_allowed", { at: "iss" });
  if (!isTransaction(transaction)) throw new EnrolmentError("link_malformed", { at: "txn" });
  if (!isSecret(secret)) throw new EnrolmentError("link_malformed", { at: "secret" });
  return { issuer, transaction, secret };
}

/** The transaction becomes part of a path: nothing in it may lead elsewhere. */
export function isTransaction(value: unknown): value is string {
  return typeof value === "string" && /^[A-Za-z0-9_-]{1,128}$/u.test(value);
}

/** Whether this has the form of a link's secret. */
export function isSecret(value: unknown): value is string {
  return typeof value === "string" && fromBase64Url(value)?.length === 32;
}

function readMember(members: URLSearchParams, name: string): string {
  const [value, ...others] = members.getAll(name);
  if (value === undefined || others.length > 0) throw new EnrolmentError("link_malformed", { at: name });
  return value;
}

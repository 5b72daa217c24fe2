import { fromBase64Url } from "../bytes.ts";
import { EnrolmentError } from "./enrolment-error.ts";

/** What an enrolment link, opened or scanned, carries in its fragment. */
export interface EnrolmentLink {
  readonly issuer: string;
  readonly transaction: string;
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
  // The transaction becomes part of a path: nothing in it may lead elsewhere.
  if (!/^[A-Za-z0-9_-]{1,128}$/u.test(transaction)) throw new EnrolmentError("link_malformed", { at: "txn" });
  if (fromBase64Url(secret)?.length !== 32) throw new EnrolmentError("link_malformed", { at: "secret" });
  return { issuer, transaction, secret };
}

function readMember(members: URLSearchParams, name: string): string {
  const [value, ...others] = members.getAll(name);
  if (value === undefined || others.length > 0) throw new EnrolmentError("link_malformed", { at: name });
  return value;
}

/**
 * The enrolment statement: what the key in the Secure Element signs. The device and the bridge build
 * its bytes from this one file, each from its own record.
 */
import { fromBase64Url, sha256, toBase64Url, utf8, type Bytes } from "../bytes.ts";
import { canonicalize, isWellFormed } from "./jcs.ts";

/** Why the person is asked to sign. */
export const purposes = ["enrol", "recover", "renew", "hold", "release", "step-up", "attributes"] as const;
/** Purposes that end with a new passkey. */
const passkeyPurposes: readonly Purpose[] = ["enrol", "recover", "renew"];
/** One of {@link purposes}. */
export type Purpose = (typeof purposes)[number];

/** What is signed. Times are seconds since the epoch. */
export interface EnrolmentStatement {
  /** The bridge's issuer identifier. */
  readonly iss: string;
  /** The enrolment transaction. */
  readonly txn: string;
  readonly purpose: Purpose;
  /** The relying party that asked, or the issuer itself outside a relying party's request. */
  readonly client_id: string;
  readonly client_name: string;
  readonly client_host: string;
  /** 32 random octets in base64url: makes the signature count once. */
  readonly nonce: string;
  readonly iat: number;
  readonly exp: number;
  /** RFC 7638 thumbprint of the device's ephemeral key. */
  readonly jkt: string;
  /** {@link codeHash} of the number shown in the browser; `null` when that browser is on the same device. */
  readonly code_hash: string | null;
}

/** Keeps this signature apart from every other use of the key. */
const statementLabel = "jpki-bridge enrolment v1";

/** The bytes that are hashed and signed: ASCII label, a zero byte, the statement in JCS (RFC 8785). */
export function statementBytes(statement: EnrolmentStatement): Bytes {
  const { iss, txn, purpose, client_id, client_name, client_host, nonce, iat, exp, jkt, code_hash } = statement;
  const members = { iss, txn, purpose, client_id, client_name, client_host, nonce, iat, exp, jkt, code_hash };
  return utf8(`${statementLabel}\0${canonicalize(members)}`);
}

/** SHA-256 of {@link statementBytes}: what goes to the applet. */
export async function statementDigest(statement: EnrolmentStatement): Promise<Bytes> {
  return sha256(statementBytes(statement));
}

/** base64url SHA-256 of the ASCII nonce, a full stop, and the number the browser shows. */
export async function codeHash(nonce: string, number: string): Promise<string> {
  return toBase64Url(await sha256(utf8(`${nonce}.${number}`)));
}

/** Reads a statement from parsed JSON; `null` if a member is missing, extra or of another form. */
export function parseStatement(value: unknown): EnrolmentStatement | null {
  if (typeof value !== "object" || value === null) return null;
  const members: Partial<Record<string, unknown>> = { ...value };
  const { iss, txn, purpose, client_id, client_name, client_host, nonce, iat, exp, jkt, code_hash, ...extra } = members;
  if (Object.keys(extra).length > 0 || !isPurpose(purpose)) return null;
  if (!isText(iss) || !isText(txn) || !isText(client_id) || !isText(client_name) || !isText(client_host)) return null;
  if (!isOctets32(nonce) || !isOctets32(jkt) || !(code_hash === null || isOctets32(code_hash))) return null;
  if (!isTime(iat) || !isTime(exp)) return null;
  return { iss, txn, purpose, client_id, client_name, client_host, nonce, iat, exp, jkt, code_hash };
}

/** Whether a transaction of this purpose ends with a new passkey. */
export function makesPasskey(purpose: Purpose): boolean {
  return passkeyPurposes.includes(purpose);
}

/** Whether a value is one of {@link purposes}. */
export function isPurpose(value: unknown): value is Purpose {
  return purposes.some((purpose) => purpose === value);
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "" && isWellFormed(value);
}

function isOctets32(value: unknown): value is string {
  return typeof value === "string" && fromBase64Url(value)?.length === 32;
}

function isTime(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

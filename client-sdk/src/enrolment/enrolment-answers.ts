/** The bridge's answers, looked at member by member. What came over the wire keeps its names of the wire. */
import type { Answer } from "./enrolment-channel.ts";
import { EnrolmentError } from "./enrolment-error.ts";
import type { TransactionReference } from "./enrolment-link.ts";
import type { PasskeyCreationOptions } from "./passkey.ts";
import { isWellFormed } from "../statement/jcs.ts";
import { isPurpose, parseStatement, type EnrolmentStatement, type Purpose } from "../statement/statement.ts";

/** Who asks for what: to be shown to the person before anything is signed. */
export interface EnrolmentRequest {
  readonly iss: string;
  readonly txn: string;
  readonly purpose: Purpose;
  readonly client_id: string;
  readonly client_name: string;
  readonly client_host: string;
  /** Whether the browser that waits is on this device or on another one. */
  readonly device: "same" | "other";
  /** Seconds since the epoch. */
  readonly expires_at: number;
  /** Present when the signature certificate is to be presented, too: `proveAttributes`. */
  readonly with_attributes?: true;
}

/**
 * How an enrolment ends on the device. `return`: open `return_url` in this device's browser, which then
 * goes on. `done`: the person goes on in the other device's browser.
 */
export type EnrolmentOutcome = { readonly next: "return"; readonly return_url: string } | { readonly next: "done" };

/** Where the passkey can be made in this device's browser: good once, until `expires_at` (seconds). */
export interface Continuation {
  readonly url: string;
  readonly expires_at: number;
}

/** Where the transaction stands at the bridge, by the names of docs/enrolment-protocol.md. */
export interface EnrolmentStatus {
  readonly state: string;
  /** Seconds since the epoch. */
  readonly expires_at: number;
}

/** The request of a claim; it must be about the transaction of the link. */
export function readClaimAnswer({ request, number_required }: Answer, link: TransactionReference): EnrolmentRequest {
  const read = readRequest(request, link);
  // Between two devices only the number ties the statement to the browser the person looks at.
  if (number_required !== (read.device === "other")) throw malformed("number_required");
  return read;
}

export function readRequest(value: unknown, link: TransactionReference): EnrolmentRequest {
  const { iss, txn, purpose, client_id, client_name, client_host, device, expires_at, with_attributes } = readObject(value, "request");
  if (iss !== link.issuer) throw malformed("request.iss");
  if (txn !== link.transaction) throw malformed("request.txn");
  if (!isPurpose(purpose)) throw malformed("request.purpose");
  if (device !== "same" && device !== "other") throw malformed("request.device");
  return {
    iss: link.issuer,
    txn: link.transaction,
    purpose,
    client_id: readText(client_id, "request.client_id"),
    client_name: readShownText(client_name, "request.client_name"),
    client_host: readHost(client_host, "request.client_host"),
    device,
    expires_at: readTime(expires_at, "request.expires_at"),
    ...(with_attributes === true && { with_attributes }),
  };
}

export function readStatement({ statement }: Answer): EnrolmentStatement {
  const parsed = parseStatement(statement);
  if (parsed === null) throw malformed("statement");
  return parsed;
}

/** What follows a proof. */
export function readProofAnswer(answer: Answer, issuer: string): EnrolmentOutcome | { readonly next: "passkey" } {
  return answer["next"] === "passkey" ? { next: "passkey" } : readOutcome(answer, issuer);
}

export function readOutcome({ next, return_url }: Answer, issuer: string): EnrolmentOutcome {
  if (next === "done") return { next };
  if (next === "return") return { next, return_url: readUrlOf(issuer, return_url, "return_url") };
  throw malformed("next");
}

export function readPasskeyOptions({ options }: Answer): PasskeyCreationOptions {
  readText(readObject(options, "options")["challenge"], "options.challenge");
  return options as PasskeyCreationOptions;
}

export function readContinuation({ url, expires_at }: Answer, issuer: string): Continuation {
  return { url: readUrlOf(issuer, url, "url"), expires_at: readTime(expires_at, "expires_at") };
}

export function readStatus({ state, expires_at }: Answer): EnrolmentStatus {
  return { state: readText(state, "state"), expires_at: readTime(expires_at, "expires_at") };
}

function readObject(value: unknown, at: string): Answer {
  if (typeof value !== "object" || value === null) throw malformed(at);
  return { ...value };
}

function readText(value: unknown, at: string): string {
  if (typeof value !== "string" || value === "") throw malformed(at);
  return value;
}

function readShownText(value: unknown, at: string): string {
  const text = readText(value, at);
  if (!isWellFormed(text) || Array.from(text).some(isMisleading)) throw malformed(at);
  return text;
}

/** By these a text would be shown as another: controls, line ends, and what turns the direction of writing. */
function isMisleading(character: string): boolean {
  const code = character.charCodeAt(0);
  return code < 0x20 || (code >= 0x7f && code < 0xa0) || (code >= 0x2028 && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
}

/** As the `host` of a URL: ASCII, so that no letter of another script looks like one of the host's. */
function readHost(value: unknown, at: string): string {
  const host = readText(value, at);
  if (!/^[A-Za-z0-9._~%:[\]-]+$/u.test(host)) throw malformed(at);
  return host;
}

function readTime(value: unknown, at: string): number {
  if (!Number.isSafeInteger(value)) throw malformed(at);
  return Number(value);
}

/** A page that the app will open: the issuer's own and no other, so no script and no other app. */
function readUrlOf(issuer: string, value: unknown, at: string): string {
  const url = readText(value, at);
  if (!URL.canParse(url)) throw malformed(at);
  const { origin, protocol, username, password } = new URL(url);
  // A `blob:` URL has the origin of the page that made it; a user name is there only to be taken for a host.
  const isPlain = protocol === new URL(issuer).protocol && username === "" && password === "";
  if (!isPlain || origin !== new URL(issuer).origin) throw malformed(at);
  return url;
}

function malformed(at: string): EnrolmentError {
  return new EnrolmentError("answer_malformed", { at });
}

/** An enrolment as it is kept while the app is not running. */
import { findDisagreement } from "./enrolment-agreement.ts";
import { readContinuation, readRequest, readStatement, type Continuation, type EnrolmentRequest } from "./enrolment-answers.ts";
import { EnrolmentError } from "./enrolment-error.ts";
import { isSecret, isTransaction, type TransactionReference } from "./enrolment-link.ts";
import { isProof, type Proof } from "./proof.ts";
import type { EnrolmentStatement } from "../statement/statement.ts";

/** How far it has come. The claim's secret is in it only before the claim; no PIN ever is. */
export type SavedStep =
  | { readonly step: "opened"; readonly secret: string }
  | { readonly step: "claimed"; readonly request: EnrolmentRequest }
  | { readonly step: "stated"; readonly request: EnrolmentRequest; readonly statement: EnrolmentStatement }
  | { readonly step: "signed"; readonly request: EnrolmentRequest; readonly proof: Proof }
  | { readonly step: "proved"; readonly request: EnrolmentRequest }
  | { readonly step: "continued"; readonly request: EnrolmentRequest; readonly continuation: Continuation };

/**
 * JSON. Keep it in the platform's secure storage (Keychain, Keystore-backed storage): whoever has it can go
 * on with the enrolment. Worth nothing after `request.expires_at`.
 */
export type SavedEnrolment = TransactionReference & {
  readonly version: 1;
  /** The ephemeral private key, or `null` if the platform holds it. */
  readonly key: JsonWebKey | null;
} & SavedStep;

/**
 * Reads what was kept, as carefully as what comes over the wire.
 * @param now seconds since the epoch
 * @throws EnrolmentError `saved_malformed` or `issuer_not_allowed`
 */
export function readSaved(value: unknown, issuers: readonly string[], now: number): SavedEnrolment {
  if (typeof value !== "object" || value === null) throw malformed("saved");
  const { version, issuer, transaction, key, ...step }: Partial<Record<string, unknown>> = { ...value };
  if (version !== 1) throw malformed("version");
  if (typeof issuer !== "string" || !issuers.includes(issuer)) throw new EnrolmentError("issuer_not_allowed", { at: "issuer" });
  if (!isTransaction(transaction)) throw malformed("transaction");
  if (typeof key !== "object") throw malformed("key");
  try {
    return { version, issuer, transaction, key, ...readStep(step, { issuer, transaction }, now) };
  } catch (error) {
    throw malformed(error instanceof EnrolmentError ? error.at : "step");
  }
}

function readStep(saved: Partial<Record<string, unknown>>, reference: TransactionReference, now: number): SavedStep {
  const { step, secret, proof } = saved;
  if (step === "opened" && isSecret(secret)) return { step, secret };
  const request = readRequest(saved["request"], reference);
  if (step === "claimed" || step === "proved") return { step, request };
  if (step === "stated") return { step, request, statement: agreedStatement(saved, request, now) };
  if (step === "signed" && isProof(proof)) return { step, request, proof };
  if (step === "continued") return { step, request, continuation: readContinuation({ ...Object(saved["continuation"]) }, reference.issuer) };
  throw malformed("step");
}

/** What will be signed is still what was shown. Number and key were held against it when it came. */
function agreedStatement(saved: Partial<Record<string, unknown>>, request: EnrolmentRequest, now: number): EnrolmentStatement {
  const statement = readStatement(saved);
  const disagreement = findDisagreement(statement, { request, thumbprint: statement.jkt, codeHash: statement.code_hash, now });
  // A transaction that is too old the bridge refuses by its own name.
  if (disagreement !== null && disagreement !== "exp") throw malformed(`statement.${disagreement}`);
  return statement;
}

function malformed(at: string | undefined): EnrolmentError {
  return new EnrolmentError("saved_malformed", { at });
}

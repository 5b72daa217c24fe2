import { randomBytes, toBase64Url } from "../bytes.ts";
import { Refusal } from "../errors.ts";
import type { TransactionId } from "../identifiers.ts";
import { codeHash, type EnrolmentStatement, makesPasskey, signatureProfile, userAuthenticationProfile } from "../jpki/index.ts";
import type { ClaimedDevice } from "../people/index.ts";
import { actOn } from "./acts.ts";
import { checkCertificate, checkPossession, type HeldCertificate, type Signed } from "./certificate-check.ts";
import { knownHolder } from "./known-holder.ts";
import type { EnrolmentPorts } from "./ports.ts";
import { askForReview, presentCertificates, type ProvedCertificates } from "./present-certificates.ts";
import { purposes } from "./purposes.ts";
import { recordRefusal } from "./refusal-receipt.ts";
import { loadTransaction, moveWithin, newSecret, secretMatches, take, type Taken, tellReached } from "./store.ts";
import { cancel, challenge, claim, consumeNonce, type EnrolmentTransaction, endOf, fail, frameOf, prove, type TransactionFrame } from "./transaction.ts";

/** What the app shows before anything is signed. */
export interface RequestView {
  readonly iss: string;
  readonly txn: string;
  readonly purpose: string;
  readonly client_id: string;
  readonly client_name: string;
  readonly client_host: string;
  readonly device: "same" | "other";
  readonly expires_at: number;
  /** Present when the signature certificate is to be presented with the authentication certificate. */
  readonly with_attributes?: true;
}

/**
 * 04 step 2: the app claims the transaction with the link's secret and its ephemeral key.
 * @param deviceKey thumbprint of the key that signed the DPoP proof of this call.
 */
export async function claimTransaction(ports: EnrolmentPorts, id: TransactionId, deviceKey: string, secret: string): Promise<{ request: RequestView; number_required: boolean }> {
  const { transaction: claimed } = await take(ports, id, (transaction, now) => claim(transaction, secretMatches(secret, transaction.secretDigest), deviceKey, now));
  return { request: requestOf(ports, claimed), number_required: claimed.number !== null };
}

function requestOf(ports: EnrolmentPorts, { id, purpose, client, device, expiresAt, withAttributes }: EnrolmentTransaction): RequestView {
  return {
    iss: ports.issuer, txn: id, purpose, device, expires_at: expiresAt,
    client_id: client.id, client_name: client.name, client_host: client.host,
    ...(withAttributes && { with_attributes: true }),
  };
}

/** 04 step 3: the statement to sign; on another device only for the number that the browser shows. */
export async function issueStatement(ports: EnrolmentPorts, id: TransactionId, deviceKey: string, number: string | null): Promise<EnrolmentStatement> {
  const nonce = toBase64Url(randomBytes(32));
  const { transaction: challenged } = await take(ports, id, (transaction, now) => challenge(transaction, deviceKey, number, nonce, now));
  return statementOf(ports, challenged);
}

/** The statement, from our own record and nothing else. */
async function statementOf(ports: EnrolmentPorts, transaction: Extract<EnrolmentTransaction, { state: "challenged" }>): Promise<EnrolmentStatement> {
  const { id, purpose, client, nonce, issuedAt, expiresAt, deviceKey, number } = transaction;
  return {
    iss: ports.issuer, txn: id, purpose, client_id: client.id, client_name: client.name, client_host: client.host,
    nonce, iat: issuedAt, exp: expiresAt, jkt: deviceKey,
    code_hash: number === null ? null : await codeHash(nonce, number),
  };
}

/** What the device sends to prove who holds it. */
export interface DeviceProof extends Signed {
  /** What the device tells of itself: written down, and no level rests on it. */
  readonly device: ClaimedDevice | null;
  /** Of the purpose `attributes`, and of no other: the signature certificate, and the same statement signed by its key. */
  readonly attributes: Signed | null;
  /** Of the purpose `renew`, where both are at hand: the earlier certificate, and the same statement signed by its key. */
  readonly previous: Signed | null;
}

export type NextStep = { readonly next: "passkey" } | { readonly next: "return"; readonly return_url: string } | { readonly next: "done" };

/**
 * 04 steps 5 and 6: consumes the nonce, checks proof, path, profile and status of one and the same
 * certificate, then binds the evidence to its person. A refusal leaves the transaction failed, and a
 * receipt that says why. Where the signature certificate is presented, it goes through the same checks,
 * and belongs to the person of the authentication certificate.
 */
export async function proveTransaction(ports: EnrolmentPorts, id: TransactionId, deviceKey: string, proof: DeviceProof): Promise<NextStep> {
  let challenged: EnrolmentTransaction | undefined;
  const taken = await take(ports, id, (transaction, now) => {
    challenged = transaction;
    const step = consumeNonce(transaction, deviceKey, now);
    return step.code === null && !isWhole(transaction, proof) ? { code: "invalid_request", at: "attributes or previous" } : step;
  });
  const proving = taken.transaction;
  if (challenged?.state !== "challenged") throw new Refusal("challenge_used", "no statement was issued");
  let held: HeldCertificate | null = null;
  let certificates: ProvedCertificates | null = null;
  try {
    const statement = await statementOf(ports, challenged);
    held = checkPossession(ports, statement, proof, userAuthenticationProfile);
    const heldSignature = proof.attributes === null ? null : checkPossession(ports, statement, proof.attributes, signatureProfile);
    const heldPrevious = proof.previous === null ? null : checkPossession(ports, statement, proof.previous, userAuthenticationProfile);
    const proved = await verify(ports, proving, { main: held, signature: heldSignature, previous: heldPrevious, claimed: proof.device });
    certificates = proved;
    const returning = returnLink(ports, proving);
    const { leaf, judgedAt: at } = held;
    const { reached, bound } = await ports.storage.transaction(async (transaction) => {
      const presented = proved === null ? await knownHolder(ports, transaction, leaf) : await presentCertificates(ports, transaction, proving, proved);
      const { person, evidenceId } = presented;
      await actOn(ports, transaction, proving.purpose, { person, evidenceId, at });
      const next = prove(proving, { personId: person.id, evidenceId, provedAt: at }, returning.digest);
      await moveWithin(transaction, taken, next, ports.clock());
      return { reached: next, bound: presented.bound.map((each) => ({ personId: person.id, evidenceId: each })) };
    });
    tellReached(ports, reached);
    for (const each of bound) await ports.onBound(each);
    return makesPasskey(proving.purpose) ? { next: "passkey" } : returning.next;
  } catch (error) {
    throw await failWith(ports, taken, error, held, certificates);
  }
}

interface HeldCertificates {
  readonly main: HeldCertificate;
  readonly signature: HeldCertificate | null;
  readonly previous: HeldCertificate | null;
  readonly claimed: ClaimedDevice | null;
}

/** @returns null where no source of status answers and a hold is asked for: it must not wait for that. */
async function verify(ports: EnrolmentPorts, { purpose }: TransactionFrame, { main, signature, previous, claimed }: HeldCertificates): Promise<ProvedCertificates | null> {
  const { asksIssuer } = purposes[purpose];
  try {
    const verified = await checkCertificate(ports, main, asksIssuer);
    return {
      verified, claimed,
      signature: signature === null ? null : await checkCertificate(ports, signature, asksIssuer),
      previous: previous === null ? null : await checkCertificate(ports, previous, asksIssuer),
    };
  } catch (error) {
    if (purpose === "hold" && error instanceof Refusal && error.code === "status_unavailable") return null;
    throw error;
  }
}

/** What the proof of a purpose has beside the authentication certificate, and may have. */
const isWhole = ({ purpose, withAttributes }: TransactionFrame, { attributes, previous }: DeviceProof): boolean =>
  withAttributes === (attributes !== null) && (previous === null || purpose === "renew");

/**
 * Where it was ended meanwhile it stays ended so, without a receipt; the device is still told what its proof lacked.
 * @returns with what it failed: where nobody is known by the certificates of a recovery, an operator may have been asked.
 */
async function failWith(ports: EnrolmentPorts, taken: Taken<"proving">, error: unknown, held: HeldCertificate | null, certificates: ProvedCertificates | null): Promise<unknown> {
  try {
    const { reached, reason } = await ports.storage.transaction(async (transaction) => {
      const isUnknown = error instanceof Refusal && error.code === "person_unknown";
      const reason = isUnknown && certificates !== null ? await askForReview(ports, transaction, certificates) : error;
      const refusal = reason instanceof Refusal ? reason : null;
      const next = fail(taken.transaction, refusal?.code ?? "internal_error");
      await moveWithin(transaction, taken, next, ports.clock());
      if (refusal !== null) await recordRefusal(ports, transaction, taken.transaction, refusal, held);
      return { reached: next, reason };
    });
    tellReached(ports, reached);
    return reason;
  } catch (failure) {
    if (!(failure instanceof Refusal) || failure.code !== "transaction_wrong_state") throw failure;
    return error;
  }
}

/** The device-local way back: a one-time code in the fragment of an https link, on the same device only. */
export function returnLink(ports: EnrolmentPorts, transaction: EnrolmentTransaction): { digest: string | null; next: NextStep } {
  if (transaction.device === "other") return { digest: null, next: { next: "done" } };
  const { secret, digest } = newSecret();
  const fragment = new URLSearchParams({ txn: transaction.id, code: secret });
  return { digest, next: { next: "return", return_url: `${ports.issuer}/enrolment/return#${fragment.toString()}` } };
}

/** Where the transaction is, for an app that was restarted. */
export async function deviceStatus(ports: EnrolmentPorts, id: TransactionId, deviceKey: string): Promise<{ state: string; expires_at: number }> {
  const transaction = await loadTransaction(ports.storage, id);
  if (!("deviceKey" in transaction) || transaction.deviceKey !== deviceKey) throw new Refusal("device_key_mismatch", transaction.state);
  const expired = endOf(transaction, ports.clock()) === "transaction_expired";
  return { state: expired ? "expired" : transaction.state, expires_at: frameOf(transaction).expiresAt };
}

/** The app gives up. */
export async function cancelFromDevice(ports: EnrolmentPorts, id: TransactionId, deviceKey: string): Promise<void> {
  await deviceStatus(ports, id, deviceKey);
  await take(ports, id, (transaction, now) => cancel(transaction, "device", now));
}

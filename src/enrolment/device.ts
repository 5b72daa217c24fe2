import { randomBytes, toBase64Url } from "../bytes.ts";
import { Refusal } from "../errors.ts";
import type { TransactionId } from "../identifiers.ts";
import { codeHash, type EnrolmentStatement } from "../jpki/index.ts";
import { bindEvidence, type ClaimedDevice } from "../people/index.ts";
import { checkCertificate, checkPossession, type HeldCertificate } from "./certificate-check.ts";
import type { EnrolmentPorts } from "./ports.ts";
import { recordRefusal } from "./refusal-receipt.ts";
import { loadTransaction, moveWithin, newSecret, secretMatches, take, type Taken } from "./store.ts";
import { cancel, challenge, claim, consumeNonce, type EnrolmentTransaction, endOf, fail, frameOf, prove } from "./transaction.ts";

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
}

/**
 * 04 step 2: the app claims the transaction with the link's secret and its ephemeral key.
 * @param deviceKey thumbprint of the key that signed the DPoP proof of this call.
 */
export async function claimTransaction(ports: EnrolmentPorts, id: TransactionId, deviceKey: string, secret: string): Promise<{ request: RequestView; number_required: boolean }> {
  const { transaction: claimed } = await take(ports, id, (transaction, now) => claim(transaction, secretMatches(secret, transaction.secretDigest), deviceKey, now));
  return { request: requestOf(ports, claimed), number_required: claimed.number !== null };
}

function requestOf(ports: EnrolmentPorts, { id, purpose, client, device, expiresAt }: EnrolmentTransaction): RequestView {
  return {
    iss: ports.issuer, txn: id, purpose, device, expires_at: expiresAt,
    client_id: client.id, client_name: client.name, client_host: client.host,
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

export type NextStep = { readonly next: "passkey" } | { readonly next: "return"; readonly return_url: string } | { readonly next: "done" };

/**
 * 04 steps 5 and 6: consumes the nonce, checks proof, path, profile and status of one and the same
 * certificate, then binds the evidence to its person. A refusal leaves the transaction failed, and a
 * receipt that says why.
 * @param proof.device what the device tells of itself: written down, and no level rests on it.
 */
export async function proveTransaction(ports: EnrolmentPorts, id: TransactionId, deviceKey: string, proof: { certificate: Uint8Array; signature: Uint8Array; device: ClaimedDevice | null }): Promise<NextStep> {
  let challenged: EnrolmentTransaction | undefined;
  const taken = await take(ports, id, (transaction, now) => {
    challenged = transaction;
    return consumeNonce(transaction, deviceKey, now);
  });
  const proving = taken.transaction;
  if (challenged?.state !== "challenged") throw new Refusal("challenge_used", "no statement was issued");
  let held: HeldCertificate | null = null;
  try {
    held = checkPossession(ports, await statementOf(ports, challenged), proof);
    const verified = await checkCertificate(ports, held);
    const returning = returnLink(ports, proving);
    const bound = await ports.storage.transaction(async (transaction) => {
      const { person, evidenceId } = await bindEvidence(transaction, { sealing: ports.storage.sealing, policyVersion: ports.assurance.version }, { ...verified, claimed: proof.device }, proving.expected);
      const proved = { personId: person.id, evidenceId, provedAt: verified.facts.verifiedAt };
      await moveWithin(transaction, taken, prove(proving, proved, returning.digest), ports.clock());
      return { personId: person.id, evidenceId };
    });
    await ports.onBound(bound);
    return proving.purpose === "step-up" ? returning.next : { next: "passkey" };
  } catch (error) {
    await failWith(ports, taken, error, held);
    throw error;
  }
}

/** Where it was ended meanwhile it stays ended so, without a receipt; the device is still told what its proof lacked. */
async function failWith(ports: EnrolmentPorts, taken: Taken<"proving">, error: unknown, held: HeldCertificate | null): Promise<void> {
  const refusal = error instanceof Refusal ? error : null;
  try {
    await ports.storage.transaction(async (transaction) => {
      await moveWithin(transaction, taken, fail(taken.transaction, refusal?.code ?? "internal_error"), ports.clock());
      if (refusal !== null) await recordRefusal(ports, transaction, taken.transaction, refusal, held);
    });
  } catch (failure) {
    if (!(failure instanceof Refusal) || failure.code !== "transaction_wrong_state") throw failure;
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

import { Refusal } from "../errors.ts";
import { newIdentifier, type PersonId, type TransactionId } from "../identifiers.ts";
import type { EnrolmentPorts } from "./ports.ts";
import { insertTransaction, loadTransaction, newSecret, randomNumber, secretDigest, secretMatches, take, tellReached } from "./store.ts";
import { cancel, endForBrowser, type EnrolmentTransaction, finish, type Opener, redeem, transactionLife, type TransactionFrame } from "./transaction.ts";

/** What the browser asks for when it opens a transaction. */
export interface OpenRequest {
  readonly purpose: TransactionFrame["purpose"];
  readonly device: "same" | "other";
  readonly opener: Opener;
  readonly client: TransactionFrame["client"];
  readonly expected: PersonId | null;
  readonly presented?: TransactionFrame["presented"];
  readonly keep?: TransactionFrame["keep"];
  /** Of a recovery: asks for the signature certificate, too, so that an operator can decide. */
  readonly review?: boolean;
  /** The secret cookie of the browser. */
  readonly browserSecret: string;
  /** What one subscriber has: transactions are limited by it, where it is known. */
  readonly network?: string;
}

/**
 * 04 step 1: opens a transaction.
 * @returns its id and the link for the phone; the claim secret is in the link's fragment and nowhere else.
 * @throws Refusal `transaction_too_many`.
 */
export async function openTransaction(ports: EnrolmentPorts, request: OpenRequest): Promise<{ id: TransactionId; link: string }> {
  const now = ports.clock();
  const { secret, digest } = newSecret();
  const { browserSecret, network, presented = null, keep = [], review = false, ...frame } = request;
  const transaction: EnrolmentTransaction = {
    ...frame, presented, keep,
    withAttributes: request.purpose === "attributes" || review,
    id: newIdentifier<TransactionId>(),
    browser: secretDigest(browserSecret),
    secretDigest: digest,
    number: request.device === "other" ? randomNumber(2) : null,
    openedAt: now,
    expiresAt: now + transactionLife,
    state: "open",
  };
  await insertTransaction(ports.storage, transaction, ports, network);
  tellReached(ports, transaction);
  const fragment = new URLSearchParams({ iss: ports.issuer, txn: transaction.id, secret });
  return { id: transaction.id, link: `${ports.appLink}#${fragment.toString()}` };
}

/** What the opening browser may know of its transaction. */
export type BrowserView =
  | { readonly state: "open" | "proved" | "passkey_pending" | "complete" | "returned" | "expired" | "cancelled" }
  /** A phone has connected: now the number is shown. */
  | { readonly state: "claimed" | "numbered"; readonly number: string | null }
  | { readonly state: "failed"; readonly code: NonNullable<ReturnType<typeof endForBrowser>> };

/** @throws Refusal `transaction_unknown`, also for a browser that did not open it. */
export async function viewTransaction(ports: EnrolmentPorts, id: TransactionId, browserSecret: string | undefined): Promise<BrowserView & { transaction: EnrolmentTransaction }> {
  const transaction = await loadTransaction(ports.storage, id);
  if (browserSecret === undefined || !secretMatches(browserSecret, transaction.browser)) {
    throw new Refusal("transaction_unknown", "another browser");
  }
  return { ...viewOf(transaction, ports.clock()), transaction };
}

function viewOf(transaction: EnrolmentTransaction, now: number): BrowserView {
  if (transaction.state === "finished") return { state: "complete" };
  const end = endForBrowser(transaction, now);
  if (end === "transaction_expired") return { state: "expired" };
  if (end === "transaction_cancelled") return { state: "cancelled" };
  if (end !== null) return { state: "failed", code: end };
  switch (transaction.state) {
    case "claimed":
      return { state: "claimed", number: transaction.number };
    case "challenged":
    case "proving":
      return { state: "numbered", number: transaction.number };
    case "open":
    case "proved":
    case "passkey_pending":
    case "complete":
    case "returned":
      return { state: transaction.state };
    default:
      return { state: "expired" };
  }
}

/**
 * 04 step 8: the opening browser hands in the code that the app gave it through a device-local
 * redirect. Only this raises a browser's session by the phone's proof.
 * @throws Refusal `return_code_invalid`.
 */
export async function redeemReturnCode(ports: EnrolmentPorts, id: TransactionId, browserSecret: string | undefined, code: string): Promise<Opener> {
  const { transaction: returned } = await take(ports, id, (transaction, now) =>
    redeem(transaction, secretMatches(browserSecret ?? "", transaction.browser), transaction.state === "complete" && secretMatches(code, transaction.returnDigest), now),
  );
  return returned.opener;
}

/** What a finished transaction established for the session of the browser that opened it. */
export interface Established {
  readonly purpose: TransactionFrame["purpose"];
  readonly personId: PersonId;
  readonly opener: Opener;
  readonly signature: { readonly device: "same" | "other"; readonly at: number; readonly evidence: string };
}

/**
 * Takes the result, once: after a redeemed return code (same device), or of a proof on another device
 * that made no passkey, which adds evidence and freshness to the person already signed in here.
 */
export async function finishTransaction(ports: EnrolmentPorts, id: TransactionId, browserSecret: string | undefined): Promise<Established> {
  let before: EnrolmentTransaction | undefined;
  await take(ports, id, (transaction, now) => {
    before = transaction;
    return finish(transaction, secretMatches(browserSecret ?? "", transaction.browser), now);
  });
  if (before?.state !== "returned" && before?.state !== "complete") throw new Refusal("transaction_wrong_state", "not complete");
  const device = before.state === "returned" ? "same" : "other";
  return { purpose: before.purpose, personId: before.personId, opener: before.opener, signature: { device, at: before.provedAt, evidence: before.evidenceId } };
}

/** The opening browser gives up. */
export async function cancelFromBrowser(ports: EnrolmentPorts, id: TransactionId, browserSecret: string | undefined): Promise<void> {
  await viewTransaction(ports, id, browserSecret);
  await take(ports, id, (transaction, now) => cancel(transaction, "browser", now));
}

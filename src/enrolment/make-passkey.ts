import { orThrow, Refusal } from "../errors.ts";
import type { TransactionId } from "../identifiers.ts";
import { type CreationOptions, creationOptions, newChallenge, verifyRegistration } from "../passkeys/index.ts";
import { activatePasskey, bindPasskey, findPerson, type NewPasskey, type PasskeyRecord, type PersonRecord } from "../people/index.ts";
import { admitPasskey, bindingOf, livingProver } from "./binding.ts";
import { type NextStep, returnLink } from "./device.ts";
import type { EnrolmentPorts } from "./ports.ts";
import { moveWithin, newSecret, randomNumber, secretMatches, take, tellReached } from "./store.ts";
import {
  awaitConfirmation, complete, confirm, consumeChallenge, consumeContinuation, type EnrolmentTransaction,
  offerContinuation, offerPasskey, openContinuation, type Proved,
} from "./transaction.ts";

type ProvedTransaction = Extract<EnrolmentTransaction, { state: "proved" }>;

/** 04 step 7, first choice: creation options over the device's own channel. */
export async function passkeyOptions(ports: EnrolmentPorts, id: TransactionId, deviceKey: string): Promise<CreationOptions> {
  const challenge = newChallenge();
  const { transaction: proved } = await take(ports, id, (transaction, now) => offerPasskey(transaction, deviceKey, challenge, now));
  return optionsFor(ports, proved, challenge);
}

/** 04 step 7: the passkey made by the device that holds the Secure Element becomes active at once. */
export async function registerPasskey(ports: EnrolmentPorts, id: TransactionId, deviceKey: string, response: unknown): Promise<NextStep> {
  let offered: EnrolmentTransaction | undefined;
  const taken = await take(ports, id, (transaction, now) => {
    offered = transaction;
    return consumeChallenge(transaction, deviceKey, now);
  });
  const proved = taken.transaction;
  const challenge = offered?.state === "proved" ? offered.challenge : null;
  const passkey = await verifiedPasskey(ports, response, challenge);
  const returning = returnLink(ports, proved);
  tellReached(ports, await ports.storage.transaction(async (transaction) => {
    const binding = await bindingOf(ports, transaction, proved);
    const at = binding.boundAt;
    const passkeyId = await admitPasskey(ports, transaction, proved, at, () => bindPasskey(transaction, proved.personId, passkey, binding, "active"));
    const next = complete(proved, passkeyId, returning.digest, at);
    await moveWithin(transaction, taken, next, at);
    return next;
  }));
  return returning.next;
}

/** 04 step 7, fallback: a one-time URL for the phone's browser. */
export async function offerBrowserPasskey(ports: EnrolmentPorts, id: TransactionId, deviceKey: string): Promise<{ url: string; expires_at: number }> {
  const { secret, digest } = newSecret();
  const { transaction: proved } = await take(ports, id, (transaction, now) => offerContinuation(transaction, deviceKey, digest, now));
  const fragment = new URLSearchParams({ txn: id, token: secret });
  return { url: `${ports.issuer}/enrolment/continue#${fragment.toString()}`, expires_at: proved.continuation?.expiresAt ?? proved.expiresAt };
}

/** The phone's browser opens the continuation, once. */
export async function continuePasskey(ports: EnrolmentPorts, id: TransactionId, token: string): Promise<CreationOptions> {
  const challenge = newChallenge();
  const { transaction: proved } = await take(ports, id, (transaction, now) => openContinuation(transaction, tokenMatches(transaction, token), challenge, now));
  return optionsFor(ports, proved, challenge);
}

/**
 * The passkey made in the phone's browser: pending, until the app confirms it with the six digits
 * that only this browser shows. So a continuation forwarded to somebody else stays worthless.
 */
export async function registerBrowserPasskey(ports: EnrolmentPorts, id: TransactionId, token: string, response: unknown): Promise<{ number: string }> {
  let opened: EnrolmentTransaction | undefined;
  const taken = await take(ports, id, (transaction, now) => {
    opened = transaction;
    return consumeContinuation(transaction, tokenMatches(transaction, token), now);
  });
  const proved = taken.transaction;
  const challenge = opened?.state === "proved" ? (opened.continuation?.challenge ?? null) : null;
  const passkey = await verifiedPasskey(ports, response, challenge);
  const number = randomNumber(6);
  tellReached(ports, await ports.storage.transaction(async (transaction) => {
    const binding = await bindingOf(ports, transaction, proved);
    const passkeyId = await bindPasskey(transaction, proved.personId, passkey, binding, "pending");
    const next = awaitConfirmation(proved, { passkeyId, number, attempts: 0 });
    await moveWithin(transaction, taken, next, ports.clock());
    return next;
  }));
  return { number };
}

/** The app confirms the passkey of the phone's browser. */
export async function confirmPasskey(ports: EnrolmentPorts, id: TransactionId, deviceKey: string, number: string): Promise<NextStep> {
  const taken = await take(ports, id, (transaction, now) => confirm(transaction, deviceKey, number, now));
  const pending = taken.transaction;
  const { passkeyId } = pending.pending;
  const returning = returnLink(ports, pending);
  tellReached(ports, await ports.storage.transaction(async (transaction) => {
    await livingProver(transaction, pending);
    const at = ports.clock();
    await admitPasskey(ports, transaction, pending, at, async () => {
      await activatePasskey(transaction, pending.personId, passkeyId, at);
      return passkeyId;
    });
    const next = complete(pending, passkeyId, returning.digest, at);
    await moveWithin(transaction, taken, next, at);
    return next;
  }));
  return returning.next;
}

function tokenMatches(transaction: EnrolmentTransaction, token: string): boolean {
  return transaction.state === "proved" && secretMatches(token, transaction.continuation?.tokenDigest ?? null);
}

async function optionsFor(ports: EnrolmentPorts, transaction: ProvedTransaction, challenge: string): Promise<CreationOptions> {
  const person = await personOf(ports, transaction);
  return creationOptions({
    rp: { id: ports.webauthn.id, name: ports.webauthn.name },
    user: { handle: person.userHandle, name: ports.webauthn.name, displayName: ports.webauthn.name },
    exclude: person.passkeys.filter((passkey) => passkey.state === "active" && staysBeside(transaction, person, passkey)).map(({ credentialId }) => credentialId),
    challenge,
  });
}

/**
 * A recovery ends what it does not keep: the new phone may have got that passkey by syncing, and replaces it.
 * So does a phone whose certificate was renewed: it still has the passkey of the one before.
 */
function staysBeside({ purpose, keep }: ProvedTransaction, { evidence }: PersonRecord, { id, binding }: PasskeyRecord): boolean {
  if (purpose === "recover") return keep.includes(id);
  return !evidence.some((each) => each.id === binding.boundBy && each.supersededBy !== null);
}

async function verifiedPasskey(ports: EnrolmentPorts, response: unknown, challenge: string | null): Promise<NewPasskey> {
  if (challenge === null) throw new Refusal("passkey_challenge_unknown", "no challenge was given out");
  const { origins, id: rpId } = ports.webauthn;
  const now = ports.clock();
  const metadata = { rootsOf: (aaguid: string) => ports.metadata.rootsOf(aaguid, now), now };
  const registered = orThrow(await verifyRegistration({ response, challenge, origins, rpId, metadata }));
  return { ...registered, signCount: registered.counter, name: "" };
}

async function personOf(ports: EnrolmentPorts, { personId }: Proved): Promise<PersonRecord> {
  const person = await findPerson(ports.storage.read, personId);
  if (person === null) throw new Refusal("transaction_unknown", "person is gone");
  return person;
}

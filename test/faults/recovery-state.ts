import { defaultPolicy } from "../../src/assurance/index.ts";
import { asIdentifier, type ClientId, newIdentifier, type PersonId, type TransactionId } from "../../src/identifiers.ts";
import type { EnrolmentPorts } from "../../src/enrolment/index.ts";
import { secretDigest } from "../../src/enrolment/store.ts";
import type { EnrolmentTransaction } from "../../src/enrolment/transaction.ts";
import { noMetadata } from "../../src/passkeys/index.ts";
import { rememberConsent } from "../../src/people/index.ts";
import { firstBrokenReceipt, openSqlite, Sealing, type Storage, toDate } from "../../src/storage/index.ts";
import { frame } from "../enrolment/transactions.ts";
import { addPasskey, bind, certificate, now, person } from "../people/people-fixture.ts";

/** The steps of a recovery that change the person, each with the state of the transaction in which it is taken. */
export const stepNames = ["passkey", "continuation", "confirm"] as const;
export type StepName = (typeof stepNames)[number];

export const at = now + 60;
export const transactionId = asIdentifier<TransactionId>("recovery");
export const deviceKey = "device-key";
export const token = "token";
export const challenge = "Y2hhbGxlbmdlIG9mIHRoZSByZWNvdmVyeQ";
export const number = "123456";
export const origin = "http://localhost";
const artifacts = ["Session", "AccountSession", "Grant", "RefreshToken"] as const;

export const openStorage = (file: string): Storage => openSqlite(file, new Sealing([{ id: "test", key: new Uint8Array(32).fill(1) }], new Uint8Array(32).fill(9)));

/** As much of the bridge as these steps need. */
export function portsOf(storage: Storage): EnrolmentPorts {
  const assurance = { ...defaultPolicy, version: "test-1" };
  const webauthn = { id: "localhost", name: "Bridge", origins: [origin] };
  return { storage, clock: () => at, issuer: origin, webauthn, metadata: noMetadata, assurance } as Partial<EnrolmentPorts> as EnrolmentPorts;
}

/** Somebody on the way back: an earlier passkey, sessions and grants, a service, and a transaction that was proved. */
export async function prepare(file: string, step: StepName): Promise<void> {
  const storage = openStorage(file);
  const bound = await bind(storage, certificate("1"));
  const { personId, evidenceId } = bound;
  await addPasskey(storage, bound, "active", "earlier");
  await storage.transaction(({ data }) => data.pairwiseSubject.create({ data: { personId, sector: "shop.example", subject: newIdentifier(), createdAt: toDate(now) } }));
  await rememberConsent(storage, personId, { clientId: asIdentifier<ClientId>("shop"), scope: ["openid"], claims: [], resources: {}, verifiedClaims: {}, grantedAt: now });
  for (const model of artifacts) await storage.artifacts.put(model, model, {}, { expiresAt: at + 1000, accountId: personId });
  const proved = { ...frame({ id: transactionId, purpose: "recover", device: "same" }), deviceKey, personId, evidenceId, provedAt: at };
  await storage.artifacts.insert("EnrolmentTransaction", transactionId, await stageOf(step, storage, proved), { expiresAt: at + 1000 });
  await storage.close();
}

type Proved = Omit<Extract<EnrolmentTransaction, { state: "proved" }>, "state" | "challenge" | "continuation">;

async function stageOf(step: StepName, storage: Storage, proved: Proved): Promise<EnrolmentTransaction> {
  switch (step) {
    case "passkey":
      return { ...proved, state: "proved", challenge, continuation: null };
    case "continuation":
      return { ...proved, state: "proved", challenge: null, continuation: { tokenDigest: secretDigest(token), expiresAt: at + 60, challenge } };
    case "confirm": {
      const passkeyId = await addPasskey(storage, { personId: proved.personId, evidenceId: proved.evidenceId }, "pending", "later");
      return { ...proved, state: "passkey_pending", pending: { passkeyId, number, attempts: 0 } };
    }
  }
}

/** All that a recovery changes. */
export interface Outcome {
  readonly transaction: string;
  readonly earlier: string;
  readonly later: string;
  readonly recovered: boolean;
  readonly artifacts: number;
  readonly told: boolean;
  readonly receipts: readonly string[];
  readonly chainIsWhole: boolean;
}

export async function outcomeIn(file: string): Promise<Outcome> {
  const storage = openStorage(file);
  try {
    const row = await storage.read.person.findFirst({});
    const { passkeys, recoveredAt } = await person(storage, asIdentifier<PersonId>(row?.id ?? ""));
    const kept = await Promise.all(artifacts.map((model) => storage.artifacts.find(model, model)));
    const transaction = (await storage.artifacts.find("EnrolmentTransaction", transactionId))?.payload as { state: string };
    return {
      transaction: transaction.state,
      earlier: passkeys.find(({ credentialId }) => credentialId === "earlier")?.state ?? "gone",
      later: passkeys.find(({ credentialId }) => credentialId !== "earlier")?.state ?? "none",
      recovered: recoveredAt !== null,
      artifacts: kept.filter((each) => each !== null).length,
      told: (await storage.read.announcement.count()) > 0,
      receipts: (await storage.read.receipt.findMany({ orderBy: { sequence: "asc" } })).map(({ kind }) => kind),
      chainIsWhole: (await firstBrokenReceipt(storage.read)) === null,
    };
  } finally {
    await storage.close();
  }
}


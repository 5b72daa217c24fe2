import { sign } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { defaultPolicy } from "../../src/assurance/index.ts";
import { asIdentifier, type ClientId, newIdentifier, type PersonId, type TransactionId } from "../../src/identifiers.ts";
import { type EnrolmentPorts, issueStatement } from "../../src/enrolment/index.ts";
import { secretDigest } from "../../src/enrolment/store.ts";
import type { EnrolmentTransaction, TransactionFrame } from "../../src/enrolment/transaction.ts";
import { orThrow } from "../../src/errors.ts";
import { productionPolicies, statementBytes } from "../../src/jpki/index.ts";
import { noMetadata } from "../../src/passkeys/index.ts";
import { holdPerson, rememberConsent } from "../../src/people/index.ts";
import { parseCertificate } from "../../src/pki/certificate.ts";
import { firstBrokenReceipt, openSqlite, Sealing, type Storage, toDate } from "../../src/storage/index.ts";
import { year } from "../certificates/authority.ts";
import { holderKey, jpkiAuthority, jpkiCertificate } from "../certificates/jpki.ts";
import { frame } from "../enrolment/transactions.ts";
import { addPasskey, bind, certificate, now, person } from "../people/people-fixture.ts";

/** The steps that change a person, each with the state of the transaction in which it is taken: those of a recovery, and proofs of other purposes. */
export const stepNames = ["proof", "passkey", "continuation", "confirm", "hold", "release", "renew"] as const;
export type StepName = (typeof stepNames)[number];
const purposeOf = (step: StepName): TransactionFrame["purpose"] => (step === "hold" || step === "release" || step === "renew" ? step : "recover");
/** Whether the step is a proof. */
export const proves = (step: StepName): boolean => step === "proof" || purposeOf(step) !== "recover";

export const at = now + 60;
export const transactionId = asIdentifier<TransactionId>("recovery");
export const deviceKey = "device-key";
export const token = "token";
export const challenge = "Y2hhbGxlbmdlIG9mIHRoZSByZWNvdmVyeQ";
export const number = "123456";
export const origin = "http://localhost";
const artifacts = ["Session", "AccountSession", "Grant", "RefreshToken"] as const;

export const openStorage = (file: string): Storage => openSqlite(file, new Sealing([{ id: "test", key: new Uint8Array(32).fill(1) }], new Uint8Array(32).fill(9)));

/** Where the proof is that was prepared: its certificate's authority belongs to the process that prepared it. */
export const proofIn = (file: string): string => path.join(path.dirname(file), "proof.json");

/** Of a renewal the certificate is a later one; one key is in both. */
const parts = ["anchor", "certificate", "previous", "signature"] as const;
type PreparedProof = Readonly<Record<(typeof parts)[number], Uint8Array>>;

export function readProof(file: string): PreparedProof {
  const texts = JSON.parse(readFileSync(proofIn(file), "utf8")) as Record<string, string>;
  return Object.fromEntries(parts.map((part) => [part, Uint8Array.from(Buffer.from(texts[part] ?? "", "base64url"))])) as PreparedProof;
}

/** As much of the bridge as these steps need. */
export function portsOf(storage: Storage, anchors: readonly Uint8Array[] = []): EnrolmentPorts {
  const ports: Partial<EnrolmentPorts> = {
    storage, clock: () => at, issuer: origin, metadata: noMetadata, policies: productionPolicies, continuity: null,
    assurance: { ...defaultPolicy, version: "test-1" },
    webauthn: { id: "localhost", name: "Bridge", origins: [origin] },
    anchors: { userAuthentication: anchors, signature: [] },
    status: { check: async () => ({ valid: true, value: { status: "good", source: "ocsp", thisUpdate: at, checkedAt: at, answer: null } }) },
    onBound: async () => undefined,
  };
  return ports as EnrolmentPorts;
}

/** Somebody on the way back: an earlier passkey, sessions and grants, a service, and a transaction that was proved. */
export async function prepare(file: string, step: StepName): Promise<void> {
  const storage = openStorage(file);
  const der = jpkiCertificate({ notBefore: now - year, notAfter: now + year });
  const { issuer, serialNumber } = orThrow(parseCertificate(der));
  const bound = await bind(storage, { ...certificate("1"), der, reference: { issuer: issuer.der, serialNumber } });
  const { personId, evidenceId } = bound;
  await addPasskey(storage, bound, "active", "earlier");
  await storage.transaction(({ data }) => data.pairwiseSubject.create({ data: { personId, sector: "shop.example", subject: newIdentifier(), createdAt: toDate(now) } }));
  await rememberConsent(storage, personId, { clientId: asIdentifier<ClientId>("shop"), scope: ["openid"], claims: [], resources: {}, verifiedClaims: {}, grantedAt: now });
  for (const model of artifacts) await storage.artifacts.put(model, model, {}, { expiresAt: at + 1000, accountId: personId });
  if (step === "release") await holdBefore(storage, personId);
  const proved = { ...frame({ id: transactionId, purpose: purposeOf(step), device: "same", number: null }), deviceKey, personId, evidenceId, provedAt: at };
  await storage.artifacts.insert("EnrolmentTransaction", transactionId, await stageOf(step, storage, proved), { expiresAt: at + 1000 });
  const later = step === "renew" ? jpkiCertificate({ notBefore: now - year, notAfter: now + 2 * year, serialNumber: 20_260_002 }) : der;
  if (proves(step)) await prepareProof(storage, file, { certificate: later, previous: der });
  await storage.close();
}

/** A hold that relying parties have heard of. */
async function holdBefore(storage: Storage, personId: PersonId): Promise<void> {
  await holdPerson(storage, { personId, at: now, by: "person", liftedBy: "signature", policy: portsOf(storage).assurance });
  await storage.transaction(async ({ data }) => void (await data.announcement.deleteMany({})));
}

async function prepareProof(storage: Storage, file: string, certificates: Pick<PreparedProof, "certificate" | "previous">): Promise<void> {
  const statement = await issueStatement(portsOf(storage), transactionId, deviceKey, null);
  const signature = sign("sha256", statementBytes(statement), holderKey().privateKey);
  const proof: PreparedProof = { ...certificates, anchor: jpkiAuthority().certificate, signature };
  writeFileSync(proofIn(file), JSON.stringify(Object.fromEntries(parts.map((part) => [part, Buffer.from(proof[part]).toString("base64url")]))));
}

type Proved = Omit<Extract<EnrolmentTransaction, { state: "proved" }>, "state" | "challenge" | "continuation">;

async function stageOf(step: StepName, storage: Storage, proved: Proved): Promise<EnrolmentTransaction> {
  switch (step) {
    case "proof":
    case "hold":
    case "release":
    case "renew":
      return { ...frame({ id: proved.id, purpose: proved.purpose, device: proved.device, number: proved.number }), state: "claimed", deviceKey, attempts: 0 };
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
  readonly held: boolean;
  /** Whether another certificate took the place of the one before. */
  readonly renewed: boolean;
  readonly artifacts: number;
  readonly told: boolean;
  readonly receipts: readonly string[];
  readonly chainIsWhole: boolean;
}

export async function outcomeIn(file: string): Promise<Outcome> {
  const storage = openStorage(file);
  try {
    const row = await storage.read.person.findFirst({});
    const { state, passkeys, evidence, recoveredAt } = await person(storage, asIdentifier<PersonId>(row?.id ?? ""));
    const kept = await Promise.all(artifacts.map((model) => storage.artifacts.find(model, model)));
    const transaction = (await storage.artifacts.find("EnrolmentTransaction", transactionId))?.payload as { state: string };
    return {
      transaction: transaction.state,
      earlier: passkeys.find(({ credentialId }) => credentialId === "earlier")?.state ?? "gone",
      later: passkeys.find(({ credentialId }) => credentialId !== "earlier")?.state ?? "none",
      recovered: recoveredAt !== null,
      held: state === "held",
      renewed: evidence.some(({ supersededBy }) => supersededBy !== null),
      artifacts: kept.filter((each) => each !== null).length,
      told: (await storage.read.announcement.count()) > 0,
      receipts: (await storage.read.receipt.findMany({ orderBy: { sequence: "asc" } })).map(({ kind }) => kind),
      chainIsWhole: (await firstBrokenReceipt(storage.read)) === null,
    };
  } finally {
    await storage.close();
  }
}


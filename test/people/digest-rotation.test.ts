import { describe, expect, test } from "vitest";
import { utf8 } from "../../src/bytes.ts";
import type { Refusal } from "../../src/errors.ts";
import type { BasicAttributes } from "../../src/jpki/index.ts";
import { attributesDigests, bindAttributes, bindEvidence, decideReview, endLink, enrolling, findOwner, openReview, type Presentation, takeApprovedReview, type VerifiedCertificate } from "../../src/people/index.ts";
import { type DatabasePlace, openDatabase, Sealing, type Storage } from "../../src/storage/index.ts";
import { afterTest, freshPlace, sealingKey } from "../storage/temporary.ts";
import { at, byOperator, policy } from "./lifecycle-fixture.ts";
import { bind, type Bound, certificate, goodStatus, keeping, now, reference } from "./people-fixture.ts";

/** Nothing comes back, and nobody becomes a stranger, because another digest key came meanwhile. */

const [one, two] = [9, 10].map((octet) => new Uint8Array(32).fill(octet)) as [Uint8Array, Uint8Array];
const sealings = { before: {}, announced: { next: two }, written: { after: [two] } } as const;
type Stage = keyof typeof sealings;

async function opened(place: DatabasePlace, stage: Stage): Promise<Storage> {
  const storage = await openDatabase(place, new Sealing([sealingKey("test", 1)], one, sealings[stage]));
  afterTest(() => storage.close());
  return storage;
}

/** How far the rotation had come when something happened (`since`), and when somebody comes again. */
const moments: readonly { readonly moment: string; readonly since?: Stage; readonly stage: Stage; readonly isWrapped: boolean }[] = [
  { moment: "announced here, wrapped by another", stage: "announced", isWrapped: true },
  { moment: "written by, nothing wrapped", stage: "written", isWrapped: false },
  { moment: "written by, all wrapped", stage: "written", isWrapped: true },
  { moment: "written by another before, announced here", since: "written", stage: "announced", isWrapped: false },
];

async function rotated(place: DatabasePlace, stage: Stage, isWrapped: boolean): Promise<Storage> {
  if (isWrapped) await (await opened(place, "written")).digests.rewrap({ batch: 100 });
  return opened(place, stage);
}

const signed = (serial: string): VerifiedCertificate => ({ ...certificate(serial), facts: { ...certificate(serial).facts, kind: "jpki_signature" } });
const hanako: BasicAttributes = { name: { text: "山田　花子", substituted: [] }, address: { text: "東京都千代田区１－１", substituted: [] }, birthDate: "1990-01-01", gender: "female" };
const codeOf = (work: Promise<unknown>): Promise<string> => work.then(() => "accepted", (refusal: Refusal) => refusal.code);
const present = (storage: Storage, verified: VerifiedCertificate, how: Partial<Presentation> = {}): Promise<string> =>
  codeOf(storage.transaction((transaction) => bindEvidence(transaction, keeping(storage), verified, { ...enrolling, ...how })));
const fall = (storage: Storage, { evidenceId }: Bound, status: string): Promise<unknown> => storage.transaction(({ data }) => data.evidence.update({ where: { id: evidenceId }, data: { status } }));

interface Attack {
  readonly name: string;
  readonly before: (storage: Storage) => Promise<Bound>;
  readonly attempt: (storage: Storage, before: Bound) => Promise<string>;
  readonly ends: string;
}

const attacks: readonly Attack[] = [
  {
    name: "a certificate that was revoked", ends: "certificate_revoked",
    before: async (storage) => {
      const bound = await bind(storage, certificate("1"));
      await fall(storage, bound, "revoked");
      return bound;
    },
    attempt: (storage) => present(storage, certificate("1")),
  },
  {
    name: "one on hold, by an older word", ends: "certificate_on_hold",
    before: async (storage) => {
      const bound = await bind(storage, certificate("1"));
      await fall(storage, bound, "hold");
      return bound;
    },
    attempt: (storage) => present(storage, certificate("1", { status: { ...goodStatus, thisUpdate: now - 60 } })),
  },
  {
    name: "a signature certificate of which nothing is kept but that it was revoked", ends: "certificate_revoked",
    before: async (storage) => {
      const bound = await bind(storage, certificate("1"));
      await storage.transaction(async (transaction) => {
        const id = await bindAttributes(transaction, keeping(storage), signed("s"), bound.personId);
        await transaction.data.evidence.update({ where: { id }, data: { status: "revoked", sealedCertificate: storage.sealing.seal(new Uint8Array(), `evidence/${id}/certificate`), attributesDigest: null } });
      });
      return bound;
    },
    attempt: (storage, { personId }) => codeOf(storage.transaction((transaction) => bindAttributes(transaction, keeping(storage), signed("s"), personId))),
  },
  {
    name: "the link that its person ended, by the word of the issuer", ends: "somebody else",
    before: async (storage) => {
      const bound = await bind(storage, certificate("1"));
      const later = await bind(storage, certificate("2", { predecessor: reference("1") }));
      await endLink(storage, { personId: later.personId, evidenceId: later.evidenceId, by: { passkeyId: null, signedWith: null }, at, policy });
      return bound;
    },
    attempt: async (storage, { personId }) => ((await bind(storage, certificate("2", { predecessor: reference("1") }))).personId === personId ? "accepted" : "somebody else"),
  },
  {
    name: "the link that its person ended, shown with the earlier certificate", ends: "earlier_certificate_refused",
    before: async (storage) => {
      const bound = await bind(storage, certificate("1"));
      const later = await bind(storage, certificate("2", { predecessor: reference("1") }));
      await endLink(storage, { personId: later.personId, evidenceId: later.evidenceId, by: { passkeyId: null, signedWith: null }, at, policy });
      return bound;
    },
    attempt: (storage, { evidenceId }) => present(storage, certificate("2"), { earlier: { evidenceId, continuity: "presented_together" } }),
  },
  {
    name: "another's signature certificate", ends: "person_mismatch",
    before: async (storage) => {
      const { personId } = await bind(storage, certificate("1"));
      await storage.transaction((transaction) => bindAttributes(transaction, keeping(storage), signed("s"), personId));
      return bind(storage, certificate("2"));
    },
    attempt: (storage, { personId }) => codeOf(storage.transaction((transaction) => bindAttributes(transaction, keeping(storage), signed("s"), personId))),
  },
];

describe.each(moments)("$moment", ({ since = "before", stage, isWrapped }) => {
  test.each(attacks)("$name does not come back", async ({ before, attempt, ends }) => {
    const place = await freshPlace();
    const bound = await before(await opened(place, since));
    expect(await attempt(await rotated(place, stage, isWrapped), bound)).toBe(ends);
  });

  test("whoever comes again is who they were, and has one row", async () => {
    const place = await freshPlace();
    const bound = await bind(await opened(place, since), certificate("1"));
    const storage = await rotated(place, stage, isWrapped);
    expect(await bind(storage, certificate("1"))).toEqual(bound);
    expect(await storage.transaction((transaction) => findOwner(transaction, storage.sealing, certificate("1")))).toBe(bound.personId);
    expect((await bind(storage, certificate("2", { predecessor: reference("1") }))).personId).toBe(bound.personId);
    expect(await storage.read.evidence.count()).toBe(2);
  });

  test("a review that was opened before counts after it, once", async () => {
    const place = await freshPlace();
    const old = await opened(place, since);
    const bound = await bind(old, certificate("1"));
    await old.transaction(({ data }) => data.evidence.update({ where: { id: bound.evidenceId }, data: { attributesDigest: attributesDigests(old.sealing, hanako)?.[0] ?? null } }));
    const ask = (storage: Storage): ReturnType<typeof openReview> => storage.transaction((transaction) => openReview(transaction, {
      sealing: storage.sealing, attributes: hanako, certificateDigests: storage.sealing.lookUpDigests(utf8("new")), medium: "card", certificateExpiresAt: at + 86_400, at,
    }));
    const review = await ask(old);
    const storage = await rotated(place, stage, isWrapped);
    expect(await ask(storage)).toEqual(review);
    await decideReview(storage, { id: review?.id ?? "", decision: "approved", operator: byOperator.operator, reason: byOperator.reason, at });
    const take = (): Promise<{ personId: string } | null> => storage.transaction((transaction) => takeApprovedReview(transaction, { certificateDigests: storage.sealing.lookUpDigests(utf8("new")), at }));
    expect([(await take())?.personId, await take()]).toEqual([bound.personId, null]);
  });
});

test("of two enrolments at once amid the wrapping one is the other: each certificate has one person", async () => {
  const place = await freshPlace();
  const first = await opened(place, "before");
  for (let serial = 0; serial < 10; serial += 1) await bind(first, certificate(String(serial)));
  const storage = await opened(place, "written");
  const wrapping = storage.digests.rewrap({ batch: 1 });
  // Ten that are known already, ten that nobody knows.
  const outcomes = await Promise.all(Array.from({ length: 20 }, (_, serial) => Promise.all([1, 2].map(() => bind(storage, certificate(String(serial)))))));
  await wrapping;
  for (const [by, other] of outcomes) expect(by).toEqual(other);
  expect([await storage.read.evidence.count(), await storage.read.person.count()]).toEqual([20, 20]);
  expect(await storage.digests.census()).toEqual([{ column: "evidence.certificate_digest", level: 2, values: 20 }]);
});

test("a bridge that lacks the key makes nobody of whom it does not find, from the moment another has it; whom it finds it knows", async () => {
  const place = await freshPlace();
  const straggler = await opened(place, "before");
  const known = await bind(straggler, certificate("1"));
  const moved = await bind(straggler, certificate("2"));
  const ahead = await opened(place, "written");
  expect(await ahead.digests.missingKeys()).toEqual([]);
  await ahead.transaction(({ data }) => data.evidence.update({ where: { id: moved.evidenceId }, data: { certificateDigest: ahead.sealing.lookUpDigest(reference("2").issuer, reference("2").serialNumber) } }));

  const attempts: readonly (() => Promise<unknown>)[] = [
    () => bind(straggler, certificate("2")),
    () => bind(straggler, certificate("3")),
    () => straggler.transaction((transaction) => bindAttributes(transaction, keeping(straggler), signed("s"), known.personId)),
    () => straggler.transaction((transaction) => openReview(transaction, {
      sealing: straggler.sealing, attributes: hanako, certificateDigests: straggler.sealing.lookUpDigests(utf8("new")), medium: "card", certificateExpiresAt: at + 86_400, at,
    })),
  ];
  for (const attempt of attempts) await expect(attempt()).rejects.toThrow("a digest key is missing");
  expect(await bind(straggler, certificate("1"))).toEqual(known);
  expect([await bind(ahead, certificate("1")), await bind(ahead, certificate("2"))]).toEqual([known, moved]);
  expect((await bind(await opened(place, "announced"), certificate("3"))).personId).not.toBe(known.personId);
  expect([await ahead.read.evidence.count(), await ahead.read.person.count()]).toEqual([3, 3]);
});

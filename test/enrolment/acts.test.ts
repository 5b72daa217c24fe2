import { expect, test } from "vitest";
import { actOn } from "../../src/enrolment/acts.ts";
import { presentationOf } from "../../src/enrolment/purposes.ts";
import type { EnrolmentPorts } from "../../src/enrolment/index.ts";
import { bindEvidence, holdPerson, suspendPasskey, type VerifiedCertificate } from "../../src/people/index.ts";
import { at, policy } from "../people/lifecycle-fixture.ts";
import { addPasskey, bind, certificate, keeping, person } from "../people/people-fixture.ts";
import { temporaryStorage } from "../storage/temporary.ts";

const rows: readonly { name: string; medium: "card" | "smartphone"; held: boolean; releases: number; passkey: string }[] = [
  { name: "the phone's certificate lifts the hold, and brings its passkey back", medium: "smartphone", held: true, releases: 1, passkey: "active" },
  { name: "a card lifts the hold, and leaves the passkey of the missing phone", medium: "card", held: true, releases: 1, passkey: "suspended" },
  { name: "a card that signs again where nothing is on hold brings it back", medium: "card", held: true, releases: 2, passkey: "active" },
  { name: "a card brings it back where there was no hold", medium: "card", held: false, releases: 1, passkey: "active" },
];
test.each(rows)("$name", async ({ medium, held, releases, passkey }) => {
  const storage = temporaryStorage();
  const verified: VerifiedCertificate = { ...certificate("1"), facts: { ...certificate("1").facts, medium } };
  const bound = await bind(storage, verified);
  const missing = await addPasskey(storage, bound);
  await suspendPasskey(storage, { personId: bound.personId, passkeyId: missing, at, policy });
  if (held) await holdPerson(storage, { personId: bound.personId, at, by: "person", liftedBy: "signature", policy });
  const ports = { assurance: policy } as EnrolmentPorts;
  for (let release = 0; release < releases; release += 1) {
    await storage.transaction(async (transaction) => {
      const proved = await bindEvidence(transaction, keeping(storage), verified, presentationOf({ purpose: "release", expected: null, presented: null }, at));
      await actOn(ports, transaction, "release", { ...proved, at });
    });
  }
  expect(await person(storage, bound.personId)).toMatchObject({ state: "active", passkeys: [{ state: passkey }] });
});

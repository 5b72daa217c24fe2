import { describe, expect, test } from "vitest";
import { findBySubject, findPerson, erasePerson } from "../../src/people/index.ts";
import { addArtifacts, announced, artifactsOf, at, byOperator, client, expectUnchanged, lastReceipt, policy, sector, somebody, type Somebody } from "./lifecycle-fixture.ts";
import { bind, certificate, person, somebodyElse } from "./people-fixture.ts";

const erase = ({ storage, personId }: Somebody, who: { by: "person" } | typeof byOperator = { by: "person" }): Promise<void> => erasePerson(storage, { personId, at, policy, ...who });

describe("erasing a person", () => {
  test.each([{ who: { by: "person" } as const, initiator: "user", detail: { by: "person" } }, { who: byOperator, initiator: "admin", detail: { by: "operator", operator: "sato", reason: "asked by phone" } }])("by $who.by: told under the pseudonyms there were, then gone", async ({ who: whoErases, initiator, detail }) => {
    const who = await somebody();
    const { storage, personId } = who;
    await addArtifacts(who);
    const subject = (await storage.read.lookups.subject(personId, sector)) ?? "";
    const handle = (await person(storage, personId)).userHandle;
    await erase(who, whoErases);
    expect(await announced(storage)).toMatchObject(["account_purged erased", "assurance_level_changed ial 3 1 erased", "sessions_ended erased"].map((says) => ({ initiator, says, audience: { clients: [client], subjects: { [sector]: subject } } })));
    const left = await person(storage, personId);
    expect(left).toMatchObject({ state: "erased", erasedAt: at, evidence: [], passkeys: [] });
    expect(left.userHandle).not.toEqual(handle);
    expect(await artifactsOf(who)).toEqual([]);
    const { consent, pairwiseSubject, evidence, passkey } = storage.read;
    expect([await consent.count(), await pairwiseSubject.count(), await evidence.count(), await passkey.count()]).toEqual([0, 0, 0, 0]);
    expect(await findBySubject(storage.read, sector, subject)).toBeNull();
    expect(await lastReceipt(storage)).toEqual({ kind: "person_erased", detail });
  });

  test("another person stays whole", async () => {
    const who = await somebody();
    const other = await somebody(who.storage, "2");
    const before = await findPerson(who.storage.read, other.personId);
    await erase(who);
    expect(await findPerson(who.storage.read, other.personId)).toEqual(before);
  });

  test("the same certificate later makes a new person", async () => {
    const who = await somebody();
    await erase(who);
    expect((await bind(who.storage, certificate("1"))).personId).not.toBe(who.personId);
  });

  test("twice, or of nobody, it is refused", async () => {
    const who = await somebody();
    await erase(who);
    await expectUnchanged(who.storage, () => erase(who), "person_erased");
    await expectUnchanged(who.storage, () => erase({ ...who, personId: somebodyElse }), "not_found");
  });
});

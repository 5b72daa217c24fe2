import path from "node:path";
import Database from "better-sqlite3";
import { describe, expect, test } from "vitest";
import { erasePerson, findBySubject, findPerson, rememberConsent, subjectFor } from "../../src/people/index.ts";
import { addArtifacts, announced, artifactsOf, at, byOperator, client, expectUnchanged, lastReceipt, policy, sector, somebody, type Somebody } from "./lifecycle-fixture.ts";
import { bind, certificate, person, somebodyElse } from "./people-fixture.ts";
import { temporaryDirectory, temporaryStorage } from "../storage/temporary.ts";

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

  test("of every table that knows people only the trace, the receipts and what services are to hear is left", async () => {
    const file = path.join(temporaryDirectory(), "bridge.db");
    const who = await somebody(temporaryStorage({ file }));
    await erase(who);
    const database = new Database(file, { readonly: true });
    const tables = database.prepare("SELECT m.name FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type='table' AND c.name IN ('person_id','account_id')").pluck().all() as string[];
    const column = (table: string): string => (table === "artifact" ? "account_id" : "person_id");
    const left = tables.filter((table) => database.prepare(`SELECT count(*) FROM "${table}" WHERE "${column(table)}"=?`).pluck().get(who.personId) !== 0);
    database.close();
    expect(tables).toEqual(expect.arrayContaining(["evidence", "passkey", "consent", "artifact"]));
    expect(left.toSorted()).toEqual(["announcement", "receipt"]);
  });

  test("another person stays whole", async () => {
    const who = await somebody();
    const other = await somebody(who.storage, "2");
    const before = await findPerson(who.storage.read, other.personId);
    await erase(who);
    expect(await findPerson(who.storage.read, other.personId)).toEqual(before);
  });

  test("what comes late finds nobody to leave anything with", async () => {
    const who = await somebody();
    await erase(who);
    const { storage, personId } = who;
    await expectUnchanged(storage, () => rememberConsent(storage, personId, { clientId: client, scope: ["openid"], claims: [], resources: {}, verifiedClaims: {}, grantedAt: at }), "person_erased");
    await expectUnchanged(storage, () => subjectFor(storage, personId, sector, at), "person_erased");
    expect([await storage.read.consent.count(), await storage.read.pairwiseSubject.count()]).toEqual([0, 0]);
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

import { describe, expect, test } from "vitest";
import { erasePerson, holdPerson, type HoldRequest, maySignIn, releasePerson } from "../../src/people/index.ts";
import { addArtifacts, announced, artifactModels, artifactsOf, at, byOperator, expectUnchanged, lastReceipt, policy, somebody, type Somebody } from "./lifecycle-fixture.ts";
import { person, somebodyElse } from "./people-fixture.ts";

type How = Pick<HoldRequest, "liftedBy"> & ({ by: "person" } | typeof byOperator);
const byPerson: How = { by: "person", liftedBy: "signature" };
const forSignature: How = { ...byOperator, liftedBy: "signature" };
const forOperator: How = { ...byOperator, liftedBy: "operator" };

const hold = ({ storage, personId }: Somebody, how: How, time = at): Promise<void> => holdPerson(storage, { personId, at: time, policy, ...how });
const release = ({ storage, personId }: Somebody, who: { by: "person" } | typeof byOperator): Promise<void> =>
  storage.transaction((transaction) => releasePerson(transaction, { personId, at: at + 60, policy, ...who }));

describe("a hold", () => {
  test.each([
    { name: "by the person", how: byPerson, initiator: "user", receipt: { by: "person", lifted_by: "signature" } },
    { name: "by the operator, for a signature to lift", how: forSignature, initiator: "admin", receipt: { by: "operator", operator: "sato", reason: "asked by phone", lifted_by: "signature" } },
    { name: "by the operator, for the operator to lift", how: forOperator, initiator: "admin", receipt: { by: "operator", operator: "sato", reason: "asked by phone", lifted_by: "operator" } },
  ])("$name: no sign-in, sessions gone, grants wait, told, written down", async ({ how, initiator, receipt }) => {
    const who = await somebody();
    await addArtifacts(who);
    await hold(who, how);
    const held = await person(who.storage, who.personId);
    expect(held).toMatchObject({ state: "held", heldAt: at, heldBy: how.by, liftedBy: how.liftedBy, sessionsEndedAt: at, grantsEndedAt: null });
    expect(maySignIn(held)).toBe(false);
    expect(await artifactsOf(who)).toEqual(["RefreshToken", "Grant"]);
    expect(await announced(who.storage)).toMatchObject([{ initiator, says: "account_disabled held" }, { says: "assurance_level_changed ial 3 1 held" }, { says: "sessions_ended held" }]);
    expect(await lastReceipt(who.storage)).toEqual({ kind: "person_held", detail: receipt });
  });

  const again: readonly { first: How; second: How; code: string | null }[] = [
    { first: byPerson, second: byPerson, code: "person_on_hold" },
    { first: byPerson, second: forSignature, code: "person_on_hold" },
    { first: byPerson, second: forOperator, code: null },
    { first: forOperator, second: byPerson, code: "person_on_hold" },
    { first: forOperator, second: forOperator, code: "person_on_hold" },
  ];
  test.each(again)("over one lifted by $first.liftedBy another lifted by $second.liftedBy: $code", async ({ first, second, code }) => {
    const who = await somebody();
    await hold(who, first);
    if (code === null) await hold(who, second, at + 1);
    else await expectUnchanged(who.storage, () => hold(who, second, at + 1), code);
    expect(await person(who.storage, who.personId)).toMatchObject({ state: "held", liftedBy: code === null ? second.liftedBy : first.liftedBy });
  });

  test("of ten pressed at once one counts", async () => {
    const who = await somebody();
    const results = await Promise.allSettled(Array.from({ length: 10 }, () => hold(who, byPerson)));
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  });

  test("of somebody unknown or erased there is none", async () => {
    const who = await somebody();
    await expectUnchanged(who.storage, () => hold({ ...who, personId: somebodyElse }, byPerson), "not_found");
    await erasePerson(who.storage, { personId: who.personId, at, policy, by: "person" });
    await expectUnchanged(who.storage, () => hold(who, byPerson), "person_erased");
  });
});

describe("a release", () => {
  test.each([{ how: byPerson, who: { by: "person" } as const, initiator: "user" }, { how: forOperator, who: byOperator, initiator: "admin" }])("by $who.by: the grants count again, and it is told", async ({ how, who: whoReleases, initiator }) => {
    const who = await somebody();
    await addArtifacts(who);
    await hold(who, how);
    await release(who, whoReleases);
    const free = await person(who.storage, who.personId);
    expect(free).toMatchObject({ state: "active", grantsEndedAt: null });
    expect(free).not.toHaveProperty("heldAt");
    expect(await artifactsOf(who)).toEqual(artifactModels.filter((model) => model === "RefreshToken" || model === "Grant"));
    expect((await announced(who.storage)).slice(3)).toMatchObject([{ initiator, says: "account_enabled released" }, { says: "assurance_level_changed ial 1 3 released" }]);
    expect(await lastReceipt(who.storage)).toMatchObject({ kind: "person_released", detail: { by: whoReleases.by } });
  });

  const refused: readonly { name: string; how: How | null; who: { by: "person" } | typeof byOperator; code: string }[] = [
    { name: "a signature does not lift what the operator keeps", how: forOperator, who: { by: "person" }, code: "person_on_hold" },
    { name: "nobody talks the operator into what a signature lifts", how: byPerson, who: byOperator, code: "operation_not_possible" },
    { name: "nor where the operator had put it", how: forSignature, who: byOperator, code: "operation_not_possible" },
    { name: "nothing to lift", how: null, who: { by: "person" }, code: "operation_not_possible" },
  ];
  test.each(refused)("$name", async ({ how, who: whoReleases, code }) => {
    const who = await somebody();
    if (how !== null) await hold(who, how);
    await expectUnchanged(who.storage, () => release(who, whoReleases), code);
    expect((await person(who.storage, who.personId)).state).toBe(how === null ? "active" : "held");
  });
});

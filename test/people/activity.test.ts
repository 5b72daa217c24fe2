import { describe, expect, test } from "vitest";
import type { PasskeyId } from "../../src/identifiers.ts";
import { type Activity, activityOf, findActivity, findPerson, listActivity, listAssertions, reportActivity } from "../../src/people/index.ts";
import { appendReceipt, type Storage, verifyReceipts } from "../../src/storage/index.ts";
import { announced, at, client, policy, says, type Somebody, somebody } from "./lifecycle-fixture.ts";
import { now } from "./people-fixture.ts";

const evidence = { id: "e", kind: "jpki_user_authentication", medium: "smartphone", policy: "1.2", issuer: "CN=a", verifiedAt: now, expiresAt: now + 1, status: { status: "good", source: "ocsp", thisUpdate: now, checkedAt: now } };
/** What `recordAssertion` keeps, of a sign-in by a passkey. */
const assertion = (passkey: string | null, usedAt: number): Record<string, unknown> => ({
  client, passkey, policy_sha256: "digest", assurance_policy: "test-1", acr_values: [],
  asserted: { ial: 3, aal: 2, fal: 2, acr: "a", amr: [], auth_time: null },
  facts: {
    person: "active", evidence, binding: null, authenticator: null,
    session: { passkey: { userVerified: true, at: usedAt }, signature: null }, client: { authentication: "key", request: "plain", senderConstrained: "none" },
  },
});

const write = ({ storage, personId }: Pick<Somebody, "storage" | "personId">, kind: string, detail: Record<string, unknown>, when = at): Promise<string> =>
  storage.transaction(({ data }) => appendReceipt(data, { kind, at: when, personId, detail }));

async function personIn(storage: Storage, { personId }: Pick<Somebody, "personId">) {
  const person = await findPerson(storage.read, personId);
  if (person === null) throw new Error("no such person");
  return person;
}

describe("a receipt as its person is told it", () => {
  const rows: readonly [string, { kind: string; detail: string }, Partial<Activity> | null][] = [
    ["a hold by the operator", { kind: "person_held", detail: '{"by":"operator","operator":"sato"}' }, { kind: "held", byOperator: true, isReportable: false }],
    ["a hold by the person", { kind: "person_held", detail: '{"by":"person"}' }, { kind: "held", byOperator: false, clientId: null }],
    ["a passkey that was added", { kind: "passkey_bound", detail: '{"passkey":"p"}' }, { kind: "passkey_added", passkeyId: "p" as PasskeyId, isReportable: true }],
    ["a consent", { kind: "consent_given", detail: '{"client":"shop","passkey":"p"}' }, { kind: "connected", clientId: client, passkeyId: "p" as PasskeyId, isReportable: true }],
    ["a consent given without a passkey", { kind: "consent_given", detail: '{"client":"shop","passkey":null}' }, { kind: "connected", passkeyId: null, isReportable: true }],
    ["an approval", { kind: "approval_given", detail: '{"client":"shop","passkey":"p"}' }, { kind: "approval_given", passkeyId: "p" as PasskeyId, isReportable: true }],
    ["an assertion that cannot be read", { kind: "assertion_issued", detail: '{"client":"shop"}' }, { kind: "signed_in", clientId: client, levels: null, passkeyId: null }],
    ["what is for the auditor", { kind: "passkey_pending", detail: "{}" }, null],
    ["a kind with the name of a member of every object", { kind: "constructor", detail: "{}" }, null],
    ["a detail that is no JSON", { kind: "person_held", detail: "{" }, null],
    ["a detail that is no object", { kind: "person_held", detail: "null" }, null],
  ];
  test.each(rows)("%s", (_name, row, expected) => {
    const told = activityOf({ id: "r", sequence: 1, at: new Date(at * 1000), ...row });
    if (expected === null) expect(told).toBeNull();
    else expect(told).toMatchObject({ id: "r", at, ...expected });
  });
});

describe("the list", () => {
  test("tells a sign-in once, however often its tokens were renewed, with service, passkey and levels", async () => {
    const { storage, ...who } = await somebody();
    const person = await personIn(storage, who);
    const [used = "", other = ""] = who.passkeys;
    for (const [passkey, usedAt] of [[other, now + 1], [other, now + 1], [other, now + 1], [used, now + 50]] as const) await write({ storage, ...who }, "assertion_issued", assertion(passkey, usedAt));
    const { activities, next } = await listActivity(storage.read, person, null);
    const signIns = activities.filter(({ kind }) => kind === "signed_in");
    expect(signIns).toHaveLength(2);
    expect(signIns[0]).toMatchObject({ clientId: client, passkeyId: used, levels: { ial: 3, aal: 2, fal: 2 } });
    expect(next).toBeNull();
    expect(await listAssertions(storage.read, person, client, 10)).toHaveLength(4);
    // Two passkeys bound in one second are told apart.
    expect(signIns[1]).toMatchObject({ passkeyId: other });
  });

  test("goes on where the page before ended, and has nothing of anybody else", async () => {
    const { storage, ...who } = await somebody();
    const other = await somebody(storage, "2");
    for (let count = 0; count < 60; count += 1) await write({ storage, ...who }, "account_opened", { passkey: String(count) });
    await write(other, "account_opened", { passkey: "of another" });
    const person = await personIn(storage, who);
    const first = await listActivity(storage.read, person, null);
    const second = await listActivity(storage.read, person, first.next);
    const told = [...first.activities, ...second.activities].filter(({ kind }) => kind === "account_opened").map(({ passkeyId }) => passkeyId);
    expect(told).toEqual(Array.from({ length: 60 }, (_each, index) => String(59 - index)));
    expect(second.next).toBeNull();
    expect(await findActivity(storage.read, person, (await storage.read.receipt.findFirst({ where: { personId: other.personId } }))?.id ?? "")).toBeNull();
  });
});

test("what is reported ends its passkey and every session, tells relying parties and leaves a receipt", async () => {
  const { storage, ...who } = await somebody();
  const [used = "", kept] = who.passkeys;
  const id = await write({ storage, ...who }, "account_opened", { passkey: used });
  const activity = await findActivity(storage.read, await personIn(storage, who), id);
  if (activity === null) throw new Error("no activity");
  expect(await reportActivity(storage, { personId: who.personId, activity, at, policy })).toBe(true);
  const person = await personIn(storage, who);
  expect(person.passkeys.filter(({ state }) => state === "active").map((passkey) => passkey.id)).toEqual([kept]);
  expect(person).toMatchObject({ state: "active", sessionsEndedAt: at, grantsEndedAt: at });
  expect(await says(storage)).toEqual(expect.arrayContaining(["credential_changed passkey revoke reported", "sessions_ended reported"]));
  expect((await announced(storage)).every(({ initiator }) => initiator === "user")).toBe(true);
  const receipt = await storage.read.receipt.findFirst({ orderBy: { sequence: "desc" } });
  expect([receipt?.kind, receipt?.detail]).toEqual(["activity_reported", JSON.stringify({ receipt: id, passkey: used })]);
  expect((await verifyReceipts(storage.read)).fault).toBeNull();
});

const worksNoMore: readonly [string, (passkey: string) => string | null, readonly string[]][] = [
  ["a passkey that the receipt does not name", () => null, []],
  ["one that is nobody's", () => "unknown", []],
  ["one that was ended already", (passkey) => passkey, ["activity_reported"]],
];
test.each(worksNoMore)("of %s none is ended, sessions are", async (_name, named, before) => {
  const { storage, ...who } = await somebody();
  const id = await write({ storage, ...who }, "assertion_issued", assertion(named(who.passkeys[0] ?? ""), now));
  const activity = await findActivity(storage.read, await personIn(storage, who), id);
  if (activity === null) throw new Error("no activity");
  for (const _ of before) await reportActivity(storage, { personId: who.personId, activity, at: at - 1, policy });
  expect(await reportActivity(storage, { personId: who.personId, activity, at, policy })).toBe(false);
  expect(await personIn(storage, who)).toMatchObject({ sessionsEndedAt: at, grantsEndedAt: at });
});

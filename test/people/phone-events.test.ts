import { describe, expect, test } from "vitest";
import { asIdentifier, type PasskeyId } from "../../src/identifiers.ts";
import { type AnnouncedEvent, bindPasskey, holdPerson, maySignIn, recordStatus, recoverPerson, releasePerson, surrenderPhone, suspendPasskey } from "../../src/people/index.ts";
import { type ActName, acts, phoneEvents } from "../../src/people/phone-events.ts";
import { at, policy, somebody, type Somebody } from "./lifecycle-fixture.ts";
import { binding, goodStatus, keeping, newPasskey, person } from "./people-fixture.ts";

const firstPasskey = ({ passkeys }: Somebody): PasskeyId => passkeys[0] ?? asIdentifier("none");
const hold = ({ storage, personId }: Somebody): Promise<void> => holdPerson(storage, { personId, at, by: "person", liftedBy: "signature", policy });

/** How each act is done, and what has to be so before. */
const doing: Readonly<Record<ActName, { readonly before?: (who: Somebody) => Promise<void>; readonly act: (who: Somebody) => Promise<unknown> }>> = {
  recover: {
    act: ({ storage, personId, evidenceId }) =>
      storage.transaction((transaction) => recoverPerson(transaction, { personId, at, policy, keep: [] }, () => bindPasskey(transaction, personId, newPasskey(), binding(evidenceId), "active"))),
  },
  hold: { act: hold },
  release: { before: hold, act: ({ storage, personId }) => storage.transaction((transaction) => releasePerson(transaction, { personId, at, by: "person", policy })) },
  suspend_passkey: { act: (who) => suspendPasskey(who.storage, { personId: who.personId, passkeyId: firstPasskey(who), at, policy }) },
  erase_phone: { act: (who) => surrenderPhone(who.storage, { personId: who.personId, passkeyId: firstPasskey(who), at, policy }) },
  certificate_revoked: {
    act: async ({ storage, personId, evidenceId }) => {
      const known = await person(storage, personId);
      await storage.transaction((transaction) => recordStatus(transaction, { ...keeping(storage), policy }, known, evidenceId, { ...goodStatus, status: "revoked", thisUpdate: at, checkedAt: at, answer: null }));
    },
  },
};

async function heard({ storage }: Somebody, after: number): Promise<string[]> {
  const rows = await storage.read.announcement.findMany({ where: { sequence: { gt: after } }, orderBy: { sequence: "asc" } });
  const events = rows.map((row) => (JSON.parse(row.event) as AnnouncedEvent).event);
  return [...new Set(events.map((event) => (event.kind === "credential_changed" ? `${event.credential} ${event.change}` : event.kind)))];
}

describe("what services hear of an act is what the table says", () => {
  test.each(Object.keys(acts) as ActName[])("%s", async (name) => {
    const who = await somebody();
    await doing[name].before?.(who);
    const before = (await who.storage.read.announcement.findFirst({ orderBy: { sequence: "desc" } }))?.sequence ?? 0;
    const receipts = await who.storage.read.receipt.count();
    await doing[name].act(who);
    expect((await heard(who, before)).toSorted()).toEqual(acts[name].hears.toSorted());
    expect(await who.storage.read.receipt.count()).toBeGreaterThan(receipts);
  });
});

describe("after the event the old phone signs nobody in, or at the lowest level", () => {
  test.each(Object.entries(phoneEvents))("%s", async (_name, { acts: names }) => {
    const who = await somebody();
    for (const name of names) await doing[name].act(who);
    const after = await person(who.storage, who.personId);
    expect(maySignIn(after)).toBe(true);
    expect(after.passkeys.find(({ id }) => id === firstPasskey(who))?.state).not.toBe("active");
  });
});

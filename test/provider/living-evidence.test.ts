import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { accept, refuse, type Verdict } from "../../src/errors.ts";
import { asIdentifier, type PersonId } from "../../src/identifiers.ts";
import { currentEvidence, findPerson } from "../../src/people/index.ts";
import { livingPerson, refreshed } from "../../src/provider/living-evidence.ts";
import type { ProviderPorts } from "../../src/provider/ports.ts";
import type { CertificateStatus } from "../../src/revocation/index.ts";
import { enrolAndSignIn, newPerson } from "../support/journey.ts";
import { registerRelyingParty } from "../support/relying-party.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
let id: PersonId;
let original: { status: string; statusCheckedAt: Date; expiresAt: Date };

beforeAll(async () => {
  world = await startWorld();
  const party = await registerRelyingParty(world);
  const { signIn, callback } = await enrolAndSignIn(world, newPerson(), party);
  await party.finish(signIn, callback);
  const row = await world.bridge.storage.read.evidence.findFirst();
  if (row === null) throw new Error("nobody enrolled");
  id = asIdentifier(row.personId);
  original = { status: row.status, statusCheckedAt: row.statusCheckedAt, expiresAt: row.expiresAt };
});
afterAll(() => world.close());
beforeEach(async () => {
  await change(original);
  await world.bridge.storage.artifacts.put("Session", "watched", {}, { expiresAt: world.now() + 600, accountId: id });
});

const change = (data: Partial<typeof original>): Promise<unknown> => world.bridge.storage.transaction((transaction) => transaction.data.evidence.updateMany({ data }));
const sessionLives = async (): Promise<boolean> => (await world.bridge.storage.artifacts.find("Session", "watched")) !== null;

/** The bridge's ports with a status source that answers as told, and counts. */
function ports(answer: (now: number) => Verdict<CertificateStatus>): { ports: ProviderPorts; asked(): number } {
  let asked = 0;
  const status = {
    check: async (_subject: unknown, now: number): Promise<Verdict<CertificateStatus>> => {
      asked += 1;
      return answer(now);
    },
  };
  return { ports: { ...world.bridge.providerPorts, status }, asked: () => asked };
}
const says = (status: CertificateStatus["status"]) => (now: number): Verdict<CertificateStatus> => accept({ status, source: "crl", thisUpdate: now, checkedAt: now, answer: null });
const statusNow = async (): Promise<string | undefined> => {
  const person = await findPerson(world.bridge.storage.read, id);
  return person === null ? undefined : currentEvidence(person)?.status.status;
};

describe("the person as known now", () => {
  test("a fresh enough status is not asked for again", async () => {
    const { ports: given, asked } = ports(says("revoked"));
    const person = await livingPerson(given, id, 3600);
    expect([person?.evidence[0]?.status.status, asked(), await sessionLives()]).toEqual(["good", 0, true]);
  });

  test("an older one is, and a good answer is recorded with its source", async () => {
    await change({ statusCheckedAt: new Date(0) });
    const { ports: given, asked } = ports(says("good"));
    const person = await livingPerson(given, id, 3600);
    expect([asked(), person?.evidence[0]?.status.source, await sessionLives()]).toEqual([1, "crl", true]);
    expect((await livingPerson(given, id, 3600))?.evidence[0]?.status.source).toBe("crl");
    expect(asked()).toBe(1);
  });

  test("exactly at the limit it still counts, a second later it does not", async () => {
    const at = world.now();
    await change({ statusCheckedAt: new Date((at - 100) * 1000) });
    const { ports: given, asked } = ports(says("good"));
    const frozen = { ...given, clock: () => at };
    await livingPerson(frozen, id, 100);
    expect(asked()).toBe(0);
    await livingPerson({ ...frozen, clock: () => at + 1 }, id, 100);
    expect(asked()).toBe(1);
  });

  test.each(["revoked", "hold"] as const)("%s is seen at once and ends the sessions", async (status) => {
    await change({ statusCheckedAt: new Date(0) });
    const person = await livingPerson(ports(says(status)).ports, id, 60);
    expect([person?.evidence[0]?.status.status, await statusNow(), await sessionLives()]).toEqual([status, status, false]);
  });

  test("an outage changes nothing: the status grows old", async () => {
    await change({ statusCheckedAt: new Date(0) });
    const { ports: given, asked } = ports(() => refuse("status_unavailable", "test"));
    const person = await livingPerson(given, id, 60);
    expect([asked(), person?.evidence[0]?.status.status, person?.evidence[0]?.status.checkedAt, await sessionLives()]).toEqual([1, "good", 0, true]);
  });

  const final: [string, () => Promise<unknown>][] = [
    ["revoked", () => change({ status: "revoked", statusCheckedAt: new Date(0) })],
    ["expired", () => change({ expiresAt: new Date((world.now() - 1) * 1000), statusCheckedAt: new Date(0) })],
  ];
  test.each(final)("%s is final: nobody is asked", async (_name, prepare) => {
    await prepare();
    const { ports: given, asked } = ports(says("good"));
    await livingPerson(given, id, 0);
    expect(asked()).toBe(0);
  });

  test("a hold is asked about again, and lifted", async () => {
    await change({ status: "hold", statusCheckedAt: new Date(0) });
    const person = await livingPerson(ports(says("good")).ports, id, 60);
    expect([person?.evidence[0]?.status.status, await statusNow()]).toEqual(["good", "good"]);
  });

  test("a good answer that a revocation overtook does not count, here or on record", async () => {
    await change({ statusCheckedAt: new Date(0) });
    const before = await findPerson(world.bridge.storage.read, id);
    if (before === null) throw new Error("gone");
    await change({ status: "revoked", statusCheckedAt: new Date(world.now() * 1000) });
    const person = await refreshed(ports(says("good")).ports, before, 60);
    expect([person.evidence[0]?.status.status, await statusNow()]).toEqual(["revoked", "revoked"]);
  });

  test("nobody is nobody", async () => expect(await livingPerson(ports(says("good")).ports, asIdentifier("nobody"), 60)).toBeNull());

  test("a certificate whose seal is broken is an error, never good", async () => {
    await change({ statusCheckedAt: new Date(0) });
    const person = await findPerson(world.bridge.storage.read, id);
    if (person === null) throw new Error("gone");
    const broken = { ...person, evidence: person.evidence.map((entry) => ({ ...entry, sealedCertificate: entry.sealedCertificate.slice(1) })) };
    await expect(refreshed(ports(says("good")).ports, broken, 60)).rejects.toThrow();
  });
});

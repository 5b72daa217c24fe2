import * as client from "openid-client";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { enrolAndSignIn, newPerson } from "../support/journey.ts";
import { registerRelyingParty, type TestRelyingParty } from "../support/relying-party.ts";
import { startWorld, type World } from "../support/world.ts";

/** Certificates that fall while nobody looks at their person: a new CRL alone ends what rests on them. */

type Persona = "good-phone" | "good-card" | "next-generation";

let world: World;
let party: TestRelyingParty;
beforeAll(async () => {
  world = await startWorld();
  party = await registerRelyingParty(world);
});
afterAll(() => world.close());

interface SignedIn {
  readonly refreshToken: string;
  status(): Promise<string>;
  sessionsEnded(): Promise<boolean>;
  /** From what to what the receipts tell that the status changed, and by whose word. */
  changes(): Promise<string[]>;
}

async function signedIn(persona: Persona): Promise<SignedIn> {
  world.advance(1);
  const { signIn, callback } = await enrolAndSignIn(world, newPerson(persona), party);
  const tokens = await party.finish(signIn, callback);
  const { id, personId } = (await world.bridge.storage.read.evidence.findFirst({ orderBy: { verifiedAt: "desc" } })) ?? { id: "", personId: "" };
  return {
    refreshToken: String(tokens.refresh_token),
    status: async () => {
      const row = await world.bridge.storage.read.evidence.findUnique({ where: { id } });
      return `${row?.status} by ${row?.statusSource}`;
    },
    sessionsEnded: async () => (await world.bridge.storage.read.person.findUnique({ where: { id: personId } }))?.sessionsEndedAt !== null,
    changes: async () => {
      const receipts = await world.bridge.storage.read.receipt.findMany({ where: { personId, kind: "evidence_status_changed" }, orderBy: { sequence: "asc" } });
      return receipts.map(({ detail }) => {
        const { from, to, source } = JSON.parse(detail) as Record<string, string>;
        return `${from} to ${to} by ${source}`;
      });
    },
  };
}

/** The next CRLs are published and fetched, and the comparison is over. */
async function newCrls(): Promise<void> {
  world.advance(120);
  await world.bridge.status.refresh();
  await world.bridge.watcher.run();
  expect(world.bridge.watcher.snapshot()).toMatchObject({ waiting: 0, failures: 0 });
}

test("revoked: without anybody's doing the evidence falls, sessions and tokens end, and a receipt says so", async () => {
  const falling = await signedIn("next-generation");
  const standing = await signedIn("good-card");
  await newCrls();
  expect([await falling.status(), await falling.sessionsEnded()]).toEqual(["good by ocsp", false]);

  await world.jlis.personas.operate("next-generation", "revoke");
  await newCrls();
  expect([await falling.status(), await falling.sessionsEnded(), await falling.changes()]).toEqual(["revoked by crl", true, ["good to revoked by crl"]]);
  expect([await standing.status(), await standing.sessionsEnded(), await standing.changes()]).toEqual(["good by ocsp", false, []]);
  await expect(client.refreshTokenGrant(party.config, falling.refreshToken)).rejects.toMatchObject({ error: "invalid_grant" });
  expect((await client.refreshTokenGrant(party.config, standing.refreshToken)).access_token).toBeTypeOf("string");
});

test("held: the evidence falls, and is good again once the hold is gone from the list and a responder agrees", async () => {
  const held = await signedIn("good-card");
  await world.jlis.personas.operate("good-card", "hold");
  await newCrls();
  expect([await held.status(), await held.sessionsEnded()]).toEqual(["hold by crl", true]);
  await expect(client.refreshTokenGrant(party.config, held.refreshToken)).rejects.toMatchObject({ error: "invalid_grant" });

  await world.jlis.personas.operate("good-card", "release");
  await newCrls();
  expect(await held.status()).toBe("good by ocsp");
  expect(await held.changes()).toEqual(["good to hold by crl", "hold to good by ocsp"]);
});

test("revoked while the enrolment was under way: the list came, and was compared, before the evidence was there", async () => {
  const { status } = world.bridge;
  const { check } = status;
  vi.spyOn(status, "check").mockImplementationOnce(async (...question) => {
    const goodAtFirst = await check(...question);
    await world.jlis.personas.operate("new-phone", "revoke");
    await newCrls();
    return goodAtFirst;
  });
  await expect(enrolAndSignIn(world, newPerson("new-phone"), party)).rejects.toMatchObject({ code: "certificate_revoked" });
  const evidence = await world.bridge.storage.read.evidence.findFirst({ orderBy: { verifiedAt: "desc" } });
  expect(`${evidence?.status} by ${evidence?.statusSource}`).toBe("revoked by crl");
});

test("a restart between the new list and the comparison: compared at the start, though no source answers then", async () => {
  const falling = await signedIn("good-phone");
  // The list arrives, and the process ends before the comparison.
  await world.bridge.watcher.close();
  await world.jlis.personas.operate("good-phone", "revoke");
  world.advance(120);
  await world.bridge.status.refresh();
  expect([await falling.status(), await falling.sessionsEnded()]).toEqual(["good by ocsp", false]);

  await world.jlis.faults.set({ ocspDown: true, staleCrl: true });
  await world.restart();
  await world.bridge.watcher.run();
  await world.jlis.faults.set({ ocspDown: false, staleCrl: false });
  expect([await falling.status(), await falling.sessionsEnded(), await falling.changes()]).toEqual(["revoked by crl", true, ["good to revoked by crl"]]);

  await world.restart();
  await world.bridge.watcher.run();
  expect([await falling.changes(), world.bridge.watcher.snapshot()]).toMatchObject([["good to revoked by crl"], { fell: 0, failures: 0 }]);
});

test("nothing that is logged about it names anybody", () => {
  const lines = world.logs.filter((line) => line.includes("compared with new CRLs"));
  expect(lines.length).toBeGreaterThan(3);
  for (const line of lines) expect(Object.keys(JSON.parse(line) as object).sort()).toEqual(["crls", "level", "milliseconds", "msg", "time"]);
});

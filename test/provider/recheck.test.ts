import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { accept, refuse, type Verdict } from "../../src/errors.ts";
import { createRecheck } from "../../src/provider/recheck.ts";
import type { ProviderPorts } from "../../src/provider/ports.ts";
import type { CertificateStatus } from "../../src/revocation/index.ts";
import { addPasskey, bind, certificate } from "../people/people-fixture.ts";
import { enrolAndSignIn, newPerson } from "../support/journey.ts";
import { registerRelyingParty } from "../support/relying-party.ts";
import { startWorld, type World } from "../support/world.ts";

const hour = 3600;
const day = 24 * hour;
let world: World;
let evidenceId: string;
let answer: (now: number) => Verdict<CertificateStatus>;
let asked: number;
let ports: ProviderPorts;

beforeAll(async () => {
  world = await startWorld();
  const party = await registerRelyingParty(world);
  const { signIn, callback } = await enrolAndSignIn(world, newPerson(), party);
  await party.finish(signIn, callback);
  evidenceId = (await world.bridge.storage.read.evidence.findFirst())?.id ?? "";
  const check = async (_subject: unknown, now: number): Promise<Verdict<CertificateStatus>> => {
    asked += 1;
    return answer(now);
  };
  ports = { ...world.bridge.providerPorts, status: { check } };
});
afterAll(() => world.close());
beforeEach(async () => {
  asked = 0;
  answer = says("good");
  await change({ status: "good", statusCheckedAt: ago(2 * hour), endedAt: null }, { lastUsedAt: ago(day) });
});

const ago = (seconds: number): Date => new Date((world.now() - seconds) * 1000);
const says = (status: CertificateStatus["status"]) => (now: number): Verdict<CertificateStatus> => accept({ status, source: "ocsp", thisUpdate: now, checkedAt: now, answer: null });
const change = (evidence: { status?: string; statusCheckedAt?: Date; expiresAt?: Date; endedAt?: Date | null }, passkey: { lastUsedAt?: Date; state?: string } = {}): Promise<void> =>
  world.bridge.storage.transaction(async ({ data }) => {
    await data.evidence.update({ where: { id: evidenceId }, data: evidence });
    await data.passkey.updateMany({ where: { boundByEvidenceId: evidenceId }, data: passkey });
  });
const statusNow = async (): Promise<string | undefined> => (await world.bridge.storage.read.evidence.findUnique({ where: { id: evidenceId } }))?.status;

describe("status asked for though nobody signs in", () => {
  const rows: readonly { readonly name: string; readonly prepare: () => Promise<void>; readonly count: number }[] = [
    { name: "asked for two hours ago, the passkey used yesterday", prepare: async () => undefined, count: 1 },
    { name: "asked for just now", prepare: () => change({ statusCheckedAt: ago(60) }), count: 0 },
    { name: "the passkey not used for 31 days", prepare: () => change({}, { lastUsedAt: ago(31 * day) }), count: 0 },
    { name: "on hold: it may have been lifted", prepare: () => change({ status: "hold" }), count: 1 },
    { name: "ended by the person: it speaks for nobody", prepare: () => change({ endedAt: ago(hour) }), count: 0 },
    { name: "revoked: that is for ever", prepare: () => change({ status: "revoked" }), count: 0 },
  ];
  test.each(rows)("$name: $count asked", async ({ prepare, count }) => {
    await prepare();
    const recheck = createRecheck(ports, hour);
    await recheck.run();
    await recheck.run();
    expect(asked).toBe(count);
  });

  test("who was revoked meanwhile falls", async () => {
    answer = says("revoked");
    await createRecheck(ports, hour).run();
    expect(await statusNow()).toBe("revoked");
  });

  test("in an outage nothing changes, and each round goes on to others before it begins anew", async () => {
    answer = () => refuse("status_unavailable", "all down");
    for (let index = 0; index < 70; index += 1) {
      const bound = await bind(world.bridge.storage, certificate(`unreadable ${index}`));
      await addPasskey(world.bridge.storage, bound);
      await world.bridge.storage.transaction(async ({ data }) => {
        await data.evidence.update({ where: { id: bound.evidenceId }, data: { statusCheckedAt: ago(day), expiresAt: ago(-day) } });
        await data.passkey.updateMany({ where: { personId: bound.personId }, data: { lastUsedAt: ago(2 * day) } });
      });
    }
    const recheck = createRecheck(ports, hour);
    expect([await recheck.run(), asked]).toEqual([50, 0]);
    expect([await recheck.run(), asked]).toEqual([21, 1]);
    expect([await recheck.run(), asked]).toEqual([50, 1]);
    expect(await statusNow()).toBe("good");
  });
});

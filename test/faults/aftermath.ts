import { setTimeout as wait } from "node:timers/promises";
import { expect } from "vitest";
import { sweepEnrolments } from "../../src/enrolment/index.ts";
import { firstBrokenReceipt } from "../../src/storage/index.ts";
import type { Citizen } from "./citizen.ts";
import type { Lived } from "./journeys.ts";
import type { Town } from "./town.ts";

/**
 * What must hold when it is over, whatever happened in between; nodes must be up. Nothing that was acknowledged is
 * lost, nothing is there twice, nothing is stuck.
 */
export async function expectNothingLost(town: Town, { citizens, wrong, done }: Lived, journeysOfEach: number): Promise<void> {
  expect(wrong).toEqual([]);
  expect(done).toBe(citizens.length * journeysOfEach);
  for (const citizen of citizens) await citizen.signIn();

  const storage = await town.storage();
  // Another node takes over 15 seconds after one that was killed.
  await until(async () => (await storage.read.announcement.count()) === 0 && (await storage.read.outboxEntry.count()) === 0, 40_000);
  const [people, evidence] = [await storage.read.person.count(), await storage.read.evidence.count()];
  expect({ people, evidence }).toEqual({ people: citizens.length, evidence: citizens.length });
  for (const citizen of citizens) expect(await passkeysOf(town, citizen)).toEqual({ foreign: [], lost: [], more: [] });

  const kinds = (await storage.read.receipt.findMany({ select: { kind: true } })).map(({ kind }) => kind);
  const recorded = (kind: string): number => kinds.filter((each) => each === kind).length;
  expect(recorded("person_created")).toBe(citizens.length);
  expect(recorded("passkey_bound")).toBe(await storage.read.passkey.count());
  expect(recorded("person_recovered")).toBeGreaterThanOrEqual(citizens.length);
  // A credential changed and its levels: each of them heard at least once.
  expect(town.heard.size).toBeGreaterThanOrEqual(citizens.length);
  expect(await firstBrokenReceipt(storage.read)).toBeNull();

  const later = town.now() + month;
  await sweepEnrolments(storage, later);
  while ((await storage.artifacts.sweep(later, 500)) === 500);
  expect(await storage.read.passkey.count({ where: { state: "pending" } })).toBe(0);
}

const month = 31 * 24 * 60 * 60;

/** How those that count at the bridge differ from what the citizen was told. */
async function passkeysOf(town: Town, { subject, made, acknowledged, hasRecovered }: Citizen): Promise<{ foreign: string[]; lost: string[]; more: string[] }> {
  const storage = await town.storage();
  const row = await storage.read.pairwiseSubject.findUnique({ where: { subject: subject ?? "" }, select: { personId: true } });
  const active = (await storage.read.passkey.findMany({ where: { personId: row?.personId ?? "", state: "active" } })).map(({ credentialId }) => credentialId);
  return {
    foreign: active.filter((id) => !made.includes(id)),
    lost: acknowledged.filter((id) => !active.includes(id)),
    // Before a recovery one may count whose acknowledgement was lost.
    more: hasRecovered ? active.filter((id) => !acknowledged.includes(id)) : [],
  };
}

export async function until(holds: () => Promise<boolean>, milliseconds: number): Promise<void> {
  for (const start = performance.now(); !(await holds()); await wait(200)) {
    if (performance.now() - start > milliseconds) throw new Error(`waited for ${milliseconds} ms`);
  }
}

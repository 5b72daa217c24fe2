import { expect } from "vitest";
import { defaultPolicy } from "../../src/assurance/index.ts";
import { type ClientId, asIdentifier, newIdentifier, type PasskeyId, type PersonId } from "../../src/identifiers.ts";
import type { AnnouncedEvent, Audience } from "../../src/people/index.ts";
import { type Storage, toDate } from "../../src/storage/index.ts";
import { freshStorage } from "../storage/temporary.ts";
import { addPasskey, bind, type Bound, certificate, now } from "./people-fixture.ts";

/** Later than everything the fixture makes. */
export const at = now + 600;
export const policy = { ...defaultPolicy, version: "test-1" };
export const byOperator = { by: "operator", operator: "sato", reason: "asked by phone" } as const;
export const client = asIdentifier<ClientId>("shop");
export const sector = "shop.example";

export interface Somebody extends Bound {
  readonly storage: Storage;
  readonly passkeys: readonly PasskeyId[];
}

/** A person with a certificate in a phone, two passkeys made with it, and a service that knows them. */
export async function somebody(given?: Storage, serial = "1"): Promise<Somebody> {
  const storage = given ?? (await freshStorage());
  const bound = await bind(storage, certificate(serial));
  const passkeys = [await addPasskey(storage, bound), await addPasskey(storage, bound)];
  await connect(storage, bound.personId, client, sector);
  return { storage, ...bound, passkeys };
}

export async function connect(storage: Storage, personId: PersonId, clientId: ClientId, at: string): Promise<void> {
  const since = toDate(now);
  await storage.transaction(async ({ data }) => {
    await data.consent.create({ data: { personId, clientId, scope: "openid", claims: "[]", resources: "{}", grantedAt: since } });
    await data.pairwiseSubject.create({ data: { personId, sector: at, subject: newIdentifier(), createdAt: since } });
  });
}

/** Of each kind of artifact one. */
export async function addArtifacts({ storage, personId }: Pick<Somebody, "storage" | "personId">): Promise<void> {
  for (const model of artifactModels) await storage.artifacts.put(model, personId, {}, { accountId: personId, clientId: client, expiresAt: at + 3600 });
}

export const artifactModels = ["Session", "AccountSession", "AuthorizationCode", "AccessToken", "DeviceCode", "RefreshToken", "Grant"];

/** Which of them are still there. */
export async function artifactsOf({ storage, personId }: Pick<Somebody, "storage" | "personId">): Promise<string[]> {
  const found = await Promise.all(artifactModels.map(async (model) => ((await storage.artifacts.find(model, personId)) === null ? [] : [model])));
  return found.flat();
}

/** What relying parties are to hear, in short. */
export async function announced(storage: Storage): Promise<{ readonly initiator: string; readonly says: string; readonly audience: Audience }[]> {
  const rows = await storage.read.announcement.findMany({ orderBy: { sequence: "asc" } });
  return rows.map((row) => {
    const { initiator, event } = JSON.parse(row.event) as AnnouncedEvent;
    const { kind, reason, ...rest } = event;
    return { initiator, says: [kind, ...Object.values(rest).map(String), reason].join(" "), audience: JSON.parse(row.audience) as Audience };
  });
}

export const says = async (storage: Storage): Promise<string[]> => (await announced(storage)).map((each) => each.says);

/** The last receipt, without what differs from run to run. */
export async function lastReceipt(storage: Storage): Promise<{ kind: string; detail: unknown }> {
  const row = await storage.read.receipt.findFirst({ orderBy: { sequence: "desc" } });
  return { kind: row?.kind ?? "", detail: JSON.parse(row?.detail ?? "null") };
}

/** Nothing was written: no receipt, no announcement. */
export async function expectUnchanged(storage: Storage, work: () => Promise<unknown>, code: string): Promise<void> {
  const counts = async (): Promise<number[]> => [await storage.read.receipt.count(), await storage.read.announcement.count()];
  const before = await counts();
  await expect(work()).rejects.toMatchObject({ code });
  expect(await counts()).toEqual(before);
}

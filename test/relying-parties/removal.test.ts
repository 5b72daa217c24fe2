import { describe, expect, test } from "vitest";
import { orThrow } from "../../src/errors.ts";
import { asIdentifier, type ClientId } from "../../src/identifiers.ts";
import { addRelyingParty, findRelyingParty, metadataOf, removeRelyingParty } from "../../src/relying-parties/index.ts";
import { type Storage, toDate } from "../../src/storage/index.ts";
import { inPieces } from "../storage/in-between.ts";
import { range } from "../storage/receipt-log.ts";
import { freshStorage } from "../storage/temporary.ts";
import { registration } from "./registrations.ts";

const now = 1_800_000_000;
const metadata = orThrow(metadataOf(registration()));
const clientId = asIdentifier<ClientId>(metadata.client_id);
const other = asIdentifier<ClientId>("service-2");
const people = 1100;

/** A relying party with many people, and a token that is nobody's; and what one of them has with another. */
async function bigParty(): Promise<Storage> {
  const storage = await freshStorage();
  await addRelyingParty(storage, metadata, now);
  const ids = range(people).map((index) => `p${index}`);
  const consent = { scope: "openid", claims: "[]", resources: "{}", grantedAt: toDate(now) };
  await storage.transaction(async ({ data }) => {
    await data.person.createMany({ data: ids.map((id) => ({ id, userHandle: Buffer.from(id), createdAt: toDate(now) })) });
    await data.consent.createMany({ data: [...ids.map((personId) => ({ personId, clientId, ...consent })), { personId: "p1", clientId: other, ...consent }] });
  });
  const put = (id: string, client: string, accountId?: string): Promise<void> => storage.artifacts.put("AccessToken", id, {}, { expiresAt: now + 60, clientId: client, accountId });
  await Promise.all([...ids.map((id) => put(id, clientId, id)), put("its own", clientId), put("of another", other, "p1")]);
  return storage;
}

const rows = async ({ read, artifacts }: Storage): Promise<number> => (await read.consent.count()) + (await artifacts.count("AccessToken", now));
const others = 2;

/** The same storage, of whose transactions all fail that begin after so many. */
function failingAfter(storage: Storage, transactions: number): Storage {
  let begun = 0;
  return { ...storage, transaction: (work) => ((begun += 1) > transactions ? Promise.reject(new Error("ended here")) : storage.transaction(work)) };
}

describe("a relying party with many people", () => {
  test("is removed in pieces, with all that it has and nothing of others", async () => {
    const storage = await bigParty();
    const pieces: number[] = [];
    await removeRelyingParty({
      ...storage,
      transaction: async (work) => {
        const before = await rows(storage);
        const result = await storage.transaction(work);
        pieces.push(before - (await rows(storage)));
        return result;
      },
    }, clientId, now);
    expect([await rows(storage), Math.max(...pieces)]).toEqual([others, 1000]);
    expect([await storage.artifacts.find("AccessToken", "its own"), await storage.artifacts.find("AccessToken", "p7")]).toEqual([null, null]);
  });

  test.each([1, 2])("interrupted after %d transactions: it is unknown already, and its removal goes on when it is asked for again", async (transactions) => {
    const storage = await bigParty();
    await expect(removeRelyingParty(failingAfter(storage, transactions), clientId, now)).rejects.toThrow("ended here");
    expect([await findRelyingParty(storage, clientId), (await rows(storage)) > others]).toEqual([null, true]);
    await removeRelyingParty(storage, clientId, now);
    expect(await rows(storage)).toBe(others);
    await expect(removeRelyingParty(storage, clientId, now)).rejects.toMatchObject({ code: "not_found" });
    expect(await storage.read.receipt.count({ where: { kind: "relying_party_removed" } })).toBe(1);
  });

  test("whoever is registered under the same client id has nothing of it; one that is registered keeps all", async () => {
    const storage = await bigParty();
    const all = await rows(storage);
    await expect(addRelyingParty(storage, metadata, now)).rejects.toMatchObject({ code: "invalid_request" });
    expect(await rows(storage)).toBe(all);
    await expect(removeRelyingParty(failingAfter(storage, 1), clientId, now)).rejects.toThrow("ended here");
    await addRelyingParty(storage, metadata, now);
    expect(await rows(storage)).toBe(others);
  });
});

describe("a relying party for which much waits", () => {
  const each = range(1200);
  const outside = { clientId: other, streamId: null, at: toDate(now), queuedAt: toDate(now), message: "{}", attempts: 0, nextAttemptAt: toDate(now) };
  /** Two streams: in one much waits, the other leaves many out; and one entry of somebody else's. */
  async function waiting(): Promise<Storage> {
    const storage = await bigParty();
    await addRelyingParty(storage, { ...metadata, client_id: other }, now);
    const stream = { clientId, deliveryMethod: "poll", status: "enabled", createdAt: toDate(now), lastActiveAt: toDate(now) };
    await storage.transaction(async ({ data }) => {
      await data.signalStream.createMany({ data: [{ ...stream, id: "a" }, { ...stream, id: "b" }] });
      await data.outboxEntry.createMany({ data: [...each.map((index) => ({ ...outside, jti: `j${index}`, clientId, streamId: "a" })), { ...outside, jti: "of another" }] });
      await data.pairwiseSubject.createMany({ data: range(people).map((index) => ({ personId: `p${index}`, sector: "s", subject: `s${index}`, createdAt: toDate(now) })) });
      await data.signalExclusion.createMany({ data: range(people).map((index) => ({ streamId: "b", subject: `s${index}`, at: toDate(now) })) });
    });
    return storage;
  }
  const queued = async ({ read }: Storage): Promise<number> => (await read.outboxEntry.count()) + (await read.signalExclusion.count());

  test("its streams go in pieces between which others write, nothing of others goes", async () => {
    const storage = await waiting();
    const { sizes, others: seen } = await inPieces(storage, () => queued(storage), (watched) => removeRelyingParty(watched, clientId, now));
    expect(sizes).toEqual([500, 500, 500, 500, 300]);
    expect(seen.some((left) => left > 1 && left < 2301)).toBe(true);
    expect([await storage.read.signalStream.count(), await storage.read.outboxEntry.findMany({ select: { jti: true } })]).toEqual([0, [{ jti: "of another" }]]);
    expect(await rows(storage)).toBe(0);
  });

  test("interrupted: nobody takes a part for all, and the removal goes on when it is asked for again", async () => {
    const storage = await waiting();
    await expect(removeRelyingParty(failingAfter(storage, 1), clientId, now)).rejects.toThrow("ended here");
    expect(await storage.read.signalStream.findMany({ select: { status: true } })).toEqual([{ status: "disabled" }, { status: "disabled" }]);
    await removeRelyingParty(storage, clientId, now);
    expect([await findRelyingParty(storage, clientId), await queued(storage)]).toEqual([null, 1]);
  });
});

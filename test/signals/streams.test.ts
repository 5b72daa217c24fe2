import { describe, expect, test } from "vitest";
import { asIdentifier, type ClientId, type PersonId, type Subject } from "../../src/identifiers.ts";
import { renewPseudonym } from "../../src/people/index.ts";
import { takePending } from "../../src/signals/outbox.ts";
import { imposeStatus, setStatus, sweepInactiveStreams } from "../../src/signals/status.ts";
import { inactivityTimeout } from "../../src/signals/stream-configuration.ts";
import { findStream, listStreams, type Stream, type StreamDelivery } from "../../src/signals/stream-records.ts";
import { changeStream, maximumStreams, noteActivity, removeStream } from "../../src/signals/streams.ts";
import { addSubject, removeSubject } from "../../src/signals/subjects.ts";
import { requestVerification } from "../../src/signals/verification.ts";
import { type Storage, toDate } from "../../src/storage/index.ts";
import { fullRows } from "../storage/rows.ts";
import { freshStorage } from "../storage/temporary.ts";
import { addEvent, addParty, addStream, client, now } from "./signals-fixture.ts";

const pushTo = (endpointUrl: string, authorization: string | null = null): { delivery: StreamDelivery } => ({ delivery: { method: "push", endpointUrl, authorization } });
const types = async (storage: Storage, { id }: Stream): Promise<string[]> => (await takePending(storage, id, 10)).map(({ message }) => (message.kind === "event" ? message.type.split("/").at(-1) ?? "" : message.kind));

async function setting(): Promise<{ storage: Storage }> {
  const storage = await freshStorage();
  await addParty(storage);
  return { storage };
}

describe("streams", () => {
  test("are kept with the receiver's header sealed, bound to its stream", async () => {
    const { storage } = await setting();
    const stream = await addStream(storage, pushTo("https://receiver.example/", "Bearer secret"));
    expect(await findStream(storage, client, stream.id)).toEqual(stream);
    const row = await storage.read.signalStream.findUnique({ where: { id: stream.id } });
    expect(Buffer.from(row?.sealedAuthorization ?? []).includes("secret")).toBe(false);
    const other = await addStream(storage, pushTo("https://receiver.example/other", "Bearer other"));
    await storage.transaction(({ data }) => data.signalStream.update({ where: { id: other.id }, data: { sealedAuthorization: row?.sealedAuthorization ?? null } }));
    await expect(findStream(storage, client, other.id)).rejects.toThrow();
  });

  test("are at most so many, however many are asked for at once", async () => {
    const { storage } = await setting();
    const made = await Promise.allSettled(Array.from({ length: maximumStreams + 3 }, () => addStream(storage)));
    expect(made.filter(({ status }) => status === "fulfilled")).toHaveLength(maximumStreams);
    expect(await listStreams(storage, client)).toHaveLength(maximumStreams);
  });

  test("go with their relying party, and what waits in them", async () => {
    const { storage } = await setting();
    const stream = await addStream(storage);
    await addEvent(storage, stream, "one");
    await storage.transaction(({ data }) => data.relyingParty.delete({ where: { clientId: client } }));
    expect([await storage.read.signalStream.count(), await storage.read.outboxEntry.count()]).toEqual([0, 0]);
  });

  test("leave receipts of what became of them, without addresses", async () => {
    const { storage } = await setting();
    const stream = await addStream(storage, pushTo("https://receiver.example/"));
    await changeStream(storage, stream.id, { clientId: client, settings: { ...stream, description: "another" }, now });
    await setStatus(storage, stream, { status: "paused", reason: "why" }, now);
    await removeStream(storage, client, stream.id, now);
    const receipts = await storage.read.receipt.findMany({ orderBy: { sequence: "asc" } });
    expect(receipts.map(({ kind }) => kind)).toEqual(["signal_stream_created", "signal_stream_changed", "signal_stream_status_changed", "signal_stream_removed"]);
    for (const { detail } of receipts) expect(JSON.parse(detail)).toMatchObject({ client, stream: stream.id });
    expect(receipts.some(({ detail }) => detail.includes("receiver.example") || detail.includes("why"))).toBe(false);
  });

  const own = { registered_by: {} };
  const addresses: readonly (readonly [string, object, string, boolean])[] = [
    ["the operator's, anywhere", {}, "https://elsewhere.example/", true],
    ["the operator's, on its own machine", {}, "http://localhost:4000/", true],
    ["its own, on its own host", own, "https://receiver.example/events", true],
    ["its own, elsewhere", own, "https://elsewhere.example/", false],
    ["its own, on another port", own, "https://receiver.example:8443/", false],
    ["its own, on the bridge's machine", own, "http://localhost:4000/", false],
  ];
  test.each(addresses)("registered as %s", async (_name, metadata, address, allowed) => {
    const storage = await freshStorage();
    await addParty(storage, client, metadata);
    const made = addStream(storage, pushTo(address));
    if (allowed) await expect(made).resolves.toMatchObject({ status: "enabled" });
    else await expect(made).rejects.toMatchObject({ code: "invalid_request" });
  });

  test("cannot be changed to an address that another has", async () => {
    const { storage } = await setting();
    await addStream(storage, pushTo("https://receiver.example/"));
    const other = await addStream(storage, pushTo("https://receiver.example/other"));
    await expect(changeStream(storage, other.id, { clientId: client, settings: { ...other, ...pushTo("https://receiver.example/") }, now })).rejects.toMatchObject({ code: "operation_not_possible" });
  });
});

describe("status", () => {
  test("imposed: the receiver hears of it by the stream itself, behind nothing that is gone", async () => {
    const { storage } = await setting();
    const stream = await addStream(storage);
    await addEvent(storage, stream, "one");
    await storage.transaction((transaction) => imposeStatus(transaction, stream, { status: "disabled", reason: "why" }, now));
    const [entry, ...others] = await takePending(storage, stream.id, 10);
    expect([entry?.message, others]).toEqual([expect.objectContaining({ subject: { format: "opaque", id: stream.id }, type: "https://schemas.openid.net/secevent/ssf/event-type/stream-updated", members: { status: "disabled", reason: "why" } }), []]);
  });

  test("imposed as it is already: nothing is told", async () => {
    const { storage } = await setting();
    const stream = await addStream(storage);
    await storage.transaction((transaction) => imposeStatus(transaction, stream, { status: "enabled", reason: null }, now));
    expect(await types(storage, stream)).toEqual([]);
  });

  test("streams that nobody asks for and that wait for it, polled or paused, are disabled, once; others are not", async () => {
    const { storage } = await setting();
    const [silent, used, pushed, paused] = [await addStream(storage), await addStream(storage), await addStream(storage, pushTo("https://receiver.example/")), await addStream(storage, pushTo("https://receiver.example/paused"))];
    await setStatus(storage, paused, { status: "paused", reason: null }, now);
    const later = now + inactivityTimeout + 10;
    await noteActivity(storage, used.id, now + 3601);
    for (const at of [later, later + 1]) await sweepInactiveStreams(storage, at);
    const after = new Map((await listStreams(storage, client)).map(({ id, status }) => [id, status]));
    expect([silent, used, pushed, paused].map(({ id }) => after.get(id))).toEqual(["disabled", "enabled", "enabled", "disabled"]);
    expect([await types(storage, silent), await types(storage, used)]).toEqual([["stream-updated"], []]);
  });

  test("many that are not used are disabled a part at a time, so that nobody waits long for the database", async () => {
    const { storage } = await setting();
    const ids = Array.from({ length: 120 }, (_, index) => `silent ${index}`);
    await storage.transaction(async ({ data }) => void (await data.signalStream.createMany({ data: ids.map((id) => ({ id, clientId: client, deliveryMethod: "poll", status: "enabled", createdAt: toDate(now), lastActiveAt: toDate(now) })) })));
    const disabled = (): Promise<number> => storage.read.signalStream.count({ where: { status: "disabled" } });
    const pieces: number[] = [];
    await sweepInactiveStreams({
      ...storage,
      transaction: async (work) => {
        const before = await disabled();
        const result = await storage.transaction(work);
        pieces.push((await disabled()) - before);
        return result;
      },
    }, now + inactivityTimeout + 10);
    expect(pieces).toEqual([50, 50, 20]);
  });
});

describe("what changes nothing", () => {
  const requests: readonly (readonly [string, (storage: Storage, stream: Stream) => Promise<unknown>])[] = [
    ["the same status", (storage, stream) => setStatus(storage, stream, { status: "enabled", reason: null }, now)],
    ["the same settings", (storage, stream) => changeStream(storage, stream.id, { clientId: client, settings: stream, now })],
  ];
  test.each(requests)("%s leaves no receipt", async (_name, request) => {
    const { storage } = await setting();
    const stream = await addStream(storage, pushTo("https://receiver.example/", "Bearer secret"));
    const before = await storage.read.receipt.count();
    await request(storage, stream);
    expect(await storage.read.receipt.count()).toBe(before);
  });

  test("the same status with another reason leaves one", async () => {
    const { storage } = await setting();
    const stream = await addStream(storage);
    await setStatus(storage, stream, { status: "enabled", reason: "back" }, now);
    expect([(await findStream(storage, client, stream.id)).statusReason, await storage.read.receipt.count({ where: { kind: "signal_stream_status_changed" } })]).toEqual(["back", 1]);
  });
});

describe("verification", () => {
  test("one waits at most: a later one takes its place, at the end", async () => {
    const { storage } = await setting();
    const stream = await addStream(storage);
    for (const state of ["1", "2", "3"]) {
      await requestVerification(storage, stream, state, now + Number(state) * 60);
      await addEvent(storage, stream, `after-${state}`);
    }
    expect((await takePending(storage, stream.id, 10)).map(({ message }) => (message.kind === "event" ? (message.members["state"] ?? message.type) : null))).toEqual(["urn:example:after-1", "urn:example:after-2", "3", "urn:example:after-3"]);
  });

  test("one asked for by a clock that was ahead holds up none", async () => {
    const { storage } = await setting();
    const stream = await addStream(storage);
    await requestVerification(storage, stream, "ahead", now + 24 * 60 * 60);
    await requestVerification(storage, stream, "right", now);
    await expect(requestVerification(storage, stream, "soon", now + 5)).rejects.toMatchObject({ code: "rate_limited" });
  });

  test("two at once: one event", async () => {
    const { storage } = await setting();
    const stream = await addStream(storage);
    const asked = await Promise.allSettled([1, 2, 3].map(() => requestVerification(storage, stream, null, now)));
    expect(asked.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected", "rejected"]);
    expect(await types(storage, stream)).toEqual(["verification"]);
  });
});

describe("subjects", () => {
  const subject = asIdentifier<Subject>("s1");
  test("taken off go with the pseudonym, and follow none that is renewed: whoever is told of nobody any more would know them by that", async () => {
    const { storage } = await setting();
    const { person, pairwiseSubject } = fullRows();
    await storage.transaction(async ({ data }) => {
      await data.person.create({ data: person });
      await data.pairwiseSubject.create({ data: pairwiseSubject });
    });
    const stream = await addStream(storage);
    const off = async (): Promise<string[]> => (await storage.read.signalExclusion.findMany()).map((row) => row.subject);
    await removeSubject(storage, stream, pairwiseSubject.sector, subject, now);
    expect(await off()).toEqual(["s1"]);
    const renewed = await renewPseudonym(storage, { personId: asIdentifier<PersonId>(person.id), sector: pairwiseSubject.sector, clients: [client], at: now });
    expect(await off()).toEqual([]);
    await removeSubject(storage, stream, pairwiseSubject.sector, renewed, now);
    await addSubject(storage, stream, subject);
    expect(await off()).toEqual([renewed]);
    await storage.transaction(({ data }) => data.pairwiseSubject.delete({ where: { subject: renewed } }));
    expect(await off()).toEqual([]);
  });
});

test("a stream's last use is noted once an hour", async () => {
  const { storage } = await setting();
  const { id } = await addStream(storage);
  const noted = async (at: number): Promise<Date | undefined> => {
    await noteActivity(storage, id, at);
    return (await storage.read.signalStream.findUnique({ where: { id } }))?.lastActiveAt;
  };
  expect([await noted(now + 100), await noted(now + 3700), await noted(now + 3800)]).toEqual([toDate(now), toDate(now + 3700), toDate(now + 3700)]);
  await noteActivity(storage, "nothing", now);
});

test("another receiver's stream is like none", async () => {
  const { storage } = await setting();
  const { id } = await addStream(storage);
  const other = asIdentifier<ClientId>("other");
  await expect(findStream(storage, other, id)).rejects.toMatchObject({ code: "not_found" });
  await expect(removeStream(storage, other, id, now)).rejects.toMatchObject({ code: "not_found" });
});

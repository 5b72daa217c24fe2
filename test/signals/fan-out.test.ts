import { describe, expect, test } from "vitest";
import type { LifecycleEvent } from "../../src/people/index.ts";
import { fanOut } from "../../src/signals/fan-out.ts";
import { takePending } from "../../src/signals/outbox.ts";
import type { Storage } from "../../src/storage/index.ts";
import { freshStorage } from "../storage/temporary.ts";
import { addParty, addStream, announceTo, at, issuer, type StreamRow } from "./delivery-rig.ts";
import { eventTypes } from "../../src/signals/event-types.ts";

const reason = "certificate_revoked";
const fallen: readonly LifecycleEvent[] = [
  { kind: "credential_changed", credential: "certificate", change: "revoke", reason },
  { kind: "assurance_level_changed", of: "ial", from: 3, to: 1, reason },
  { kind: "sessions_ended", reason },
];
const kinds = fallen.map(({ kind }) => kind);

const hears = async (storage: Storage, streamId: string): Promise<(string | undefined)[]> =>
  (await takePending(storage, streamId, 100)).map(({ message }) => Object.entries(eventTypes).find(([, type]) => message.kind === "event" && message.type === type)?.[0]);
const logouts = (storage: Storage): Promise<number> => storage.read.outboxEntry.count({ where: { streamId: null } });

describe("who is told what is announced", () => {
  interface Row { readonly name: string; readonly stream: StreamRow; readonly hears: readonly string[] }
  const rows: readonly Row[] = [
    { name: "a stream that names no events: all, in order", stream: { id: "s" }, hears: kinds },
    { name: "a pushed stream", stream: { id: "s", endpointUrl: "https://party.example/events" }, hears: kinds },
    { name: "a stream that asked for one event", stream: { id: "s", events: [eventTypes.sessions_ended] }, hears: ["sessions_ended"] },
    { name: "a stream that asked for none that happened", stream: { id: "s", events: [eventTypes.account_purged] }, hears: [] },
    { name: "a paused stream: kept for later", stream: { id: "s", status: "paused" }, hears: kinds },
    { name: "a disabled stream: nothing", stream: { id: "s", status: "disabled" }, hears: [] },
    { name: "a stream of somebody who is not connected: nothing", stream: { id: "s", clientId: "stranger" }, hears: [] },
  ];
  test.each(rows)("$name", async ({ stream, hears: wanted }) => {
    const storage = await freshStorage();
    await addParty(storage);
    await addParty(storage, "stranger");
    await addStream(storage, stream);
    await announceTo(storage, ["party"], fallen);
    expect(await fanOut(storage, issuer, 100)).toBe(3);
    expect(await hears(storage, "s")).toEqual(wanted);
    expect([await logouts(storage), await storage.read.announcement.count()]).toEqual([0, 0]);
    expect(await fanOut(storage, issuer, 100)).toBe(0);
  });

  test("a subject that the receiver took off one stream is told of on the other", async () => {
    const storage = await freshStorage();
    await addParty(storage);
    for (const id of ["without", "with"]) await addStream(storage, { id });
    await storage.transaction(async ({ data }) => {
      await data.person.create({ data: { id: "person", userHandle: Uint8Array.of(1), createdAt: new Date(at * 1000) } });
      await data.pairwiseSubject.create({ data: { personId: "person", sector: "party.example", subject: "subject-at-party", createdAt: new Date(at * 1000) } });
      await data.signalExclusion.create({ data: { streamId: "without", subject: "subject-at-party", at: new Date(at * 1000) } });
    });
    await announceTo(storage, ["party"], fallen);
    await fanOut(storage, issuer, 100);
    expect([await hears(storage, "without"), await hears(storage, "with")]).toEqual([[], kinds]);
  });

  test("logouts go to who has an address for them, when sessions end", async () => {
    const storage = await freshStorage();
    await addParty(storage, "party", { backchannel_logout_uri: "https://party.example/logout" });
    await addParty(storage, "deaf");
    await announceTo(storage, ["party", "deaf"], fallen);
    await fanOut(storage, issuer, 100);
    const entries = await storage.read.outboxEntry.findMany();
    expect(entries.map(({ clientId, streamId, message }) => [clientId, streamId, JSON.parse(message)])).toEqual([["party", null, { kind: "logout", subject: "subject-at-party", sid: null }]]);
  });

  test("each receiver by its own pseudonym, one transaction an occurrence, another at another receiver", async () => {
    const storage = await freshStorage();
    for (const client of ["one", "two"]) {
      await addParty(storage, client);
      await addStream(storage, { id: `stream-${client}`, clientId: client });
    }
    await announceTo(storage, ["one", "two"], fallen);
    await fanOut(storage, issuer, 100);
    const told = async (client: string) => (await takePending(storage, `stream-${client}`, 10)).map(({ message }) => (message.kind === "event" ? { subject: message.subject, transaction: message.transaction } : null));
    const [one, two] = [await told("one"), await told("two")];
    expect(one.map((each) => each?.subject)).toEqual(kinds.map(() => ({ format: "iss_sub", iss: issuer, sub: "subject-at-one" })));
    expect(new Set(one.map((each) => each?.transaction)).size).toBe(1);
    expect(one[0]?.transaction).not.toBe(two[0]?.transaction);
    expect(JSON.stringify(two)).not.toContain("subject-at-one");
  });

  test("a relying party that is gone by then is told nothing, the others all", async () => {
    const storage = await freshStorage();
    await addParty(storage);
    await addStream(storage, { id: "s" });
    await announceTo(storage, ["gone", "party"], fallen);
    expect(await fanOut(storage, issuer, 100)).toBe(3);
    expect(await hears(storage, "s")).toEqual(kinds);
  });

  const unreadable: readonly (readonly [string, (storage: Storage) => Promise<unknown>, string, readonly string[]])[] = [
    ["an announcement", (storage) => storage.transaction(({ data }) => data.announcement.updateMany({ where: { sequence: 1 }, data: { event: "{" } })), "announcement_unreadable", kinds.slice(1)],
    ["an announcement without an audience", (storage) => storage.transaction(({ data }) => data.announcement.updateMany({ where: { sequence: 1 }, data: { audience: "{}" } })), "announcement_unreadable", kinds.slice(1)],
    ["an announcement of something that is none", (storage) => storage.transaction(({ data }) => data.announcement.updateMany({ where: { sequence: 1 }, data: { event: `{"initiator":"policy","event":{"kind":"x"}}` } })), "announcement_unreadable", kinds.slice(1)],
    ["a relying party", (storage) => addParty(storage, "bad", { redirect_uris: null }), "receiver_unreadable", kinds],
    ["a stream's list of events", async (storage) => {
      await addParty(storage, "bad");
      await addStream(storage, { id: "bad", clientId: "bad" });
      await storage.transaction(({ data }) => data.signalStream.update({ where: { id: "bad" }, data: { eventsRequested: "[" } }));
    }, "receiver_unreadable", kinds],
  ];
  test.each(unreadable)("what cannot be read is left out, on record, and holds up nothing else: %s", async (_name, spoil, kind, heard) => {
    const storage = await freshStorage();
    await addParty(storage);
    await addStream(storage, { id: "s" });
    await announceTo(storage, ["bad", "party"], fallen);
    await spoil(storage);
    expect(await fanOut(storage, issuer, 100)).toBe(3);
    expect([await hears(storage, "s"), await storage.read.announcement.count(), await storage.read.receipt.count({ where: { kind } })]).toEqual([heard, 0, 1]);
  });

  test("in parts, and by two at once: everything once and in order", async () => {
    const storage = await freshStorage();
    await addParty(storage);
    await addStream(storage, { id: "s" });
    for (let person = 0; person < 20; person += 1) await announceTo(storage, ["party"], fallen, `person-${person}`);
    const rounds = async (): Promise<number> => {
      let moved = 0;
      for (let last = -1; last !== 0; moved += last) last = await fanOut(storage, issuer, 7);
      return moved;
    };
    expect((await Promise.all([rounds(), rounds()])).reduce((sum, each) => sum + each)).toBe(60);
    expect(await hears(storage, "s")).toEqual(Array.from({ length: 20 }, () => kinds).flat());
  });

  test("told to many, no more go at once than anybody may wait for, and what happened to a person stays together", async () => {
    const storage = await freshStorage();
    const parties = Array.from({ length: 30 }, (_, index) => `p${index}`);
    for (const each of parties) await addParty(storage, each);
    await addStream(storage, { id: "s", clientId: "p7" });
    for (const person of ["a", "b", "c"]) await announceTo(storage, parties, fallen, person);
    const moved: number[] = [];
    for (const maximum of [100, 4, 100, 100]) moved.push(await fanOut(storage, issuer, maximum));
    expect(moved).toEqual([3, 3, 3, 0]);
    const transactions = (await takePending(storage, "s", 100)).map(({ message }) => (message.kind === "event" ? message.transaction : null));
    expect([0, 3, 6].map((from) => new Set(transactions.slice(from, from + 3)).size)).toEqual([1, 1, 1]);
    expect(new Set(transactions).size).toBe(3);
  });
});

import { setTimeout } from "node:timers/promises";
import { expect, test } from "vitest";
import { SerialTableBuilder } from "../../src/pki/crl-serials-builder.ts";
import { type LaterDigestKeys, openDatabase, Sealing, type Storage } from "../../src/storage/index.ts";
import { bind, certificate, reference } from "../people/people-fixture.ts";
import { afterTest, freshPlace, sealingKey } from "../storage/temporary.ts";

/** Nodes that have come differently far with a new digest key, on one database, while another wraps. */

const [one, two] = [9, 10].map((octet) => new Uint8Array(32).fill(octet)) as [Uint8Array, Uint8Array];
const everybody = 40;

/** Twenty people from before; a node that looks for the next key, one that writes by it, and a third that wraps until it is stopped. */
async function nodes(): Promise<{ readonly announced: Storage; readonly written: Storage; readonly stop: () => Promise<void> }> {
  const place = await freshPlace();
  const open = async (later: LaterDigestKeys): Promise<Storage> => {
    const storage = await openDatabase(place, new Sealing([sealingKey("test", 1)], one, later));
    afterTest(() => storage.close());
    return storage;
  };
  const before = await open({});
  for (let serial = 0; serial < everybody / 2; serial += 1) await bind(before, certificate(String(serial)));
  const [announced, written, wrapping] = [await open({ next: two }), await open({ after: [two] }), await open({ after: [two] })];
  const over = new AbortController();
  const work = (async () => {
    for (; !over.signal.aborted; await setTimeout(5)) await wrapping.digests.rewrap({ batch: 3 });
  })();
  return { announced, written, stop: async () => void (over.abort(), await work, await wrapping.digests.rewrap({ batch: 100 })) };
}

test("each certificate stays with one person, whichever node it is presented at, twice at once", async () => {
  const { announced, written, stop } = await nodes();
  const outcomes = await Promise.all(Array.from({ length: everybody }, (_, serial) => Promise.all([announced, written].map((storage) => bind(storage, certificate(String(serial)))))));
  await stop();
  for (const [by, other] of outcomes) expect(by).toEqual(other);
  expect([await written.read.evidence.count(), await written.read.person.count()]).toEqual([everybody, everybody]);
  expect(await written.digests.census()).toEqual([{ column: "evidence.certificate_digest", level: 2, values: everybody }]);
});

test("a comparison with a list finds everybody who is on it", async () => {
  const { announced, written, stop } = await nodes();
  const { issuer } = reference("0");
  const list = new SerialTableBuilder(everybody / 2);
  for (let serial = 0; serial < everybody / 2; serial += 1) {
    const { serialNumber } = reference(String(serial));
    list.add(serialNumber, 0, serialNumber.length, 1_700_000_000, 1, 0);
  }
  const lists = [{ issuers: [issuer], table: list.finish() }];
  const comparisons = await Promise.all([announced, written, announced, written].map((storage) => storage.compareCertificates(lists, AbortSignal.timeout(20_000))));
  await stop();
  comparisons.push(await announced.compareCertificates(lists, AbortSignal.timeout(20_000)));
  for (const { listed } of comparisons) expect(new Set(listed.map(({ evidenceId }) => evidenceId)).size).toBe(everybody / 2);
});

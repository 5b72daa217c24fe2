import { setImmediate } from "node:timers/promises";
import { afterEach, describe, expect, test } from "vitest";
import { verifiedCrl } from "./verified-crl.ts";
import { authority, issuer, municipalCrl, subject } from "./world.ts";
import { accept } from "../../src/errors.ts";
import { asIdentifier } from "../../src/identifiers.ts";
import { createLogger } from "../../src/log.ts";
import type { VerifiedCrl } from "../../src/pki/crl-verification.ts";
import { type CertificateStatus, createWatcher, type WatchedEvidence, type Watcher } from "../../src/revocation/index.ts";
import type { BoundEvidence, Comparison } from "../../src/storage/index.ts";
import { now } from "../certificates/authority.ts";
import { crlExtensions } from "../certificates/crl-factory.ts";
import { distributionPointName } from "../certificates/jpki.ts";

/** One comparison at a time, none lost, and one person's trouble is not the others'. */

const bound = (id: string): BoundEvidence => ({ evidenceId: asIdentifier(id), personId: asIdentifier(`person of ${id}`) });
const listing = (...ids: readonly string[]): Comparison => ({ listed: ids.map((id) => ({ ...bound(id), list: 0 })), held: [] });
const revoking = verifiedCrl(municipalCrl(7, {}, 1), issuer);
const newer = verifiedCrl(municipalCrl(8, {}, 4), issuer);
const silent = verifiedCrl(municipalCrl(9), issuer);
const elsewhere = verifiedCrl(municipalCrl(7, { extensions: crlExtensions(authority, 7, distributionPointName("Osaka", "Sakai-shi")) }, 1), issuer);
const crls: readonly (readonly [string, VerifiedCrl])[] = [["revoking", revoking], ["newer", newer], ["elsewhere", elsewhere], ["silent", silent]];

/** Opens what `der` gives; null for what is gone. */
const opening = (der: (evidenceId: string) => Uint8Array | null): WatchedEvidence["certificatesOf"] => async (all) =>
  new Map(all.flatMap(({ evidenceId }) => (der(evidenceId) === null ? [] : [[evidenceId, () => der(evidenceId) ?? new Uint8Array()]])));
const changed = <Change extends string>(all: readonly BoundEvidence[], change: Change) => new Map(all.map(({ evidenceId }) => [evidenceId, change]));
const fails = (message: string) => (): never => {
  throw new Error(message);
};

interface Stage {
  readonly watcher: Watcher;
  /** The CRLs of each comparison. */
  readonly compared: (readonly (string | undefined)[])[];
  readonly recorded: string[];
  readonly logs: string[];
}

const watchers: Watcher[] = [];
afterEach(async () => void (await Promise.all(watchers.splice(0).map((watcher) => watcher.close()))));

function stage(compare: (call: number, signal: AbortSignal) => Promise<Comparison>, overrides: Partial<WatchedEvidence> = {}, answer: CertificateStatus["status"] = "good"): Stage {
  const [compared, recorded, logs]: [(readonly (string | undefined)[])[], string[], string[]] = [[], [], []];
  const evidence: WatchedEvidence = {
    compare: async (lists, signal) => {
      compared.push(lists.map(({ table }) => crls.find(([, crl]) => crl.entries.revoked.table === table)?.[0]));
      return compare(compared.length, signal);
    },
    certificatesOf: opening(() => subject.certificate.der),
    record: async (all, { status, source }) => {
      recorded.push(...all.map(({ evidenceId }) => `${evidenceId} ${status} by ${source}`));
      return changed(all, status === "good" ? "refreshed" : "fell");
    },
    ...overrides,
  };
  const check = async () => accept<CertificateStatus>({ status: answer, source: "ocsp", thisUpdate: now, checkedAt: now, answer: null });
  const watcher = createWatcher({ evidence, status: { check }, clock: () => now, log: createLogger("info", { write: (line) => void logs.push(line) }) });
  watchers.push(watcher);
  return { watcher, compared, recorded, logs };
}

test("what is listed falls, what is listed no more is released; the counts say so", async () => {
  const { watcher, recorded } = stage(async (call) => (call === 1 ? listing("a", "b") : { listed: [], held: [bound("c")] }));
  expect(watcher.snapshot()).toEqual({ waiting: 0, unsettled: 0, comparisons: 0, failures: 0, fell: 0, released: 0, lastMilliseconds: null });
  watcher.add(revoking, issuer);
  await watcher.run();
  watcher.add(silent, issuer);
  await watcher.run();
  expect(recorded).toEqual(["a revoked by crl", "b revoked by crl", "c good by ocsp"]);
  expect(watcher.snapshot()).toEqual({ waiting: 0, unsettled: 0, comparisons: 2, failures: 0, fell: 2, released: 1, lastMilliseconds: expect.any(Number) });
});

test("listed by a list that is not its own, a held one is released all the same", async () => {
  const { watcher, recorded } = stage(async () => ({ listed: [{ ...bound("a"), list: 1 }], held: [bound("a")] }));
  watcher.add(silent, issuer);
  watcher.add(elsewhere, issuer);
  await watcher.run();
  expect(recorded).toEqual(["a good by ocsp"]);
});

const rechecks: readonly (readonly [name: string, added: readonly VerifiedCrl[], recorded: readonly string[]])[] = [
  ["a CRL that has been compared already names it", [revoking], ["late revoked by crl"]],
  ["the newest CRL does not name it any more", [revoking, silent], []],
  ["another municipality's CRL has its number", [elsewhere], []],
  ["no CRL came yet", [], []],
];

test.each(rechecks)("evidence committed after a comparison: %s", async (_, added, expected) => {
  const { watcher, recorded } = stage(async () => listing());
  for (const crl of added) watcher.add(crl, issuer);
  await watcher.run();
  await watcher.recheck(bound("late"));
  expect(recorded).toEqual(expected);
});

test("evidence that cannot be rechecked waits for the next run", async () => {
  let isReadable = false;
  const { watcher, recorded } = stage(async () => listing(), { certificatesOf: async (all) => (isReadable ? opening(() => subject.certificate.der)(all) : Promise.reject(new Error("busy"))) });
  watcher.add(revoking, issuer);
  await watcher.run();
  await watcher.recheck(bound("late"));
  expect([watcher.snapshot(), recorded]).toMatchObject([{ unsettled: 1, failures: 1 }, []]);
  isReadable = true;
  await watcher.run();
  expect([watcher.snapshot(), recorded]).toMatchObject([{ unsettled: 0, failures: 1 }, ["late revoked by crl"]]);
});

test("nothing to compare: nobody is read", async () => {
  const { watcher, compared } = stage(async () => listing());
  await watcher.run();
  expect(compared).toEqual([]);
});

test("CRLs that arrive during a comparison wait for the next; of one scope the newer one counts", async () => {
  let go = (): void => undefined;
  const first = new Promise<void>((resolve) => (go = resolve));
  const { watcher, compared } = stage(async (call) => {
    if (call === 1) await first;
    return listing();
  });
  watcher.start();
  watcher.add(elsewhere, issuer);
  await expect.poll(() => compared).toEqual([["elsewhere"]]);
  watcher.add(revoking, issuer);
  watcher.add(newer, issuer);
  const running = watcher.run();
  expect([compared, watcher.snapshot().waiting]).toEqual([[["elsewhere"]], 1]);
  go();
  await running;
  expect(compared).toEqual([["elsewhere"], ["newer"]]);
});

test("before the start CRLs only gather", async () => {
  const { watcher, compared } = stage(async () => listing());
  watcher.add(revoking, issuer);
  watcher.add(elsewhere, issuer);
  expect(compared).toEqual([]);
  watcher.start();
  await watcher.run();
  expect(compared).toEqual([["revoking", "elsewhere"]]);
});

test("a comparison that fails is logged without its message, counted, and made again", async () => {
  const { watcher, recorded, logs } = stage(async (call) => {
    if (call < 3) throw new RangeError("of Yamada Taro");
    return listing("a");
  });
  watcher.add(revoking, issuer);
  await watcher.run();
  expect([watcher.snapshot(), recorded]).toMatchObject([{ waiting: 1, failures: 1, comparisons: 0 }, []]);
  expect(logs.join("")).toContain(`"kind":"RangeError"`);
  expect(logs.join("")).not.toContain("Yamada");
  watcher.start(0.01);
  await expect.poll(() => recorded).toEqual(["a revoked by crl"]);
  expect(watcher.snapshot()).toMatchObject({ waiting: 0, failures: 2, comparisons: 1, fell: 1 });
});

const troubles: readonly (readonly [name: string, overrides: Partial<WatchedEvidence>, failures: number])[] = [
  ["does not open", { certificatesOf: async (all) => new Map(all.map(({ evidenceId }) => [evidenceId, evidenceId === "a" ? fails("sealed by another key") : () => subject.certificate.der])) }, 1],
  ["is gone", { certificatesOf: opening((id) => (id === "a" ? null : subject.certificate.der)) }, 0],
  ["is no certificate", { certificatesOf: opening((id) => (id === "a" ? Uint8Array.of(1) : subject.certificate.der)) }, 1],
];

test.each(troubles)("the certificate of one %s: the others fall all the same, and are not looked at again for it", async (_, overrides, failures) => {
  const { watcher, compared, recorded, logs } = stage(async () => listing("a", "b", "c"), overrides);
  watcher.add(revoking, issuer);
  await watcher.run();
  const after = { failures, unsettled: failures, waiting: 0, comparisons: 1, fell: 2 };
  expect(watcher.snapshot()).toMatchObject(after);
  expect(logs.filter((line) => line.includes("could not be read"))).toHaveLength(failures);
  expect(logs.join("")).not.toContain("sealed by another key");
  await watcher.run();
  expect(recorded).toEqual(["b revoked by crl", "c revoked by crl"]);
  expect(watcher.snapshot()).toMatchObject({ ...after, failures: failures * 2 });
  expect(compared).toHaveLength(1);
});

test("one that could not be recorded falls at the next run, without a comparison", async () => {
  let isBusy = true;
  const { watcher, compared } = stage(async () => listing("a"), { record: async (all) => (isBusy ? Promise.reject(new Error("busy")) : changed(all, "fell")) });
  watcher.start(0.01);
  watcher.add(revoking, issuer);
  await expect.poll(() => watcher.snapshot().failures).toBeGreaterThan(1);
  isBusy = false;
  await expect.poll(() => watcher.snapshot()).toMatchObject({ fell: 1, unsettled: 0 });
  expect(compared).toHaveLength(1);
});

test("closed during a comparison: it is aborted, nothing is recorded, and nothing begins any more", async () => {
  const { watcher, recorded, logs } = stage((_, signal) => new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error))));
  watcher.start();
  watcher.add(revoking, issuer);
  await watcher.close();
  watcher.add(elsewhere, issuer);
  await watcher.run();
  expect([recorded, logs, watcher.snapshot()]).toMatchObject([[], [], { failures: 0, comparisons: 0 }]);
});

describe("many fall at once", () => {
  const many = Array.from({ length: 60 }, (_, index) => `e${index}`);
  /** What is recorded together, of a stage that fails where `cannot` says so. */
  const recording = (batches: string[][], cannot: (ids: readonly string[]) => boolean): WatchedEvidence["record"] => async (all) => {
    const ids = all.map(({ evidenceId }) => evidenceId);
    batches.push(ids);
    return cannot(ids) ? Promise.reject(new Error("busy")) : changed(all, "fell");
  };

  /** Does something each time that others have their turn. */
  const meanwhile = async (work: Promise<void>, others: () => unknown): Promise<void> => {
    const over = new AbortController();
    void work.finally(() => over.abort());
    for (; !over.signal.aborted; await setImmediate()) others();
  };

  test("some at a time, and others have their turn in between", async () => {
    const batches: string[][] = [];
    const turns: number[] = [];
    const { watcher } = stage(async () => listing(...many), { record: recording(batches, () => false) });
    watcher.add(revoking, issuer);
    await meanwhile(watcher.run(), () => turns.push(batches.length));
    expect([batches.flat(), batches.map(({ length }) => length)]).toEqual([many, [25, 25, 10]]);
    expect(turns).toEqual(expect.arrayContaining([1, 2]));
    expect(watcher.snapshot()).toMatchObject({ fell: 60, failures: 0, unsettled: 0 });
  });

  test("one that cannot be recorded does not take the others with it", async () => {
    const batches: string[][] = [];
    const turns = new Set<number>();
    const { watcher } = stage(async () => listing(...many), { record: recording(batches, (ids) => ids.includes("e30")) });
    watcher.add(revoking, issuer);
    await meanwhile(watcher.run(), () => turns.add(batches.length));
    expect(watcher.snapshot()).toMatchObject({ fell: 59, failures: 1, unsettled: 1 });
    expect(batches.filter(({ length }) => length === 1).flat()).toEqual(many.slice(25, 50));
    // Nor do others wait until each was tried alone.
    expect([...turns].filter((tried) => tried > 2 && tried < 27).length).toBeGreaterThan(0);
  });

  test("two certificates of one person: each change by itself", async () => {
    const batches: string[][] = [];
    const of = (evidence: string, person: string) => ({ evidenceId: asIdentifier<never>(evidence), personId: asIdentifier<never>(person), list: 0 });
    const { watcher } = stage(async () => ({ listed: [of("a1", "A"), of("a2", "A"), of("b1", "B"), of("b2", "B")], held: [] }), { record: recording(batches, () => false) });
    watcher.add(revoking, issuer);
    await watcher.run();
    expect(batches).toEqual([["a1", "b1"], ["a2", "b2"]]);
  });

  test("closed while it records: it ends after the batch at hand", async () => {
    const batches: string[][] = [];
    const { watcher } = stage(async () => listing(...many), {
      record: (all, status) => {
        void watcher.close();
        return recording(batches, () => false)(all, status);
      },
    });
    watcher.add(revoking, issuer);
    await watcher.run();
    await watcher.close();
    expect(batches.map(({ length }) => length)).toEqual([25]);
  });
});

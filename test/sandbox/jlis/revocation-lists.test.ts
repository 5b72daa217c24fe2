import * as asn1js from "asn1js";
import { CertificateRevocationList } from "pkijs";
import { describe, expect, test } from "vitest";
import { toHex } from "../../../src/bytes.ts";
import type { PersonaId } from "../../../src/sandbox/jlis/personas/personas.ts";
import { oid } from "../../../src/sandbox/jlis/x509/object-identifiers.ts";
import { bytesOf, certificateOf, crlUrlOf, download, useJlis } from "./fixture.ts";

const fixture = useJlis();
const hour = 3600;
const day = 24 * hour;

interface List {
  readonly number: number;
  /** Seconds since the epoch. */
  readonly thisUpdate: number;
  readonly nextUpdate: number;
  readonly serials: readonly number[];
  readonly extensions: ReadonlyMap<string, { readonly critical: boolean; readonly value: Uint8Array }>;
  readonly version: number;
}

async function fetchList(url: string): Promise<List> {
  const crl = new CertificateRevocationList({ schema: asn1js.fromBER(await download(url)).result });
  const extensions = new Map(
    (crl.crlExtensions?.extensions ?? []).map(({ extnID, critical, extnValue }) => [
      extnID,
      { critical, value: extnValue.valueBlock.valueHexView },
    ]),
  );
  const number = asn1js.fromBER(extensions.get(oid.crlNumber)?.value ?? new Uint8Array()).result;
  return {
    number: number instanceof asn1js.Integer ? Number(number.toBigInt()) : Number.NaN,
    thisUpdate: crl.thisUpdate.value.getTime() / 1000,
    nextUpdate: (crl.nextUpdate?.value.getTime() ?? Number.NaN) / 1000,
    serials: (crl.revokedCertificates ?? []).map(({ userCertificate }) => Number(userCertificate.toBigInt())),
    extensions,
    version: crl.version,
  };
}

const listOf = async (id: PersonaId): Promise<List> => fetchList(crlUrlOf(fixture, certificateOf(fixture, id)));

test("served as application/pkix-crl", async () => {
  const response = await fetch(crlUrlOf(fixture, certificateOf(fixture, "good-phone")));
  expect(response.headers.get("content-type")).toBe("application/pkix-crl");
});

test("a version 2 list with a critical issuingDistributionPoint that is the certificate's own distribution point", async () => {
  const { extensions, version } = await listOf("good-phone");
  const point = extensions.get(oid.issuingDistributionPoint);
  expect(version).toBe(1);
  expect(point?.critical).toBe(true);
  // Both are one DistributionPointName: the certificate wraps it in two SEQUENCEs, the CRL in one.
  const name = toHex(point?.value ?? new Uint8Array()).replace(/^30(?:81)?../, "");
  expect(name.length).toBeGreaterThan(200);
  expect(toHex(bytesOf(certificateOf(fixture, "good-phone").certificate))).toContain(name);
});

test("a list holds the withdrawn certificates of its own municipality and generation alone", async () => {
  const serials = (id: PersonaId): number => certificateOf(fixture, id).serial;
  expect((await listOf("revoked")).serials).toEqual([serials("revoked")]);
  expect((await listOf("on-hold")).serials).toEqual([serials("on-hold")]);
  expect((await listOf("good-phone")).serials).toEqual([serials("old-phone")]);
  expect((await listOf("next-generation")).serials).toEqual([]);
});

describe("numbers", () => {
  test("the same list until something changes; then the next number", async () => {
    const before = await listOf("good-card");
    expect(await listOf("good-card")).toEqual(before);
    await fixture.jlis.personas.operate("good-card", "hold");
    const held = await listOf("good-card");
    await fixture.jlis.personas.operate("good-card", "release");
    const released = await listOf("good-card");
    const { serial } = certificateOf(fixture, "good-card");
    expect([held.number, released.number]).toEqual([before.number + 1, before.number + 2]);
    expect([before, held, released].map(({ serials }) => serials.includes(serial))).toEqual([false, true, false]);
  });

  test("a change in one municipality leaves the others' lists alone", async () => {
    const before = await listOf("next-generation");
    await fixture.jlis.personas.operate("good-phone", "hold");
    expect((await listOf("next-generation")).number).toBe(before.number);
    await fixture.jlis.personas.operate("good-phone", "release");
  });

  test("a new list every hour, valid for a day", async () => {
    const before = await listOf("revoked");
    fixture.now += hour;
    const after = await listOf("revoked");
    expect(after.number).toBe(before.number + 1);
    expect(after.thisUpdate).toBe(fixture.now);
    expect(after.nextUpdate).toBe(fixture.now + day);
    expect(after.serials).toEqual(before.serials);
  });

  test("they never go back, not over a restart and not when many ask at once", async () => {
    const before = await listOf("revoked");
    await fixture.restart();
    const numbers = (await Promise.all(Array.from({ length: 8 }, () => listOf("revoked")))).map(({ number }) => number);
    expect(new Set(numbers)).toEqual(new Set([before.number + 1]));
  });
});

test("the stale list is old: a lower number, past its nextUpdate, ignorant of what happened since", async () => {
  await fixture.jlis.personas.operate("new-phone", "revoke");
  const current = await listOf("new-phone");
  await fixture.jlis.faults.set({ staleCrl: true });
  const stale = await listOf("new-phone");
  await fixture.jlis.faults.set({ staleCrl: false });
  const { serial } = certificateOf(fixture, "new-phone");
  expect(stale.number).toBeLessThan(current.number);
  expect(stale.nextUpdate).toBeLessThan(fixture.now);
  expect(stale.serials).toContain(certificateOf(fixture, "old-phone").serial);
  expect([current.serials.includes(serial), stale.serials.includes(serial)]).toEqual([true, false]);
  expect((await listOf("new-phone")).number).toBe(current.number);
});

test("the index names every partition of every authority", async () => {
  const response = await fetch(`${fixture.jlis.origin}/crl/index.json`);
  const { lists } = (await response.json()) as { lists: { url: string; number: number; distribution_point: string }[] };
  expect(lists.map(({ url }) => url)).toEqual(fixture.jlis.crlUrls);
  expect(lists).toHaveLength(24);
  for (const { url, number } of lists) expect((await fetchList(url)).number).toBe(number);
});

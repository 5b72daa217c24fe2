import { describe, expect, test } from "vitest";
import { type Behaviour, sends, startServer } from "./servers.ts";
import { crlType, issuer, municipalCrl, responder, service, subject, testClock } from "./world.ts";
import { toHex } from "../../src/bytes.ts";
import type { CertificateStatus } from "../../src/revocation/index.ts";
import { createStatusCache } from "../../src/revocation/status-cache.ts";
import { sha256 } from "../../src/pki/digest.ts";
import { verifyOcspResponse } from "../../src/pki/ocsp-response.ts";
import { now } from "../certificates/authority.ts";
import { revoked } from "../certificates/ocsp-factory.ts";

/** What a status rests on goes with it, from the source or from the cache. */

const replayed = (response: Uint8Array, time = now): string => {
  const verdict = verifyOcspResponse({ response, ...subject, time, nonce: null, nonceRequired: false, maximumAge: null });
  return verdict.valid ? verdict.value.status : verdict.code;
};

type Row = readonly [name: string, behaviour: Behaviour, expected: CertificateStatus["status"]];
const rows: readonly Row[] = [
  ["good", responder({ nextUpdate: now + 7200 }), "good"],
  ["revoked", responder({ status: revoked(now - 60, 1) }), "revoked"],
  ["on hold", responder({ status: revoked(now - 60, 6) }), "hold"],
];
test.each(rows)("%s by OCSP: the answer itself, which can be replayed", async (_name, behaviour, expected) => {
  const server = await startServer(behaviour);
  const status = service({ responders: [{ url: server.url }] });
  const [first, shared] = await Promise.all([status.check(subject, now), status.check(subject, now)]);
  const later = await status.check(subject, now);
  const answers = [first, shared, later].map((verdict) => (verdict.valid ? verdict.value.answer : null));
  for (const answer of answers) expect(replayed(answer ?? new Uint8Array())).toBe(expected);
  expect(server.requests()).toBe(expected === "hold" ? 2 : 1);
});

/** What is signed of a CRL: the first element of the outer SEQUENCE, both longer than 255 octets. */
const tbsOf = (der: Uint8Array): Uint8Array => der.subarray(4, 8 + (((der[6] ?? 0) << 8) | (der[7] ?? 0)));

test.each([["good", undefined], ["revoked", 1]] as const)("%s by a CRL: its digest, number and time", async (expected, reason) => {
  const der = municipalCrl(7, {}, reason);
  const status = service({ crls: [{ location: { url: (await startServer(sends(der, crlType))).url }, issuer }] });
  for (const verdict of [await status.check(subject, now), await status.check(subject, now)]) {
    const { status: said, thisUpdate, answer } = verdict.valid ? verdict.value : { status: null, thisUpdate: null, answer: null };
    expect([said, JSON.parse(Buffer.from(answer ?? []).toString())]).toEqual([expected, { tbs_cert_list_sha256: toHex(sha256(tbsOf(der))), crl_number: "7", this_update: thisUpdate }]);
  }
});

describe("the cache keeps no more octets than it may", () => {
  const clock = testClock();
  const said = (name: CertificateStatus["status"], octets: number): CertificateStatus =>
    ({ status: name, source: "ocsp", thisUpdate: clock(), checkedAt: clock(), answer: new Uint8Array(octets) });
  const find = (cache: ReturnType<typeof createStatusCache>, key: string): number | null | undefined => {
    const found = cache.find(key, clock(), 300) ?? cache.findHold(key);
    return found === null ? undefined : (found.answer?.length ?? null);
  };

  test("a good answer that had to go is asked for again; a revocation and a hold stay without theirs", () => {
    const cache = createStatusCache(300, { entries: 100, answerOctets: 250 });
    cache.store("good 1", said("good", 100), null);
    cache.store("revoked", said("revoked", 50), null);
    cache.store("held", said("hold", 50), null);
    expect(["good 1", "revoked", "held"].map((key) => find(cache, key))).toEqual([100, 50, 50]);
    cache.store("good 2", said("good", 200), null);
    expect(["good 1", "revoked", "held", "good 2"].map((key) => find(cache, key))).toEqual([undefined, null, 50, 200]);
    cache.store("good 3", said("good", 250), null);
    expect(["revoked", "held", "good 2", "good 3"].map((key) => find(cache, key))).toEqual([null, null, undefined, 250]);
    expect(cache.answerOctets).toBe(250);
  });

  test("an answer in the place of another, of an entry that is out, or not known is not counted", () => {
    const cache = createStatusCache(300, { entries: 2, answerOctets: 1000 });
    for (const octets of [100, 200, 300]) cache.store("one", said("good", octets), null);
    expect(cache.answerOctets).toBe(300);
    cache.store("two", said("good", 10), null);
    cache.store("three", said("good", 20), null);
    expect([find(cache, "one"), cache.answerOctets, cache.size]).toEqual([undefined, 30, 2]);
    cache.store("two", said("unknown", 500), null);
    expect([find(cache, "two"), cache.answerOctets, cache.size]).toEqual([undefined, 20, 1]);
  });

  test("an answer larger than all there is room for is not kept at all", () => {
    const cache = createStatusCache(300, { entries: 2, answerOctets: 10 });
    cache.store("large", said("good", 11), null);
    expect([find(cache, "large"), cache.answerOctets]).toEqual([undefined, 0]);
  });
});

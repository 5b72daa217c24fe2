import { expect, test } from "vitest";
import { authority } from "./crl-world.ts";
import { generatedCrl, generatedSerial } from "./crl-generator.ts";
import { mutate, seededRandom } from "./mutate.ts";
import { concatBytes, toBase64, utf8 } from "../../src/bytes.ts";
import { parseCrl } from "../../src/pki/crl.ts";
import { decodeSavedCrl, encodeSavedCrl } from "../../src/pki/crl-saved.ts";
import { verifyCrl } from "../../src/pki/crl-verification.ts";
import { sha256 } from "../../src/pki/digest.ts";
import { now } from "../certificates/authority.ts";
import { parsed } from "../certificates/ocsp-factory.ts";

/** A saved CRL, and files that only look like one. */

const read = parseCrl(generatedCrl(authority, 50));
if (!read.valid) throw new Error(read.at);
const verdict = verifyCrl({ crl: read.value, issuer: parsed(authority.certificate), time: now });
if (!verdict.valid) throw new Error(verdict.at);
const crl = verdict.value;
const file = concatBytes(...encodeSavedCrl({ crl, fetchedAt: now }, "source"));
/** As a whole file, whatever its body. */
const sealed = (body: Uint8Array) => concatBytes(sha256(body), body);
const body = file.slice(32);
const text = Buffer.from(body.subarray(8, 8 + (body[0] ?? 0) + 256 * (body[1] ?? 0))).toString();
const withHeader = (changed: string) => sealed(concatBytes(Uint8Array.of(changed.length & 0xff, changed.length >> 8, 0, 0, 0, 0, 0, 0), utf8(changed), new Uint8Array(4000)));

test("what is saved is read again", () => {
  const saved = decodeSavedCrl(file, "source");
  expect(saved?.fetchedAt).toBe(now);
  const { entries, issuer, thisUpdate, nextUpdate, number, digest, issuingDistributionPoint } = saved?.crl ?? crl;
  expect(saved?.crl).not.toBe(crl);
  expect([thisUpdate, nextUpdate, number, toBase64(digest), issuer.comparable]).toEqual([crl.thisUpdate, crl.nextUpdate, crl.number, toBase64(crl.digest), crl.issuer.comparable]);
  expect(issuingDistributionPoint).toEqual(crl.issuingDistributionPoint);
  const found = (list: typeof entries) => Array.from({ length: 60 }, (_, index) => list.revoked.find(generatedSerial(index)));
  expect(found(entries)).toEqual(found(crl.entries));
});

test.each([
  ["of another source", file, "other"],
  ["empty", new Uint8Array(), "source"],
  ["a digest alone", file.slice(0, 32), "source"],
  ["a right digest of nothing", sealed(new Uint8Array()), "source"],
  ["a right digest of zeros", sealed(new Uint8Array(100)), "source"],
  ["a right digest of noise", sealed(new Uint8Array(100).fill(0x5a)), "source"],
  ["a header longer than the file", sealed(new Uint8Array(100).fill(0xff)), "source"],
  ["arrays longer than the file", withHeader(text.replace('"size":50', '"size":50000')), "source"],
  ["a negative size", withHeader(text.replace('"size":50', '"size":-1')), "source"],
  ["another format", withHeader(text.replace('"crl 1', '"crl 2')), "source"],
  ["no issuer", withHeader(text.replace(/"head":"[^"]*"/, '"head":""')), "source"],
  ["no base64", withHeader(text.replace(/"digest":"[^"]*"/, '"digest":"?"')), "source"],
])("not read: %s", (_, octets, source) => {
  expect(decodeSavedCrl(octets, source)).toBeNull();
});

test("damaged files", () => {
  const random = seededRandom(31);
  for (let run = 0; run < 500; run += 1) {
    const damaged = mutate(file, random);
    if (!damaged.equals(file)) expect(decodeSavedCrl(Uint8Array.from(damaged), "source")).toBeNull();
  }
});

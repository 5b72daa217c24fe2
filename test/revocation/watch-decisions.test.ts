import { expect, test } from "vitest";
import { verifiedCrl } from "./verified-crl.ts";
import { authority, issuer, leafSerial, municipalCrl, subject } from "./world.ts";
import { refuse, accept, type Verdict } from "../../src/errors.ts";
import type { CertificateStatus } from "../../src/revocation/index.ts";
import { type AdoptedCrl, statusByCrl, statusByCrls, statusOfUnlisted } from "../../src/revocation/watch-decisions.ts";
import { now, year } from "../certificates/authority.ts";
import { authorityCrl, crlExtensions, reasonCode } from "../certificates/crl-factory.ts";
import { distributionPointName, jpkiAuthority } from "../certificates/jpki.ts";
import { parsed } from "../certificates/ocsp-factory.ts";

/** Does this CRL mean this certificate, and may a hold be lifted? */

const { certificate } = subject;
const adopted = (der: Uint8Array, by = issuer): AdoptedCrl => ({ crl: verifiedCrl(der, by), issuer: by });
const second = jpkiAuthority("authentication", 2);
const ofSecond = adopted(authorityCrl(second, { entries: [{ serialNumber: leafSerial }], extensions: crlExtensions(second) }), parsed(second.certificate));
const elsewhere = adopted(municipalCrl(7, { extensions: crlExtensions(authority, 7, distributionPointName("Osaka", "Sakai-shi")) }, 1));

const listings: readonly (readonly [name: string, crl: AdoptedCrl | undefined, expected: string | null])[] = [
  ["revoked", adopted(municipalCrl(7, {}, 1)), "revoked for keyCompromise"],
  ["on hold", adopted(municipalCrl(7, {}, 6)), "hold for certificateHold"],
  ["without a reason", adopted(municipalCrl(7, { entries: [{ serialNumber: leafSerial }] })), "revoked for no reason"],
  ["not listed", adopted(municipalCrl(7)), null],
  ["another number listed", adopted(municipalCrl(7, { entries: [{ serialNumber: leafSerial + 1, extensions: [reasonCode(1)] }] })), null],
  ["the number listed by another generation of the same name", ofSecond, null],
  ["the number listed for another municipality", elsewhere, null],
  ["a list that is gone", undefined, null],
];

test.each(listings)("%s", (_, crl, expected) => {
  const status = statusByCrl(crl, certificate, now + 5);
  expect(status === null ? null : `${status.status} for ${status.reason ?? "no reason"}`).toBe(expected);
  if (status !== null) expect(status).toMatchObject({ source: "crl", thisUpdate: now - 3600, checkedAt: now + 5 });
});

const [revoking, holding, silent] = [adopted(municipalCrl(7, {}, 1)), adopted(municipalCrl(7, {}, 6)), adopted(municipalCrl(7))];
const several: readonly (readonly [name: string, crls: readonly AdoptedCrl[], expected: string | null])[] = [
  ["none", [], null],
  ["that do not list it", [silent, ofSecond, elsewhere], null],
  ["one that holds", [silent, holding, ofSecond], "hold"],
  ["one that holds and one that revokes", [holding, revoking], "revoked"],
];

test.each(several)("by CRLs: %s", (_, crls, expected) => {
  expect(statusByCrls(crls, certificate, now)?.status ?? null).toBe(expected);
});

const answered = (status: CertificateStatus["status"]): Verdict<CertificateStatus> => accept({ status, source: "ocsp", thisUpdate: now, checkedAt: now, answer: null });
const absent = adopted(municipalCrl(8));
const absences: readonly (readonly [name: string, crls: readonly AdoptedCrl[], answer: Verdict<CertificateStatus>, at: number, expected: string | null])[] = [
  ["good", [absent], answered("good"), now, "good"],
  ["good, by the second of two CRLs", [elsewhere, absent], answered("good"), now, "good"],
  ["revoked meanwhile", [absent], answered("revoked"), now, "revoked"],
  ["still on hold", [absent], answered("hold"), now, null],
  ["unknown", [absent], answered("unknown"), now, null],
  ["no source answers", [absent], refuse("status_unavailable", "none"), now, null],
  ["good, and its number listed by another generation of the same name", [ofSecond, absent], answered("good"), now, "good"],
  ["listed still, beside a CRL that lists it no more", [absent, holding], answered("good"), now, null],
  ["absent from another municipality's CRL alone", [elsewhere], answered("good"), now, null],
  ["absent from another generation's CRL alone", [ofSecond], answered("good"), now, null],
  ["expired since", [absent], answered("good"), now + 20 * year, null],
];

test.each(absences)("held and listed no more: %s", async (_, crls, answer, at, expected) => {
  const asked: unknown[] = [];
  const check = async (...question: readonly unknown[]) => {
    asked.push(question);
    return answer;
  };
  const status = await statusOfUnlisted(crls, certificate, { check }, at);
  expect(status?.status ?? null).toBe(expected);
  if (crls.includes(absent) && !crls.includes(holding) && at === now) expect(asked).toEqual([[subject, now, { maximumAge: 0 }]]);
  else expect(asked).toEqual([]);
});

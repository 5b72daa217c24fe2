import { expect, test } from "vitest";
import { utf8 } from "../../src/bytes.ts";
import { metadataFrom, noMetadata } from "../../src/passkeys/metadata.ts";
import { readMetadataBlob } from "../../src/passkeys/metadata-blob.ts";
import { compromisedSince, readDate } from "../../src/passkeys/metadata-status.ts";
import { now } from "../certificates/authority.ts";
import { blob, dateIn, day, entry, model, otherModel, payload, trust } from "./metadata-world.ts";

const today = Date.parse(dateIn(0)) / 1000;
const reports: [string, readonly object[], number | null][] = [
  ...["REVOKED", "USER_VERIFICATION_BYPASS", "ATTESTATION_KEY_COMPROMISE", "USER_KEY_REMOTE_COMPROMISE", "USER_KEY_PHYSICAL_COMPROMISE"].map(
    (status): [string, readonly object[], number] => [status, [{ status: "FIDO_CERTIFIED" }, { status }], 0],
  ),
  ...["NOT_FIDO_CERTIFIED", "SELF_ASSERTION_SUBMITTED", "FIDO_CERTIFIED", "FIDO_CERTIFIED_L1", "FIDO_CERTIFIED_L2plus", "FIPS140_CERTIFIED_L3", "UPDATE_AVAILABLE", "RETIRED"].map(
    (status): [string, readonly object[], null] => [status, [{ status, effectiveDate: dateIn(-1) }], null],
  ),
  ["a status nobody knows yet", [{ status: "SOMETHING_NEW" }], null],
  ["a status in small letters, which is none", [{ status: "revoked" }], null],
  ["no reports", [], null],
  ["a compromise from today", [{ status: "REVOKED", effectiveDate: dateIn(0) }], today],
  ["a compromise next week", [{ status: "REVOKED", effectiveDate: dateIn(7) }], today + 7 * day],
  ["a compromise of a date that cannot be read", [{ status: "REVOKED", effectiveDate: "soon" }], 0],
  ["two compromises: the earlier", [{ status: "REVOKED", effectiveDate: dateIn(7) }, { status: "USER_VERIFICATION_BYPASS", effectiveDate: dateIn(-7) }], today - 7 * day],
  ["an update after a compromise, which mends only what was updated", [{ status: "USER_KEY_REMOTE_COMPROMISE", effectiveDate: dateIn(-9) }, { status: "UPDATE_AVAILABLE", effectiveDate: dateIn(-1), authenticatorVersion: 2 }], today - 9 * day],
  ["a certification after a compromise", [{ status: "REVOKED", effectiveDate: dateIn(-9) }, { status: "FIDO_CERTIFIED_L2", effectiveDate: dateIn(-1) }], today - 9 * day],
];
test.each(reports)("reports of %s", (_name, list, since) => expect(compromisedSince(list)).toEqual({ valid: true, value: since }));

test.each([["2026-02-29", null], ["2024-02-29", 1_709_164_800], ["1970-01-01", 0], ["2026-6-1", null], ["", null], [7, null], [undefined, null], ["2026-06-01 ", null]])(
  "the date %j", (text, expected) => expect(readDate(text)).toBe(expected),
);

const grace = 14 * day;
const metadata = (content: object): ReturnType<typeof metadataFrom> => {
  const verdict = readMetadataBlob(utf8(blob(content)), trust, now);
  if (!verdict.valid) throw new Error(verdict.at);
  return metadataFrom(() => verdict.value, grace);
};
const one = (...list: (string | object)[]): object => payload({ entries: [entry(model, list)] });
const endOfGrace = today + 10 * day + day + grace;
const atTimes: [string, object, string, number, "unknown" | "good" | "bad", number][] = [
  ["certified", one("FIDO_CERTIFIED"), model, now, "good", 1],
  ["certified, asked for in capitals", one("FIDO_CERTIFIED"), model.toUpperCase(), now, "good", 1],
  ["not listed", one("FIDO_CERTIFIED"), otherModel, now, "unknown", 0],
  ["revoked", one("REVOKED"), model, now, "bad", 1],
  ["revoked from next week, today", one({ status: "REVOKED", effectiveDate: dateIn(7) }), model, now, "good", 1],
  ["revoked from next week, then", one({ status: "REVOKED", effectiveDate: dateIn(7) }), model, today + 7 * day, "bad", 1],
  ["in the last second of the grace", one("FIDO_CERTIFIED"), model, endOfGrace - 1, "good", 1],
  ["in metadata gone stale", one("FIDO_CERTIFIED"), model, endOfGrace, "unknown", 0],
  ["revoked, in metadata gone stale", one("REVOKED"), model, endOfGrace, "bad", 0],
];
test.each(atTimes)("a model %s is known as it should be", (_name, content, aaguid, time, status, roots) => {
  const known = metadata(content);
  expect([known.statusOf(aaguid, time), known.rootsOf(aaguid, time).length, known.compromised(time).includes(aaguid.toLowerCase())]).toEqual([status, roots, status === "bad"]);
});

test("without metadata nothing is known", () => {
  for (const known of [noMetadata, metadataFrom(() => null, grace)]) {
    expect([known.statusOf(model, now), known.rootsOf(model, now), known.modelOf(model), known.compromised(now)]).toEqual(["unknown", [], null, []]);
  }
});

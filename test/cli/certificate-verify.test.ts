import { expect, test } from "vitest";
import { toBase64 } from "../../src/bytes.ts";
import { answerVerifyLine } from "../../src/cli/verify-batch.ts";
import { now } from "../certificates/authority.ts";
import { makeChain } from "../certificates/chain.ts";
import { dns, ip, policies, subjectAltName } from "../certificates/constraints.ts";
import { extendedKeyUsage } from "../certificates/extensions.ts";
import { jpkiAuthority, jpkiCertificate, policyOf } from "../certificates/jpki.ts";
import { runCli } from "./run-cli.ts";

/** `certificate verify --batch`: the contract others script against. */

const time = new Date(now * 1000).toISOString();
const authentication = toBase64(jpkiAuthority().certificate);
const good = { id: "a", certificate: toBase64(jpkiCertificate()), trust_anchors: [authentication], time };
const signature = { ...good, certificate: toBase64(jpkiCertificate({ use: "signature" })), trust_anchors: [toBase64(jpkiAuthority("signature").certificate)] };
const chain = makeChain({}, { extensions: [policies("1.3.9.1")] }, { extensions: [policies("1.3.9.1"), subjectAltName(dns("a.example"), ip(192, 0, 2, 1)), extendedKeyUsage("serverAuth")] });
const general = {
  id: 7,
  certificate: toBase64(chain.certificate),
  intermediates: chain.intermediates.map(toBase64),
  trust_anchors: chain.trustAnchors.map(toBase64),
  time,
  profile: "rfc5280",
};

const ask = (document: unknown) => answerVerifyLine(JSON.stringify(document));

test.each<readonly [string, object, string | null]>([
  ["JPKI, profile left out", good, null],
  ["JPKI, everything named", { ...good, profile: "jpki-user-authentication", intermediates: [], policies: null, require_explicit_policy: false, inhibit_policy_mapping: false, inhibit_any_policy: false, eku: [], names: [], max_path_length: null, crls: [], revocation: "none" }, null],
  ["policies of the caller", { ...good, policies: [policyOf.test] }, "policy_refused"],
  ["policies of the caller, accepted", { ...good, policies: [policyOf.authenticationCard] }, null],
  ["other purpose", { ...good, eku: ["1.3.6.1.5.5.7.3.1"] }, "extended_key_usage_refused"],
  ["name it does not have", { ...good, names: [{ type: "dns", value: "a.example" }] }, "name_mismatch"],
  ["signature certificate at sign-in", { ...signature, profile: "jpki-user-authentication" }, "key_usage_refused"],
  ["signature certificate", { ...signature, profile: "jpki-signature" }, null],
  ["signature profile, authentication certificate", { ...good, profile: "jpki-signature" }, "key_usage_refused"],
  ["CRLs wanted, none given", { ...good, revocation: "crl" }, "crl_missing"],
  ["no certificate but octets", { ...good, certificate: toBase64(Uint8Array.of(1, 2, 3)) }, "malformed_certificate"],
  ["half a second before", { ...good, time: "2020-01-01T00:00:00.5Z" }, "certificate_not_yet_valid"],
  ["with an offset", { ...good, time: "2026-06-01T09:00:00+09:00" }, null],
  ["no anchor", { ...good, trust_anchors: [] }, "untrusted_issuer"],
  ["RFC 5280", general, null],
  ["RFC 5280, no intermediates", { ...general, intermediates: [] }, "untrusted_issuer"],
  ["RFC 5280 under JPKI's profile", { ...general, profile: null }, "untrusted_issuer"],
  ["policy required", { ...general, policies: ["1.3.9.1"], require_explicit_policy: true }, null],
  ["another policy required", { ...general, policies: ["1.3.9.2"], require_explicit_policy: true }, "policy_refused"],
  ["another policy wanted, none required", { ...general, policies: ["1.3.9.2"] }, null],
  ["purpose", { ...general, eku: ["1.3.6.1.5.5.7.3.1"] }, null],
  ["names", { ...general, names: [{ type: "dns", value: "a.example" }, { type: "ip", value: "192.0.2.1" }] }, null],
  ["one of the names", { ...general, names: [{ type: "dns", value: "a.example" }, { type: "email", value: "a@a.example" }] }, "name_mismatch"],
  ["path length", { ...general, max_path_length: 0 }, "path_length_exceeded"],
  ["path length that suffices", { ...general, max_path_length: 1 }, null],
])("%s", (_, document, code) => {
  expect(ask(document)).toMatchObject({ valid: code === null, code });
});

test("a valid path is named from the certificate to the anchor", () => {
  expect(ask(general)).toEqual({ id: 7, valid: true, code: null, path: ["CN=leaf", "CN=level 1", "CN=level 0"] });
  expect(ask({ ...general, intermediates: [] })).toEqual({ id: 7, valid: false, code: "untrusted_issuer", path: [] });
});

test.each<readonly [string, string | null]>([
  ["no JSON", "{"],
  ["empty", ""],
  ["too long", null],
  ["an array", "[]"],
  ["null", "null"],
])("malformed: %s", (_, line) => {
  expect(answerVerifyLine(line)).toEqual({ id: null, valid: false, code: "invalid_request", path: [] });
});

test.each<readonly [string, object]>([
  ["certificate missing", { certificate: undefined }],
  ["anchors missing", { trust_anchors: undefined }],
  ["time missing", { time: undefined }],
  ["time without offset", { time: "2026-06-01T00:00:00" }],
  ["time of no day", { time: "2026-02-30T00:00:00Z" }],
  ["time as a number", { time: now }],
  ["base64url", { certificate: "-_8=" }],
  ["base64 without padding", { certificate: "AAE" }],
  ["unknown profile", { profile: "tls" }],
  ["policy that is no object identifier", { policies: ["policy"] }],
  ["purpose by name", { eku: ["serverAuth"] }],
  ["name of another type", { names: [{ type: "uri", value: "https://a.example" }] }],
  ["address that is none", { names: [{ type: "ip", value: "1.2.3" }] }],
  ["negative length", { max_path_length: -1 }],
  ["unknown revocation", { revocation: "ocsp" }],
])("malformed: %s", (_, change) => {
  expect(ask({ ...good, ...change })).toEqual({ id: "a", valid: false, code: "invalid_request", path: [] });
});

test("the command answers line by line, in order, and ends well", async () => {
  const lines = [JSON.stringify(good), "garbage", JSON.stringify({ ...good, id: "separator\u2028" }), "", JSON.stringify({ ...general, id: "last" })];
  const { code, stdout, stderr } = await runCli(["certificate", "verify", "--batch"], ".", {}, lines.join("\n"));
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const answers = stdout.trimEnd().split("\n").map((line) => JSON.parse(line) as { id: unknown; code: unknown });
  expect(answers.map(({ id, code }) => [id, code])).toEqual([["a", null], [null, "invalid_request"], ["separator\u2028", null], [null, "invalid_request"], ["last", null]]);
});

test("--help says what a line holds", async () => {
  const { code, stdout } = await runCli(["certificate", "verify", "--help"], ".");
  expect(code).toBe(0);
  for (const field of Object.keys(general)) expect(stdout).toContain(field);
});

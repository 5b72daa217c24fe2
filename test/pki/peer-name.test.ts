import { expect, test } from "vitest";
import { hostOfUri, isHostName, readMailbox } from "../../src/pki/host-name.ts";
import { readIpAddress } from "../../src/pki/ip-address.ts";
import { validatePath } from "../../src/pki/path.ts";
import { type PeerName, readPeerName } from "../../src/pki/peer-name.ts";
import { orThrow } from "../../src/errors.ts";
import { now } from "../certificates/authority.ts";
import { makeChain } from "../certificates/chain.ts";
import { dns, ip, mailbox, subjectAltName, uri } from "../certificates/constraints.ts";
import { name } from "../certificates/names.ts";

/** Names by which a caller knows the holder (RFC 9525 6), and the texts they are made of. */

type Row = readonly [name: string, presented: readonly Uint8Array[], wanted: readonly (readonly [PeerName["kind"], string])[], code: string];

test.each<Row>([
  ["nothing wanted", [], [], "valid"],
  ["host", [dns("a.example.jp")], [["dns", "A.example.jp"]], "valid"],
  ["another host", [dns("a.example.jp")], [["dns", "b.example.jp"]], "name_mismatch"],
  ["below the host", [dns("example.jp")], [["dns", "a.example.jp"]], "name_mismatch"],
  ["no alternative names, but the common name", [], [["dns", "leaf.example"]], "name_mismatch"],
  ["wildcard", [dns("*.example.jp")], [["dns", "a.example.jp"]], "valid"],
  ["wildcard for two labels", [dns("*.example.jp")], [["dns", "a.b.example.jp"]], "name_mismatch"],
  ["wildcard for none", [dns("*.example.jp")], [["dns", "example.jp"]], "name_mismatch"],
  ["wildcard wanted", [dns("*.example.jp")], [["dns", "*.example.jp"]], "name_mismatch"],
  ["wildcard within a label", [dns("a*.example.jp")], [["dns", "ab.example.jp"]], "malformed_certificate"],
  ["wildcard not first", [dns("a.*.jp")], [["dns", "a.b.jp"]], "malformed_certificate"],
  ["underscore", [dns("a_b.example.jp")], [["dns", "a_b.example.jp"]], "malformed_certificate"],
  ["final period", [dns("example.jp.")], [["dns", "example.jp"]], "malformed_certificate"],
  ["address", [ip(192, 0, 2, 1)], [["ip", "192.0.2.1"]], "valid"],
  ["address in a host name", [dns("192.0.2.1")], [["ip", "192.0.2.1"]], "name_mismatch"],
  ["address in IPv6", [ip(...Array.from({ length: 15 }, () => 0), 1)], [["ip", "::1"]], "valid"],
  ["mailbox", [mailbox("a@example.jp")], [["email", "a@Example.JP"]], "valid"],
  ["mailbox in other letters", [mailbox("a@example.jp")], [["email", "A@example.jp"]], "name_mismatch"],
  ["mailbox for a host", [mailbox("a@example.jp")], [["dns", "example.jp"]], "name_mismatch"],
  ["all of several", [dns("a.jp"), mailbox("a@a.jp")], [["dns", "a.jp"], ["email", "a@a.jp"]], "valid"],
  ["one of several missing", [dns("a.jp")], [["dns", "a.jp"], ["email", "a@a.jp"]], "name_mismatch"],
  ["mailbox with two at signs", [mailbox("a@b@example.jp")], [], "malformed_certificate"],
  ["URI without scheme", [uri("//example.jp/")], [], "malformed_certificate"],
  ["empty host", [dns("")], [], "malformed_certificate"],
])("%s", (_, presented, wanted, code) => {
  const extensions = presented.length === 0 ? [] : [subjectAltName(...presented)];
  const peerNames = wanted.map(([kind, text]) => orThrow(readPeerName(kind, text)));
  const verdict = validatePath({ ...makeChain({}, { subject: name(["CN", "leaf.example"]), extensions }), time: now, peerNames });
  expect(verdict.valid ? "valid" : verdict.code).toBe(code);
});

test.each([
  ["ip", "192.0.2"],
  ["ip", "192.0.2.256"],
  ["ip", "192.0.2.01"],
  ["ip", "example.jp"],
  ["email", "example.jp"],
  ["email", "@example.jp"],
] as const)("no name of kind %s: %s", (kind, text) => {
  expect(readPeerName(kind, text)).toMatchObject({ code: "invalid_request" });
});

test.each([
  ["0.0.0.0", "00000000"],
  ["255.1.20.3", "ff011403"],
  ["::", "0".repeat(32)],
  ["::1", `${"0".repeat(31)}1`],
  ["2001:db8::8:800:200C:417a", "20010db80000000000080800200c417a"],
  ["1:2:3:4:5:6:7:8", "00010002000300040005000600070008"],
  ["::ffff:192.0.2.1", "00000000000000000000ffffc0000201"],
  ["1::", `0001${"0".repeat(28)}`],
  ["1:2:3:4:5:6:7", null],
  ["1:2:3:4:5:6:7:8:9", null],
  ["1::2::3", null],
  ["1:2:3:4::5:6:7:8", null],
  ["12345::", null],
  [":1", null],
  ["::192.0.2.1:1", null],
  ["::g", null],
  ["", null],
])("address %s", (text, octets) => {
  const read = readIpAddress(text);
  expect(read === null ? null : Buffer.from(read).toString("hex")).toBe(octets);
});

test.each([
  ["a", true],
  ["xn--a-b.example.jp", true],
  ["1.2.3.4", true],
  [`${"a".repeat(63)}.jp`, true],
  [`${"a".repeat(64)}.jp`, false],
  [`${"a.".repeat(127)}jp`, false],
  ["-a.jp", false],
  ["a-.jp", false],
  ["a..jp", false],
  [" ", false],
])("host name %s", (text, expected) => {
  expect(isHostName(text)).toBe(expected);
});

test.each([
  ['"a@b"@example.jp', "example.jp"],
  ["a.b+c@Example.jp", "example.jp"],
  ["a..b@example.jp", null],
  ["a b@example.jp", null],
  ["a@[192.0.2.1]", null],
])("mailbox %s", (text, host) => {
  expect(readMailbox(text)?.host ?? null).toBe(host);
});

test.each([
  ["https://example.jp", "example.jp"],
  ["https://a@b@example.jp:8443/c", "example.jp"],
  ["https://[2001:db8::1]/", null],
  ["https:///path", null],
  ["mailto:a@example.jp", null],
])("host of %s", (text, host) => {
  expect(hostOfUri(text)).toBe(host);
});

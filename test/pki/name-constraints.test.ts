import { expect, test } from "vitest";
import { attributeOid } from "../../src/pki/oid.ts";
import { validatePath } from "../../src/pki/path.ts";
import { now } from "../certificates/authority.ts";
import { type Link, makeChain } from "../certificates/chain.ts";
import { directoryName, dns, ip, mailbox, nameConstraints, nameConstraintsOf, otherName, registeredId, subjectAltName, subtree, uri } from "../certificates/constraints.ts";
import { ia5String, oid, printableString, sequence, set } from "../certificates/der-writer.ts";
import { name } from "../certificates/names.ts";
import { endsWithin } from "./mutate.ts";

/** Name constraints (RFC 5280 4.2.1.10, 6.1.3 (b), (c), 6.1.4 (g)). */

type Bases = readonly Uint8Array[];
const permits = (...permitted: Bases): Link => ({ extensions: [nameConstraints({ permitted })] });
const excludes = (...excluded: Bases): Link => ({ extensions: [nameConstraints({ excluded })] });
const named = (...names: Bases): Link => ({ extensions: [subjectAltName(...names)] });
const called = (subject: Uint8Array): Link => ({ subject });
const plain: Link = {};

function outcome(...links: readonly Link[]): string {
  const verdict = validatePath({ ...makeChain(...links), time: now });
  return verdict.valid ? "valid" : verdict.code;
}

const refused = "name_constraint_violated";
const tokyo = name(["C", "JP"], ["O", "Tokyo"]);
const inTokyo = name(["C", "JP"], ["O", "Tokyo"], ["CN", "a"]);
const inOsaka = name(["C", "JP"], ["O", "Osaka"], ["CN", "a"]);
const withMailbox = (text: string) => sequence(set(sequence(oid(attributeOid.emailAddress), ia5String(text))));
const network = (...octets: readonly number[]) => ip(...octets);
const v6 = (last: number) => ip(...Array.from({ length: 15 }, () => 0x20), last);
const v6Network = (bits: number) => ip(...Array.from({ length: 16 }, () => 0x20), ...Array.from({ length: 16 }, (_, octet) => (0xff00 >> Math.min(8, Math.max(0, bits - 8 * octet))) & 0xff));

type Row = readonly [name: string, authority: Link, leaf: Link, code: string];

const directories: readonly Row[] = [
  ["within", permits(directoryName(tokyo)), called(inTokyo), "valid"],
  ["the base itself", permits(directoryName(tokyo)), called(tokyo), "valid"],
  ["elsewhere", permits(directoryName(tokyo)), called(inOsaka), refused],
  ["above", permits(directoryName(inTokyo)), called(tokyo), refused],
  ["one of two", permits(directoryName(inOsaka), directoryName(tokyo)), called(inTokyo), "valid"],
  ["another string type, letter case and spaces", permits(directoryName(name(["C", "JP"], ["O", printableString("  TOKYO ")]))), called(inTokyo), "valid"],
  ["a value that begins like the base's", permits(directoryName(tokyo)), called(name(["C", "JP"], ["O", "Tokyo2"])), refused],
  ["excluded", excludes(directoryName(tokyo)), called(inTokyo), refused],
  ["not excluded", excludes(directoryName(tokyo)), called(inOsaka), "valid"],
  ["subject within, alternative name not", permits(directoryName(tokyo)), { subject: inTokyo, extensions: [subjectAltName(directoryName(inOsaka))] }, refused],
  ["subject not within, alternative name is", permits(directoryName(tokyo)), { subject: inOsaka, extensions: [subjectAltName(directoryName(inTokyo))] }, refused],
  ["empty base is every name", excludes(directoryName(name())), called(inTokyo), refused],
  ["no subject at all", permits(directoryName(tokyo)), { subject: name(), extensions: [{ ...subjectAltName(dns("a.example")), critical: true }] }, "valid"],
];

const hosts: readonly Row[] = [
  ["the host", permits(dns("example.jp")), named(dns("example.jp")), "valid"],
  ["below", permits(dns("example.jp")), named(dns("a.b.EXAMPLE.jp")), "valid"],
  ["ends alike", permits(dns("example.jp")), named(dns("notexample.jp")), refused],
  ["second name elsewhere", permits(dns("example.jp")), named(dns("a.example.jp"), dns("example.org")), refused],
  ["excluded", excludes(dns("example.jp")), named(dns("a.example.jp")), refused],
  ["not excluded", excludes(dns("a.example.jp")), named(dns("example.jp")), "valid"],
  ["permitted and excluded", { extensions: [nameConstraints({ permitted: [dns("example.jp")], excluded: [dns("a.example.jp")] })] }, named(dns("a.example.jp")), refused],
  ["wildcard within", permits(dns("example.jp")), named(dns("*.example.jp")), "valid"],
  ["wildcard wider than permitted", permits(dns("a.example.jp")), named(dns("*.example.jp")), refused],
  ["wildcard that covers an excluded host", excludes(dns("a.example.jp")), named(dns("*.example.jp")), refused],
  ["wildcard beside an excluded host", excludes(dns("a.example.jp")), named(dns("*.example.org")), "valid"],
  ["wildcard one label short of an excluded host", excludes(dns("a.b.example.jp")), named(dns("*.example.jp")), "valid"],
  ["empty base excludes every host", excludes(dns("")), named(dns("example.jp")), refused],
  ["other forms are free", permits(dns("example.jp")), named(ip(192, 0, 2, 1)), "valid"],
  ["base with a wildcard", permits(dns("*.example.jp")), named(dns("a.example.jp")), "malformed_certificate"],
  ["base with a period before it", permits(dns(".example.jp")), named(dns("a.example.jp")), "malformed_certificate"],
];

const mailboxes: readonly Row[] = [
  ["the mailbox", permits(mailbox("a@example.jp")), named(mailbox("a@EXAMPLE.jp")), "valid"],
  ["letter case before the at sign", permits(mailbox("a@example.jp")), named(mailbox("A@example.jp")), refused],
  ["on the host", permits(mailbox("example.jp")), named(mailbox("a@example.jp")), "valid"],
  ["below the host", permits(mailbox("example.jp")), named(mailbox("a@b.example.jp")), refused],
  ["in the domain", permits(mailbox(".example.jp")), named(mailbox("a@b.example.jp")), "valid"],
  ["the domain's own host", permits(mailbox(".example.jp")), named(mailbox("a@example.jp")), refused],
  ["asterisk means itself", permits(mailbox("*@example.jp")), named(mailbox("a@example.jp")), refused],
  ["excluded", excludes(mailbox("example.jp")), named(mailbox("a@example.jp")), refused],
  ["in the subject, permitted", permits(mailbox("example.jp")), called(withMailbox("a@example.jp")), "valid"],
  ["in the subject, not permitted", permits(mailbox("example.jp")), called(withMailbox("a@example.org")), refused],
  ["in the subject, excluded", excludes(mailbox("example.jp")), called(withMailbox("a@example.jp")), refused],
  ["in the subject, none at all", excludes(mailbox("example.jp")), called(withMailbox("example.jp")), refused],
  ["base with two at signs", permits(mailbox("a@b@example.jp")), plain, "malformed_certificate"],
  ["empty base", permits(mailbox("")), plain, "malformed_certificate"],
];

const resources: readonly Row[] = [
  ["host", permits(uri("a.example.jp")), named(uri("https://u@A.example.jp:443/x?y#z")), "valid"],
  ["host below", permits(uri("example.jp")), named(uri("https://a.example.jp/")), refused],
  ["domain", permits(uri(".example.jp")), named(uri("ldap://a.example.jp")), "valid"],
  ["domain's own host", permits(uri(".example.jp")), named(uri("https://example.jp/")), refused],
  ["host in the path", permits(uri("example.jp")), named(uri("https://evil.example/@example.jp")), refused],
  ["excluded", excludes(uri("example.jp")), named(uri("https://example.jp/")), refused],
  ["excluded, but without a host", excludes(uri("example.jp")), named(uri("urn:example:jp")), refused],
  ["excluded, but host by address", excludes(uri("example.jp")), named(uri("https://192.0.2.1/")), refused],
];

const addresses: readonly Row[] = [
  ["within", permits(network(192, 0, 2, 0, 255, 255, 255, 0)), named(ip(192, 0, 2, 77)), "valid"],
  ["outside", permits(network(192, 0, 2, 0, 255, 255, 255, 0)), named(ip(192, 0, 3, 77)), refused],
  ["excluded", excludes(network(192, 0, 2, 0, 255, 255, 255, 0)), named(ip(192, 0, 2, 77)), refused],
  ["everything excluded", excludes(network(0, 0, 0, 0, 0, 0, 0, 0)), named(ip(192, 0, 2, 77)), refused],
  ["IPv6 within", permits(v6Network(124)), named(v6(0x2f)), "valid"],
  ["IPv6 outside", permits(v6Network(124)), named(v6(0x30)), refused],
  ["IPv6 where IPv4 is permitted", permits(network(192, 0, 2, 0, 255, 255, 255, 0)), named(v6(1)), refused],
  ["mask with a hole", permits(network(192, 0, 2, 0, 255, 0, 255, 0)), plain, "malformed_certificate"],
  ["address without mask", permits(ip(192, 0, 2, 1)), plain, "malformed_certificate"],
  ["name of eight octets", permits(network(0, 0, 0, 0, 0, 0, 0, 0)), named(ip(1, 2, 3, 4, 255, 255, 255, 255)), "malformed_certificate"],
];

const others: readonly Row[] = [
  ["form not processed, present", excludes(otherName("1.3.9.1", "a")), named(otherName("1.3.9.2", "b")), refused],
  ["form not processed, permitted", permits(registeredId("1.3.9.1")), named(registeredId("1.3.9.1")), refused],
  ["form not processed, absent", excludes(otherName("1.3.9.1", "a")), named(dns("example.jp")), "valid"],
  ["minimum", { extensions: [nameConstraintsOf({ permitted: [subtree(dns("example.jp"), 1)] })] }, named(dns("a.example.jp")), refused],
  ["maximum", { extensions: [nameConstraintsOf({ permitted: [subtree(dns("example.jp"), undefined, 5)] })] }, named(dns("a.example.jp")), refused],
  ["minimum of a form that is absent", { extensions: [nameConstraintsOf({ permitted: [subtree(dns("example.jp"), 1)] })] }, plain, "valid"],
  ["minimum 0 encoded", { extensions: [nameConstraintsOf({ permitted: [subtree(dns("example.jp"), 0)] })] }, plain, "malformed_certificate"],
  ["nothing constrained", permits(), plain, "malformed_certificate"],
  ["not critical", { extensions: [{ ...nameConstraints({ permitted: [dns("example.jp")] }), critical: false }] }, named(dns("example.jp")), "malformed_certificate"],
  ["in the leaf", plain, permits(dns("example.jp")), "malformed_certificate"],
];

test.each<Row>([...directories, ...hosts, ...mailboxes, ...resources, ...addresses, ...others])("%s", (_, authority, leaf, code) => {
  expect(outcome(plain, authority, leaf)).toBe(code);
});

test.each<readonly [string, readonly Link[], string]>([
  ["of the pinned authority", [excludes(dns("example.jp")), plain, named(dns("example.jp"))], refused],
  ["two authorities: what both permit", [plain, permits(dns("example.jp")), permits(dns("a.example.jp")), named(dns("a.example.jp"))], "valid"],
  ["two authorities: narrowed", [plain, permits(dns("example.jp")), permits(dns("a.example.jp")), named(dns("b.example.jp"))], refused],
  ["two authorities: not widened", [plain, permits(dns("a.example.jp")), permits(dns("example.jp")), named(dns("b.example.jp"))], refused],
  ["an authority's own name", [plain, excludes(dns("example.jp")), named(dns("example.jp")), plain], refused],
  ["an authority may be outside what it permits itself", [plain, { extensions: [nameConstraints({ permitted: [dns("a.jp")] }), subjectAltName(dns("b.jp"))] }, named(dns("a.jp"))], "valid"],
  ["a self-issued authority is free", [plain, excludes(dns("example.jp")), { selfIssued: true, extensions: [subjectAltName(dns("example.jp"))] }, plain], "valid"],
  ["a self-issued leaf is not", [plain, excludes(dns("example.jp")), { selfIssued: true, extensions: [subjectAltName(dns("example.jp"))] }], refused],
])("%s", (_, links, code) => {
  expect(outcome(...links)).toBe(code);
});

test("many names under many constraints", () => {
  const bases = Array.from({ length: 700 }, (_, index) => dns(`n${index}.example`));
  const request = { ...makeChain(plain, excludes(...bases), named(...Array.from({ length: 900 }, (_, index) => dns(`m${index}.jp`)))), time: now };
  const verdict = validatePath(request);
  expect(verdict.valid ? "valid" : verdict.code).toBe("path_too_complex");
  expect(endsWithin(50, () => validatePath(request))).toBe(true);
});

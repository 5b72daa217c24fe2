import { expect, test } from "vitest";
import { validatePath } from "../../src/pki/path.ts";
import { type Authority, makeAuthority, now, year } from "../certificates/authority.ts";
import { buildCertificate, keyIdentifierOf } from "../certificates/certificate.ts";
import { authorityKeyIdentifier, basicConstraints, keyUsage } from "../certificates/extensions.ts";
import { testKey } from "../certificates/keys.ts";
import { name } from "../certificates/names.ts";

/** Certificates sent to make the search long: it ends, soon, with a code. */

const slowestMs = 50;
const root = makeAuthority({ subject: name(["CN", "root"]), key: testKey("p256", "root") });
const authority = (label: string, by?: Authority): Authority =>
  makeAuthority({ subject: name(["CN", label]), key: testKey("p256", label), ...(by === undefined ? {} : { by }) });
const leafBelow = (by: Authority): Uint8Array =>
  buildCertificate({
    issuer: by.subject,
    subject: name(["CN", "leaf"]),
    notBefore: now - year,
    notAfter: now + year,
    spki: testKey("p256", "leaf").spki,
    extensions: [authorityKeyIdentifier(by.keyIdentifier)],
    signer: by.key,
  });

function chain(length: number, top: Authority): readonly Authority[] {
  const authorities = [top];
  for (let level = 1; level <= length; level += 1) authorities.push(authority(`level ${level}`, authorities[level - 1]));
  return authorities.slice(1);
}

/** Two authorities that certify each other. */
const x = authority("X");
const y = authority("Y");
const cycle = [authority("X", y), authority("Y", x)];

/** Every authority certifies every other: as many ways as there are orders. */
const names = Array.from({ length: 7 }, (_, index) => `mesh ${index}`);
const members = names.map((label) => authority(label));
const mesh = members.flatMap((_, at) => members.filter((_, index) => index !== at).map((issuer) => authority(names[at] ?? "", issuer)));

/** Many authorities of one name without key identifiers: nothing tells which key it was. */
const twins = Array.from({ length: 60 }, (_, index) => {
  const key = testKey("p256", `twin ${index % 40}`);
  return makeAuthority({ subject: name(["CN", "twin"]), key, by: root, serialNumber: index + 1, extensions: [basicConstraints(true), keyUsage("keyCertSign")] });
});
/** As many of the slowest curve: a check by each costs twenty times what one by P-256 does. */
const slowTwins = Array.from({ length: 40 }, (_, index) =>
  makeAuthority({ subject: name(["CN", "twin"]), key: testKey("p521", `twin ${index}`), by: root, serialNumber: index + 1, extensions: [basicConstraints(true), keyUsage("keyCertSign")] }),
);
const slowLeaf = buildCertificate({
  issuer: name(["CN", "twin"]), subject: name(["CN", "leaf"]), notBefore: now - year, notAfter: now + year, spki: testKey("p256", "leaf").spki,
  extensions: [], signer: testKey("p521", "stranger"),
});
const twinLeaf = buildCertificate({
  issuer: name(["CN", "twin"]),
  subject: name(["CN", "leaf"]),
  notBefore: now - year,
  notAfter: now + year,
  spki: testKey("p256", "leaf").spki,
  extensions: [authorityKeyIdentifier(keyIdentifierOf(testKey("p256", "stranger")))],
  signer: testKey("p256", "stranger"),
});

const eight = chain(8, root);
const nine = chain(9, root);
const hundred = chain(100, root);
const a = authority("A", root);
const lost = chain(12, authority("lost"));
const last = (authorities: readonly Authority[]): Authority => authorities.at(-1) ?? root;

test.each<readonly [string, Uint8Array, readonly Authority[], string]>([
  ["8 intermediates", leafBelow(last(eight)), eight, "valid"],
  ["9 intermediates", leafBelow(last(nine)), nine, "path_too_complex"],
  ["12 intermediates to nowhere", leafBelow(last(lost)), lost, "path_too_complex"],
  ["100 intermediates", leafBelow(last(hundred)), hundred, "path_too_complex"],
  ["64 of 100 intermediates, those next to the leaf", leafBelow(last(hundred)), hundred.slice(-64), "path_too_complex"],
  ["one intermediate, and 63 of no use before it", leafBelow(a), [...hundred.slice(0, 63), a], "valid"],
  ["one intermediate, and 64 of no use before it", leafBelow(a), [...hundred.slice(0, 64), a], "path_too_complex"],
  ["two authorities that certify each other", leafBelow(x), cycle, "untrusted_issuer"],
  ["a mesh of authorities", leafBelow(members[0] ?? x), mesh, "path_too_complex"],
  ["40 authorities of one name", twinLeaf, twins, "path_too_complex"],
  ["40 authorities of one name and P-521", slowLeaf, slowTwins, "path_too_complex"],
])("%s", (_, certificate, intermediates, code) => {
  const request = { certificate, intermediates: intermediates.map((each) => each.certificate), trustAnchors: [root.certificate], time: now };
  validatePath(request);
  const start = process.cpuUsage();
  const verdict = validatePath(request);
  expect(process.cpuUsage(start).user / 1000).toBeLessThan(slowestMs);
  expect(verdict.valid ? "valid" : verdict.code).toBe(code);
});

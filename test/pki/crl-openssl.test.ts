import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { authority, judgeByCrl } from "./crl-world.ts";
import { certificatePem, hasOpenssl, indexLine, keyPem, opensslFolder } from "./openssl.ts";
import { authorityCrl, reasonCode } from "../certificates/crl-factory.ts";
import { jpkiCertificate } from "../certificates/jpki.ts";

/** openssl's CRLs judged by us, and the CRLs of our tests read by openssl. */

const folder = opensslFolder();
// openssl makes CRLs at the machine's time.
const time = Math.floor(Date.now() / 1000);
const serials = { good: 0x1001, revoked: 0x1002, hold: 0x1003 } as const;

const configuration = (city: string) => `
[ca]
default_ca = test
[test]
database = index.txt
crlnumber = crlnumber
default_md = sha256
default_crl_days = 1
crl_extensions = crl
[crl]
authorityKeyIdentifier = keyid
issuingDistributionPoint = critical, @point
[point]
fullname = dirName:municipality
[municipality]
C = JP
O = JPKI
1.OU = CRL Distribution Points
2.OU = Tokyo
CN = ${city} CRLDP
`;

function crlOf(city: string): Uint8Array {
  folder.write("ca.cnf", configuration(city));
  folder.write("crlnumber", "07\n");
  folder.write("authority.pem", certificatePem(authority.certificate));
  folder.write("authority.key", keyPem(authority.key));
  const lines = [indexLine(serials.good), indexLine(serials.revoked, "260101000000Z,superseded"), indexLine(serials.hold, "260101000000Z,certificateHold")];
  folder.write("index.txt", `${lines.join("\n")}\n`);
  folder.run("ca", "-config", "ca.cnf", "-gencrl", "-cert", "authority.pem", "-keyfile", "authority.key", "-out", "crl.pem");
  folder.run("crl", "-in", "crl.pem", "-outform", "DER", "-out", "crl.der");
  return Uint8Array.from(readFileSync(folder.file("crl.der")));
}

const rows = [
  ["good", "Chiyoda-ku", serials.good, "good"],
  ["revoked", "Chiyoda-ku", serials.revoked, "revoked"],
  ["hold", "Chiyoda-ku", serials.hold, "hold"],
  ["of another municipality", "Minato-ku", serials.good, "crl_scope_mismatch"],
] as const;

test.skipIf(!hasOpenssl).each(rows)("openssl's CRL: %s", (_, city, serialNumber, expected) => {
  expect(judgeByCrl(crlOf(city), { certificate: jpkiCertificate({ serialNumber }), time })).toBe(expected);
});

test.skipIf(!hasOpenssl)("openssl accepts the CRLs our tests make", () => {
  folder.write("authority.pem", certificatePem(authority.certificate));
  folder.write("ours.der", authorityCrl(authority, { entries: [{ serialNumber: 5, extensions: [reasonCode(6)] }] }));
  // Its exit code is 0 either way.
  expect(folder.run("crl", "-inform", "DER", "-in", "ours.der", "-CAfile", "authority.pem", "-noout")).toContain("verify OK");
});

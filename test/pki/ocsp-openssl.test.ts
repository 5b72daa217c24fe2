import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { certificatePem, hasOpenssl, indexLine, keyPem, opensslFolder } from "./openssl.ts";
import { authority, nonce } from "./ocsp-world.ts";
import { buildOcspRequest } from "../../src/pki/ocsp-request.ts";
import { verifyOcspResponse } from "../../src/pki/ocsp-response.ts";
import { jpkiCertificate } from "../certificates/jpki.ts";
import { now, year } from "../certificates/authority.ts";
import { parsed, responderCertificate, responderKey } from "../certificates/ocsp-factory.ts";

/** Our questions asked of openssl, its answers judged by us. */

const serials = { good: 0x1001, revoked: 0x1002, hold: 0x1003, unknown: 0x1004 } as const;
const issuer = parsed(authority.certificate);
// openssl answers at the machine's time.
const time = Math.floor(Date.now() / 1000);

type Hash = "sha1" | "sha256";
type Signer = "delegated" | "authority";
const rows = (Object.keys(serials) as (keyof typeof serials)[]).flatMap((expected) =>
  (["sha1", "sha256"] as const).flatMap((hash) => (["delegated", "authority"] as const).map((signer) => ({ expected, hash, signer }))),
);

const folder = opensslFolder();

function answerOf(serialNumber: number, hash: Hash, signer: Signer): Uint8Array {
  const certificate = parsed(jpkiCertificate({ serialNumber }));
  const isAuthority = signer === "authority";
  folder.write("request.der", buildOcspRequest({ certificate, issuer, nonce, hash }));
  folder.write("authority.pem", certificatePem(authority.certificate));
  folder.write("signer.pem", certificatePem(isAuthority ? authority.certificate : responderCertificate(authority, { notAfter: now + 4 * year })));
  folder.write("signer.key", keyPem(isAuthority ? authority.key : responderKey()));
  const lines = [indexLine(serials.good), indexLine(serials.revoked, "260101000000Z,keyCompromise"), indexLine(serials.hold, "260101000000Z,certificateHold")];
  folder.write("index.txt", `${lines.join("\n")}\n`);
  const files = ["-index", "index.txt", "-CA", "authority.pem", "-rsigner", "signer.pem", "-rkey", "signer.key"];
  const certificates = isAuthority ? ["-resp_no_certs"] : [];
  folder.run("ocsp", ...files, ...certificates, "-reqin", "request.der", "-respout", "response.der", "-ndays", "1", "-rmd", "sha256");
  return Uint8Array.from(readFileSync(folder.file("response.der")));
}

test.skipIf(!hasOpenssl).each(rows)("openssl's answer, signed by the $signer signer, CertID by $hash: $expected", ({ expected, hash, signer }) => {
  const response = answerOf(serials[expected], hash, signer);
  const certificate = parsed(jpkiCertificate({ serialNumber: serials[expected] }));
  const question = { response, certificate, issuer, time, nonce, nonceRequired: true, maximumAge: 600 };
  expect(verifyOcspResponse(question)).toMatchObject({ valid: true, value: { status: expected } });
  expect(verifyOcspResponse({ ...question, nonce: nonce.toReversed() })).toMatchObject({ code: "ocsp_nonce_mismatch" });
  expect(verifyOcspResponse({ ...question, time: time + 2 * 86_400, maximumAge: null })).toMatchObject({ code: "ocsp_not_fresh" });
});

import { beforeAll, describe, expect, test } from "vitest";
import { orThrow } from "../../../src/errors.ts";
import type { Verdict } from "../../../src/errors.ts";
import { productionPolicies, signatureProfile, userAuthenticationProfile, verifyJpkiCertificate } from "../../../src/jpki/index.ts";
import type { JpkiCertificate, JpkiPolicy, JpkiProfile } from "../../../src/jpki/index.ts";
import { parseCertificate } from "../../../src/pki/certificate.ts";
import { createStatusService } from "../../../src/revocation/index.ts";
import type { StatusService } from "../../../src/revocation/index.ts";
import type { PersonaId } from "../../../src/sandbox/jlis/personas/personas.ts";
import { authorityId } from "../../../src/sandbox/jlis/ca/certification-authority.ts";
import { bytesOf, useJlis } from "./fixture.ts";

/** The bridge's own verdict on each persona, over real HTTP: it knows nothing of a stand-in. */

const fixture = useJlis();

const policies: readonly JpkiPolicy[] = [
  { oid: "1.2.392.200149.8.5.1.3.30", medium: "card" },
  { oid: "1.2.392.200149.8.5.1.3.40", medium: "smartphone" },
];

async function verify(
  id: PersonaId,
  slot: "authentication" | "signature" = "authentication",
  profile: JpkiProfile = userAuthenticationProfile,
  accepted = policies,
): Promise<Verdict<JpkiCertificate>> {
  const image = (await fixture.jlis.personas.secureElement(id))[slot];
  if (image === null) throw new Error("empty slot");
  return verifyJpkiCertificate({
    certificate: bytesOf(image.certificate),
    intermediates: [bytesOf(image.caCertificate)],
    anchors: fixture.jlis.anchors(),
    profile,
    policies: accepted,
    time: fixture.now,
  });
}

test.each([
  ["good-phone", "smartphone"],
  ["good-card", "card"],
  ["next-generation", "smartphone"],
  ["revoked", "smartphone"],
  ["on-hold", "smartphone"],
  ["expired", "certificate_expired"],
  ["old-phone", "smartphone"],
  ["new-phone", "smartphone"],
  ["renewed", "card"],
  ["signature-certificate", "untrusted_issuer"],
  ["sub-ca-forgery", "untrusted_issuer"],
] as const)("path and profile of %s: %s", async (id, expected) => {
  const verdict = await verify(id);
  expect(verdict.valid ? verdict.value.medium : verdict.code).toBe(expected);
});

test.each(["good-card", "good-phone"] as const)("the signature certificate of %s has the signature profile", async (id) => {
  const accepted: readonly JpkiPolicy[] = [...productionPolicies.signature, { oid: "1.2.392.200149.8.5.1.1.40", medium: "smartphone" }];
  expect(await verify(id, "signature", signatureProfile, accepted)).toMatchObject({ valid: true });
});

describe.each(["ocsp", "crl"] as const)("status by %s", (source) => {
  let service: StatusService;
  beforeAll(() => {
    const { authority, ocspUrl, crlUrls } = fixture.jlis;
    const crls = authority.authorities.flatMap(({ use, generation, certificate }) => {
      const issuer = orThrow(parseCertificate(certificate));
      const part = `/crl/${authorityId(use, generation)}/`;
      return crlUrls.filter((url) => url.includes(part)).map((url) => ({ location: { url }, issuer }));
    });
    service = createStatusService({
      responders: source === "ocsp" ? [{ url: ocspUrl }] : [],
      crls: source === "crl" ? crls : [],
      clock: () => fixture.now,
    });
  });

  test.each([
    ["good-phone", "good"],
    ["good-card", "good"],
    ["next-generation", "good"],
    ["revoked", "revoked"],
    ["on-hold", "hold"],
    ["old-phone", "revoked"],
    ["new-phone", "good"],
    ["renewed", "good"],
  ] as const)("%s: %s", async (id, status) => {
    const { certificate, issuer } = orThrow(await verify(id));
    expect(orThrow(await service.check({ certificate, issuer }, fixture.now))).toMatchObject({ status, source });
  });
});

test("with OCSP down and stale CRLs the status is unavailable, never good", async () => {
  const { authority, faults, ocspUrl, crlUrls } = fixture.jlis;
  const issuer = orThrow(parseCertificate(authority.authority("user-authentication-1").certificate));
  const crls = crlUrls.filter((url) => url.includes("/user-authentication-1/")).map((url) => ({ location: { url }, issuer }));
  await faults.set({ ocspDown: true, staleCrl: true });
  const service = createStatusService({ responders: [{ url: ocspUrl }], crls, clock: () => fixture.now });
  const subject = orThrow(await verify("good-phone"));
  expect(await service.check(subject, fixture.now)).toMatchObject({ valid: false, code: "status_unavailable" });
  await faults.set({ ocspDown: false, staleCrl: false });
});

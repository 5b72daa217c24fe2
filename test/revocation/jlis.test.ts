import { expect, test } from "vitest";
import { createStatusService, type CrlSource, type StatusService, type StatusSubject } from "../../src/revocation/index.ts";
import type { PersonaId } from "../../src/sandbox/jlis/personas/personas.ts";
import { parsed } from "../certificates/ocsp-factory.ts";
import { bytesOf, certificateOf, crlUrlOf, useJlis } from "../sandbox/jlis/fixture.ts";

/** The status of the personas, asked of the J-LIS stand-in over its real protocols. */

const fixture = useJlis();
const people: readonly PersonaId[] = ["good-phone", "good-card", "next-generation", "revoked", "on-hold", "old-phone", "new-phone"];
const expected = ["good", "good", "good", "revoked", "hold", "revoked", "good"];

function subjectOf(id: PersonaId): StatusSubject {
  const issued = certificateOf(fixture, id);
  return { certificate: parsed(bytesOf(issued.certificate)), issuer: parsed(fixture.jlis.authority.issuerOf(issued).certificate) };
}

function service(sources: "ocsp" | "crl" | "both"): StatusService {
  const crls = people.map((id): CrlSource => ({ location: { url: crlUrlOf(fixture, certificateOf(fixture, id)) }, issuer: subjectOf(id).issuer, refreshSeconds: 60 }));
  const responders = [{ url: fixture.jlis.ocspUrl }];
  return createStatusService({ responders: sources === "crl" ? [] : responders, crls: sources === "ocsp" ? [] : crls, clock: () => fixture.now, totalDeadlineMs: 2000 });
}

async function outcomeOf(status: StatusService, id: PersonaId): Promise<string> {
  const verdict = await status.check(subjectOf(id), fixture.now);
  return verdict.valid ? `${verdict.value.status} by ${verdict.value.source}` : verdict.code;
}

test.each(["ocsp", "crl"] as const)("every persona by %s", async (source) => {
  const status = service(source);
  const outcomes: string[] = [];
  for (const id of people) outcomes.push(await outcomeOf(status, id));
  expect(outcomes).toEqual(expected.map((state) => `${state} by ${source}`));
});

test("OCSP down, then a stale CRL: the CRL in memory lasts to its nextUpdate, and then nobody is let in", async () => {
  const status = service("both");
  await fixture.jlis.faults.set({ ocspDown: true });
  expect(await outcomeOf(status, "good-phone")).toBe("good by crl");
  await fixture.jlis.faults.set({ staleCrl: true });
  fixture.now += 3600;
  expect(await outcomeOf(status, "good-phone")).toBe("good by crl");
  fixture.now += 86_400;
  expect(await outcomeOf(status, "good-phone")).toBe("status_unavailable");
  await fixture.jlis.faults.set({ ocspDown: false, staleCrl: false });
  expect(await outcomeOf(status, "good-phone")).toBe("good by ocsp");
});

test("hold, release and revocation are seen", async () => {
  const status = service("ocsp");
  const seen: string[] = [];
  for (const operation of ["hold", "release", "revoke"] as const) {
    await fixture.jlis.personas.operate("good-card", operation);
    seen.push(await outcomeOf(status, "good-card"));
    fixture.now += 300;
  }
  expect(seen).toEqual(["hold by ocsp", "good by ocsp", "revoked by ocsp"]);
});

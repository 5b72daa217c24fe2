import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { toHex } from "../../src/bytes.ts";
import { asIdentifier, type EvidenceId } from "../../src/identifiers.ts";
import { certificateContext, keptStatusAnswer } from "../../src/people/index.ts";
import { type Certificate, parseCertificate } from "../../src/pki/certificate.ts";
import { sha256 } from "../../src/pki/digest.ts";
import { verifyOcspResponse } from "../../src/pki/ocsp-response.ts";
import { validatePath } from "../../src/pki/path.ts";
import { enrolAndSignIn, newPerson } from "../support/journey.ts";
import { registerRelyingParty } from "../support/relying-party.ts";
import { startWorld, type World } from "../support/world.ts";

/** An auditor, years later, with the database, its keys and the pinned authorities: was that certificate really good then? */

let world: World;
let answer: Uint8Array;
let certificate: Certificate;
let issuer: Certificate;
let receipt: { at: number; detail: Record<string, unknown> };

beforeAll(async () => {
  world = await startWorld();
  await enrolAndSignIn(world, newPerson(), await registerRelyingParty(world));
  const { read, sealing } = world.bridge.storage;
  const row = await read.evidence.findFirst();
  const written = await read.receipt.findFirst({ where: { kind: "evidence_verified" } });
  if (row === null || written === null) throw new Error("no evidence");
  const id = asIdentifier<EvidenceId>(row.id);
  receipt = { at: written.at.getTime() / 1000, detail: JSON.parse(written.detail) as Record<string, unknown> };
  answer = (await keptStatusAnswer(read, sealing, String(receipt.detail["status_answer_sha256"]))) ?? new Uint8Array();
  const leaf = parseCertificate(sealing.open(row.sealedCertificate, certificateContext(id)));
  if (!leaf.valid) throw new Error(leaf.code);
  const path = validatePath({ certificate: leaf.value.der, trustAnchors: world.bridge.providerPorts.anchors.userAuthentication, time: receipt.at, requireKeyIdentifiers: false });
  if (!path.valid) throw new Error(path.code);
  ({ certificate, issuer } = path.value);
});
afterAll(() => world.close());

/** The verdict on an archived answer as it was at a time: whose nonce it carries is past telling. */
function replayed(response: Uint8Array, time = receipt.at): string {
  const verdict = verifyOcspResponse({ response, certificate, issuer, time, nonce: null, nonceRequired: false, maximumAge: null });
  return verdict.valid ? verdict.value.status : verdict.code;
}

describe("the archived answer", () => {
  test("says good at the time of the receipt, which names its digest and the policy", () => {
    expect(replayed(answer)).toBe("good");
    expect(receipt.detail).toMatchObject({
      status: "good", status_source: "ocsp", status_answer_sha256: toHex(sha256(answer)), assurance_policy: world.bridge.providerPorts.assurance.version,
    });
  });

  test("says nothing of another time", () => {
    expect([replayed(answer, receipt.at - 3600), replayed(answer, receipt.at + 10 * 365 * 86_400)]).not.toContain("good");
  });

  test("with a bit of any octet changed is refused, and is no longer what the receipt names", () => {
    const believed: number[] = [];
    for (let at = 0; at < answer.length; at += 1) {
      const changed = Uint8Array.from(answer);
      changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8));
      if (replayed(changed) === "good") believed.push(at);
      expect(toHex(sha256(changed))).not.toBe(receipt.detail["status_answer_sha256"]);
    }
    expect(believed).toEqual([]);
  });

  test("stands in no receipt, and none of it in the log", async () => {
    const rows = await world.bridge.storage.read.receipt.findMany();
    expect(rows.filter(({ detail }) => Object.values(JSON.parse(detail) as Record<string, unknown>).some((value) => String(value).length > 200))).toEqual([]);
    expect(world.logs.join("\n")).not.toContain(Buffer.from(answer).toString("base64").slice(0, 64));
  });
});

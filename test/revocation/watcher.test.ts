import { monitorEventLoopDelay } from "node:perf_hooks";
import { expect, test } from "vitest";
import { authority, issuer } from "./world.ts";
import { parseCrl } from "../../src/pki/crl.ts";
import { type VerifiedCrl, verifyCrl } from "../../src/pki/crl-verification.ts";
import { BoundSerialsBuilder, findFallen } from "../../src/revocation/fallen.ts";
import { type BoundCertificate, findFallenEvidence } from "../../src/revocation/watcher.ts";
import { now } from "../certificates/authority.ts";
import { authorityCrl, reasonCode } from "../certificates/crl-factory.ts";
import { der } from "../certificates/der-writer.ts";
import { jpkiAuthorityName } from "../certificates/jpki.ts";
import { generatedCrl, generatedSerial } from "../pki/crl-generator.ts";

/** Bound certificates against new CRLs: who falls, and that nobody else waits for it. */

function verified(crl: Uint8Array): VerifiedCrl {
  const parsed = parseCrl(crl);
  if (!parsed.valid) throw new Error(parsed.at);
  const verdict = verifyCrl({ crl: parsed.value, issuer, time: now });
  if (!verdict.valid) throw new Error(verdict.at);
  return verdict.value;
}

const octets = (...contents: readonly number[]) => Uint8Array.from(contents);
const listing = (...serials: readonly Uint8Array[]) =>
  verified(authorityCrl(authority, { entries: serials.map((serial, index) => ({ serialNumber: der(2, serial), extensions: [reasonCode(index % 2 === 0 ? 1 : 6)] })) }));
const bound = (evidence: string, serialNumber: Uint8Array, issuerDer = authority.subject): BoundCertificate<string> => ({ evidence, issuer: issuerDer, serialNumber });

const twenty = octets(0x7f, ...Array<number>(19).fill(0xff));
const serials: readonly (readonly [name: string, listed: Uint8Array, boundSerial: Uint8Array, falls: boolean])[] = [
  ["one octet", octets(5), octets(5), true],
  ["another", octets(5), octets(6), false],
  ["top bit set", octets(0, 0xff), octets(0, 0xff), true],
  ["negative of the same octet", octets(0, 0xff), octets(0xff), false],
  ["four octets with the top bit", octets(0, 0x80, 0, 0, 1), octets(0, 0x80, 0, 0, 1), true],
  ["the same four octets, negative", octets(0, 0x80, 0, 0, 1), octets(0x80, 0, 0, 1), false],
  ["20 octets", twenty, twenty, true],
  ["longer than any listed, the same end", octets(5), octets(1, 0, 0, 0, 5), false],
  ["shorter than any listed, the same end", octets(1, 0, 0, 0, 5), octets(5), false],
  ["longer than a serial number may be", twenty, octets(1, ...twenty), false],
];

test.each(serials)("%s", (_, listed, boundSerial, falls) => {
  const builder = new BoundSerialsBuilder();
  builder.add(octets(0x33));
  expect(builder.add(boundSerial)).toBe(1);
  const matches = findFallen({ bound: builder.finish(), index: listing(listed).entries.revoked.table });
  expect(matches).toEqual(falls ? [{ bound: 1, entry: 0 }] : []);
});

test("evidence falls with what the CRL says of it; another issuer's does not", async () => {
  const certificates = [
    bound("kept", octets(1)),
    bound("revoked", octets(2)),
    bound("held", octets(3)),
    bound("of another issuer", octets(2), jpkiAuthorityName("signature")),
    bound("revoked as well", octets(2)),
  ];
  const crls = [listing(octets(2), octets(3)), listing(octets(9))];
  const expected = [
    { evidence: "revoked", status: "revoked", revokedAt: now - 86_400, reason: "keyCompromise" },
    { evidence: "held", status: "hold", revokedAt: now - 86_400, reason: "certificateHold" },
    { evidence: "revoked as well", status: "revoked", revokedAt: now - 86_400, reason: "keyCompromise" },
  ];
  expect(await findFallenEvidence(crls, certificates)).toEqual(expected);
  const pages = async function* () {
    await Promise.resolve();
    yield* certificates;
  };
  expect(await findFallenEvidence(crls, pages())).toEqual(expected);
});

test.each([
  ["no CRL", [], [bound("a", octets(1))]],
  ["nothing bound", [listing(octets(1))], []],
  ["an empty CRL", [verified(authorityCrl(authority))], [bound("a", octets(1))]],
] as const)("nobody falls: %s", async (_, crls, certificates) => {
  expect(await findFallenEvidence(crls, certificates)).toEqual([]);
});

test("1,000,000 bound certificates against 1,000,000 entries: under 5 s, and the event loop goes on", async () => {
  const count = 1_000_000;
  const crl = verified(generatedCrl(authority, count));
  // Every 1,000th is listed.
  const many = function* () {
    for (let index = 0; index < count; index += 1) yield { evidence: index, issuer: authority.subject, serialNumber: generatedSerial(index % 1000 === 0 ? index : count + index) };
  };
  const delay = monitorEventLoopDelay({ resolution: 5 });
  const start = performance.now();
  delay.enable();
  const fallen = await findFallenEvidence([crl], many());
  delay.disable();
  expect(fallen).toHaveLength(1000);
  expect(fallen.slice(0, 3).map(({ evidence }) => evidence)).toEqual([0, 1000, 2000]);
  expect(performance.now() - start).toBeLessThan(5000);
  expect(delay.percentile(99) / 1e6).toBeLessThan(100);
});

import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { type Certificate, parseCertificate } from "../../src/pki/certificate.ts";
import { parseCrl } from "../../src/pki/crl.ts";
import { toBase64 } from "../../src/bytes.ts";
import { runCli } from "../cli/run-cli.ts";
import { type PkitsSetting, pkitsSettings } from "./pkits-settings.ts";

/**
 * NIST PKITS through the batch command, with all its CRLs. It is not part of this project: the environment
 * variable PKITS_DATA is the directory with `certs` and `crls`.
 */

const directory = process.env["PKITS_DATA"];
// A suite that skips says so (and why).
if (directory === undefined) process.stderr.write("skipped: NIST PKITS, for PKITS_DATA does not say where its certs and crls are\n");

const isEndEntity = (file: string): boolean => /Test\d+(?:EE)?$/.test(file);
const anchor = "TrustAnchorRootCertificate";

function filesOf(folder: string): ReadonlyMap<string, Uint8Array> {
  const root = path.join(directory ?? "", folder);
  return new Map(readdirSync(root).sort().map((file) => [file.replace(/\.\w+$/, ""), Uint8Array.from(readFileSync(path.join(root, file)))]));
}

/** Everything that could play a part for one end entity: issuers upwards, whatever signs CRLs, their CRLs. */
function suite() {
  const files = filesOf("certs");
  const authorities = [...files].filter(([file]) => !isEndEntity(file) && file !== anchor).map(([, der]) => ({ der, read: parseCertificate(der, "either") }));
  const readable = authorities.flatMap(({ der, read }) => (read.valid ? [{ der, certificate: read.value }] : []));
  const crls = [...filesOf("crls").values()].map((der) => ({ der, read: parseCrl(der, undefined, { anySerialNumber: true }) }));
  return {
    files,
    partsFor(endEntity: Certificate) {
      const names = new Set([endEntity.issuer.comparable, ...crlIssuersOf(endEntity)]);
      for (let before = -1; before !== names.size; ) {
        before = names.size;
        for (const { certificate } of readable) if (names.has(certificate.subject.comparable)) names.add(certificate.issuer.comparable);
      }
      return {
        intermediates: readable.filter(({ certificate }) => names.has(certificate.subject.comparable)).map(({ der }) => toBase64(der)),
        crls: crls.filter(({ read }) => !read.valid || names.has(read.value.issuer.comparable)).map(({ der }) => toBase64(der)),
      };
    },
  };
}

function crlIssuersOf({ extensions }: Certificate): readonly string[] {
  const named = (extensions.cRLDistributionPoints ?? []).flatMap(({ cRLIssuer }) => cRLIssuer ?? []);
  return named.flatMap((name) => (name.kind === "directoryName" ? [name.name.comparable] : []));
}

test.runIf(directory !== undefined)("PKITS: every verdict as NIST has it", async () => {
  const { files, partsFor } = suite();
  const expected = new Map<string, boolean>();
  const lines: string[] = [];
  for (const [file, der] of files) {
    if (!isEndEntity(file)) continue;
    const parsed = parseCertificate(der, "either");
    const parts = parsed.valid ? partsFor(parsed.value) : { intermediates: [], crls: [] };
    const settings: readonly PkitsSetting[] = pkitsSettings[file] ?? [{ valid: file.startsWith("Valid") }];
    for (const [index, setting] of settings.entries()) {
      const id = `${file} ${index + 1}`;
      expected.set(id, setting.valid);
      lines.push(JSON.stringify({
        id, certificate: toBase64(der), ...parts, trust_anchors: [toBase64(files.get(anchor) ?? new Uint8Array())], time: "2012-01-01T00:00:00Z",
        profile: "rfc5280", revocation: "crl", policies: setting.policies ?? null, require_explicit_policy: setting.requireExplicit ?? false,
        inhibit_policy_mapping: setting.inhibitMapping ?? false, inhibit_any_policy: setting.inhibitAny ?? false,
      }));
    }
  }
  const { code, stdout } = await runCli(["certificate", "verify", "--batch"], ".", {}, lines.join("\n"));
  expect(code).toBe(0);
  const answers = stdout.trimEnd().split("\n").map((line) => JSON.parse(line) as { id: string; valid: boolean });
  expect(answers).toHaveLength(expected.size);
  // 224 tests, nine of section 4.8, six of 4.10 and one of 4.12 under more than one setting.
  expect(expected.size).toBe(249);
  const wrong = answers.filter(({ id, valid }) => valid !== expected.get(id));
  expect({ falseAccepts: wrong.filter(({ valid }) => valid), falseRejects: wrong.filter(({ valid }) => !valid) }).toEqual({ falseAccepts: [], falseRejects: [] });
});

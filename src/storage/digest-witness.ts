import { parseCertificate } from "../pki/certificate.ts";
import { equalBytes } from "../bytes.ts";
import type { SqlExecutor } from "./artifacts.ts";
import { levelOf } from "./look-up-digest.ts";
import { contextOfCertificate } from "./sealed-columns.ts";
import type { Sealing } from "./sealing.ts";

/** Certificates that are looked at: those that open by no key that is here say nothing. */
const witnesses = 20;
/** Octets. A certificate that was forgotten is sealed as nothing, which is shorter; none is. */
const shortest = 200;
const select = `SELECT "id","certificate_digest","sealed_certificate" FROM "evidence" WHERE length("sealed_certificate")>${shortest} LIMIT ${witnesses}`;

/**
 * Whether the digest keys are those of this database, by a certificate that is kept beside its digest.
 * @returns the level of a digest that they do not make; null where they make it, or none can be compared.
 */
export async function foreignLevel(executor: SqlExecutor, sealing: Sealing): Promise<number | null> {
  for (const { id, certificate_digest: onRecord, sealed_certificate: sealed } of await executor.all(select, [])) {
    const digest = onRecord as Uint8Array;
    const forms = formsOf(sealing, sealed as Uint8Array, contextOfCertificate(String(id)));
    if (forms !== null) return forms.some((form) => equalBytes(form, digest)) ? null : levelOf(digest);
  }
  return null;
}

function formsOf(sealing: Sealing, sealed: Uint8Array, context: string): readonly Uint8Array[] | null {
  try {
    const certificate = parseCertificate(sealing.open(sealed, context));
    return certificate.valid ? sealing.lookUpDigests(certificate.value.issuer.der, certificate.value.serialNumber) : null;
  } catch {
    return null;
  }
}

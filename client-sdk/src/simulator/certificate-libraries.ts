import { SimulatorRefusal } from "./simulator-refusal.ts";

export type X509 = typeof import("@peculiar/x509");
export type Asn1 = typeof import("asn1js");

/**
 * The libraries that build certificates: optional peer dependencies, for nobody else needs them.
 * @throws SimulatorRefusal if they are not installed.
 */
export async function loadCertificateLibraries(): Promise<{ x509: X509; asn1: Asn1 }> {
  try {
    // Asked for by @peculiar/x509, before it.
    await import("reflect-metadata");
    return { x509: await import("@peculiar/x509"), asn1: await import("asn1js") };
  } catch (cause) {
    throw new SimulatorRefusal("test certificates are made with packages that are not installed: npm install @peculiar/x509 asn1js reflect-metadata", { cause });
  }
}

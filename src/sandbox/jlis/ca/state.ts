import { z } from "zod";
import { reasonCode } from "../x509/revocation-list.ts";
import { isMunicipalityId } from "./municipalities.ts";
import { certificateUses, media } from "./profile.ts";

/** Everything the stand-in remembers besides its keys. One JSON file; the schema is checked on every start. */

const seconds = z.number().int();
const serial = z.number().int().positive();
const der = z.base64url();
export const generations = [1, 2] as const;
const use = z.enum(certificateUses);
const generation = z.literal(generations);

/** Reasons that end a certificate for good: a hold is a state of its own. */
export const revocationReasons = [
  "unspecified",
  "keyCompromise",
  "affiliationChanged",
  "superseded",
  "cessationOfOperation",
] as const satisfies readonly (keyof typeof reasonCode)[];

const certificateState = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("good") }).readonly(),
  z.strictObject({ kind: z.literal("on_hold"), since: seconds }).readonly(),
  z.strictObject({ kind: z.literal("revoked"), since: seconds, reason: z.enum(revocationReasons) }).readonly(),
]);

const issuedCertificate = z
  .strictObject({
    use,
    generation,
    serial,
    certificate: der,
    medium: z.enum(media),
    municipality: z.string().refine(isMunicipalityId),
    notBefore: seconds,
    notAfter: seconds,
    /** Whose it is; several devices may belong to one person. */
    person: z.string(),
    /** The device that holds it. */
    holder: z.string(),
    /** File name of its private key, null when the key was made elsewhere. */
    key: z.string().nullable(),
    /** Serial, under the same issuer name, of the certificate that this one continues. */
    previous: serial.nullable(),
    state: certificateState,
  })
  .readonly();

const faults = z
  .strictObject({
    /** The OCSP responder answers 503. */
    ocspDown: z.boolean(),
    /** Milliseconds that the OCSP responder waits before it answers. */
    ocspDelayMs: z.number().int().min(0).max(60_000),
    /** The CRLs served are old ones, past their nextUpdate. */
    staleCrl: z.boolean(),
  })
  .readonly();

export const faultsSchema = faults;

export const stateSchema = z
  .strictObject({
    version: z.literal(1),
    nextSerial: z.record(use, serial).readonly(),
    authorities: z.array(z.strictObject({ use, generation, serial, certificate: der }).readonly()).readonly(),
    certificates: z.array(issuedCertificate).readonly(),
    /** Last CRL number by `<authority>/<municipality>`. */
    crlNumbers: z.record(z.string(), z.number().int().positive()).readonly(),
    forgery: z.strictObject({ authority: der, certificate: der, key: z.string() }).readonly(),
    faults,
  })
  .readonly();

export type SandboxState = z.infer<typeof stateSchema>;
export type IssuedCertificate = z.infer<typeof issuedCertificate>;
export type CertificateState = z.infer<typeof certificateState>;
export type RevocationReason = (typeof revocationReasons)[number];
export type Generation = (typeof generations)[number];
export type Faults = z.infer<typeof faults>;

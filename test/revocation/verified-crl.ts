import { parseCrl } from "../../src/pki/crl.ts";
import { type VerifiedCrl, verifyCrl } from "../../src/pki/crl-verification.ts";
import type { Certificate } from "../../src/pki/certificate.ts";
import { orThrow } from "../../src/errors.ts";
import { now } from "../certificates/authority.ts";

/** A CRL that is accepted, for tests of what comes after. */
export const verifiedCrl = (der: Uint8Array, issuer: Certificate): VerifiedCrl => orThrow(verifyCrl({ crl: orThrow(parseCrl(der)), issuer, time: now }));

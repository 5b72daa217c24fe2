import { z } from "zod";
import { toBase64Url, toHex } from "../../../bytes.ts";
import { Refusal } from "../../../errors.ts";
import { authorityName, certificateUses } from "../ca/profile.ts";
import { integer } from "../x509/der.ts";
import { parseInput } from "./input.ts";
import type { AddRoutes } from "./jlis-parts.ts";

const question = z.strictObject({
  issuer: z.base64url().min(1).max(1400),
  serial: z.string().regex(/^(?:[0-9a-fA-F]{2}){1,20}$/),
});

/** Hexadecimal of the contents octets of the INTEGER that a certificate carries as its serial number. */
export const serialInHex = (serial: number): string => toHex(integer(serial).subarray(2));

/**
 * The answer that accredited verifiers get from J-LIS: which certificate of the same person a renewed
 * or reissued one continues. `issuer` is the DER Name in base64url, `serial` the INTEGER's contents in
 * hex, in the question as in the answer.
 */
export const addContinuityRoute: AddRoutes = (router, { authority }) => {
  router.post("/continuity", (context) => {
    const { issuer, serial } = parseInput(question, context.request.body ?? {}, "body");
    const use = certificateUses.find((each) => toBase64Url(authorityName(each)) === issuer);
    const certificate = use && authority.find({ use, serial: Number(`0x${serial}`) });
    if (certificate === undefined) throw new Refusal("not_found", "certificate");
    const { previous } = certificate;
    const issuerName = toBase64Url(authorityName(certificate.use));
    context.body = { previous: previous === null ? null : { issuer: issuerName, serial: serialInHex(previous) } };
  });
};

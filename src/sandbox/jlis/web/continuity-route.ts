import { z } from "zod";
import { toBase64Url, toHex } from "../../../bytes.ts";
import { Refusal } from "../../../errors.ts";
import { authorityName, certificateUses } from "../ca/profile.ts";
import { integer } from "../x509/der.ts";
import { parseInput } from "./input.ts";
import type { AddRoutes } from "./jlis-parts.ts";

const hexadecimal = z.string().regex(/^(?:[0-9a-fA-F]{2})+$/);
const question = z.object({ issuer: hexadecimal.max(2048), serial: hexadecimal.max(40) });

/** Hexadecimal of the contents octets of the INTEGER that a certificate carries as its serial number. */
export const serialInHex = (serial: number): string => toHex(integer(serial).subarray(2));

/**
 * The answer that accredited verifiers get from J-LIS: which certificate of the same person a renewed
 * or reissued one continues. `issuer` is the DER Name, `serial` the INTEGER's contents, both in hex.
 */
export const addContinuityRoute: AddRoutes = (router, { authority }) => {
  router.get("/continuity", (context) => {
    const { issuer, serial } = parseInput(question, context.query, "query");
    const use = certificateUses.find((each) => toHex(authorityName(each)) === issuer.toLowerCase());
    const certificate = use && authority.find({ use, serial: Number(`0x${serial}`) });
    if (certificate === undefined) throw new Refusal("not_found", "certificate");
    const { previous } = certificate;
    const issuerName = toBase64Url(authorityName(certificate.use));
    context.body = { previous: previous === null ? null : { issuer: issuerName, serial: serialInHex(previous) } };
  });
};

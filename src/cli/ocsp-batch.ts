import type { Command } from "commander";
import { z } from "zod";
import { fromBase64 } from "../bytes.ts";
import type { ErrorCode } from "../errors.ts";
import { parseCertificate } from "../pki/certificate.ts";
import { type OcspStatus, verifyOcspResponse } from "../pki/ocsp-response.ts";
import { answerLines, documentOf, idOf, lineId } from "./json-lines.ts";

/** `certificate ocsp --batch`: OCSP answers judged, one JSON line in, one JSON line out. */

const base64 = z.string().transform((text, context) => {
  const bytes = fromBase64(text);
  if (bytes === null) context.addIssue("not base64");
  return bytes ?? z.NEVER;
});
/** RFC 3339 with an offset, as epoch seconds. */
const time = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text) / 1000);

const lineSchema = z.object({
  id: lineId,
  response: base64,
  certificate: base64,
  issuer: base64,
  time,
  nonce: base64.nullish().transform((nonce) => nonce ?? null),
  max_age_s: z.number().min(0).nullish().transform((age) => age ?? null),
});

export interface OcspBatchAnswer {
  readonly id: string | number | null;
  /** Only `good` lets a person in; a hold is `revoked` with the code `certificate_on_hold`. */
  readonly status: "good" | "revoked" | "unknown" | "invalid";
  readonly code: ErrorCode | null;
}

const answers: Readonly<Record<OcspStatus["status"], Pick<OcspBatchAnswer, "status" | "code">>> = {
  good: { status: "good", code: null },
  revoked: { status: "revoked", code: "certificate_revoked" },
  hold: { status: "revoked", code: "certificate_on_hold" },
  unknown: { status: "unknown", code: "certificate_unknown" },
};

/** Judges one line at the moment it names. What is no such line (`null`: too long for one) is `invalid_request`. */
export function answerOcspLine(line: string | null): OcspBatchAnswer {
  const document = documentOf(line);
  const read = lineSchema.safeParse(document);
  if (!read.success) return { id: idOf(document), status: "invalid", code: "invalid_request" };
  const { id, response, nonce, max_age_s: maximumAge } = read.data;
  const invalid = (code: ErrorCode): OcspBatchAnswer => ({ id, status: "invalid", code });
  const [certificate, issuer] = [parseCertificate(read.data.certificate), parseCertificate(read.data.issuer)];
  if (!certificate.valid) return invalid(certificate.code);
  if (!issuer.valid) return invalid(issuer.code);
  const verdict = verifyOcspResponse({
    response,
    certificate: certificate.value,
    issuer: issuer.value,
    time: read.data.time,
    nonce,
    nonceRequired: nonce !== null,
    maximumAge,
  });
  return verdict.valid ? { id, ...answers[verdict.value.status] } : invalid(verdict.code);
}

export function addOcspCommand(certificateCommand: Command): void {
  certificateCommand
    .command("ocsp")
    .description("judge OCSP answers, each at the moment its line names")
    .requiredOption("--batch", "JSON lines on stdin, JSON lines on stdout, in the same order")
    .addHelpText("after", '\nA line: {"id", "response", "certificate", "issuer", "time", "nonce", "max_age_s"}; octets are base64 of DER.\nAn answer: {"id", "status": "good" | "revoked" | "unknown" | "invalid", "code"}')
    .action(() => answerLines(answerOcspLine));
}

import type { Command } from "commander";
import { z } from "zod";
import { fromBase64 } from "../bytes.ts";
import { accept, type ErrorCode, refuse, type Refused, type Verdict } from "../errors.ts";
import { type JpkiProfile, productionPolicies, signatureProfile, userAuthenticationProfile, verifyJpkiCertificate } from "../jpki/index.ts";
import { auditedAlgorithms, generalAlgorithms } from "../pki/algorithm-policy.ts";
import { parseCertificate } from "../pki/certificate.ts";
import { checkRevocation } from "../pki/crl-revocation.ts";
import { nameText } from "../pki/name.ts";
import { type Path, type PathRequest, validatePath } from "../pki/path.ts";
import { readPeerName } from "../pki/peer-name.ts";
import type { InitialPolicies } from "../pki/policy-processing.ts";
import { answerLines, documentOf, idOf, lineId } from "./json-lines.ts";

/** `certificate verify --batch`: certificates judged, one JSON line in, one JSON line out. */

const base64 = z.string().transform((text, context) => {
  const bytes = fromBase64(text);
  if (bytes === null) context.addIssue("not base64");
  return bytes ?? z.NEVER;
});
const oid = z.string().regex(/^[0-2](?:\.(?:0|[1-9][0-9]*))+$/);
const peerName = z.object({ type: z.enum(["dns", "ip", "email"]), value: z.string() }).transform(({ type, value }, context) => {
  const name = readPeerName(type, value);
  if (name.valid) return name.value;
  context.addIssue(name.at);
  return z.NEVER;
});
const orNone = <Item extends z.ZodType>(item: Item) => z.array(item).nullish().transform((items) => items ?? []);
const flag = z.boolean().nullish().transform((value) => value === true);

const lineSchema = z.object({
  id: lineId,
  certificate: base64,
  intermediates: orNone(base64),
  trust_anchors: z.array(base64),
  /** RFC 3339 with an offset, as epoch seconds. */
  time: z.iso.datetime({ offset: true }).transform((text) => Date.parse(text) / 1000),
  profile: z.enum(["jpki-user-authentication", "jpki-signature", "rfc5280"]).nullish().transform((profile) => profile ?? "jpki-user-authentication"),
  policies: z.array(oid).nullish().transform((policies) => policies ?? null),
  require_explicit_policy: flag,
  inhibit_policy_mapping: flag,
  inhibit_any_policy: flag,
  eku: orNone(oid),
  names: orNone(peerName),
  max_path_length: z.int().min(0).nullish().transform((length) => length ?? null),
  crls: orNone(base64),
  revocation: z.enum(["none", "crl"]).nullish().transform((revocation) => revocation ?? "none"),
});
type Line = z.output<typeof lineSchema>;

export interface VerifyBatchAnswer {
  readonly id: string | number | null;
  readonly valid: boolean;
  readonly code: ErrorCode | null;
  /** Subject names from the certificate to the anchor; empty when no path is valid. */
  readonly path: readonly string[];
}

/** Judges one line at the moment it names. What is no such line (`null`: too long for one) is `invalid_request`. */
export function answerVerifyLine(line: string | null): VerifyBatchAnswer {
  const document = documentOf(line);
  const read = lineSchema.safeParse(document);
  if (!read.success) return { id: idOf(document), valid: false, code: "invalid_request", path: [] };
  const verdict = judge(read.data);
  if (!verdict.valid) return { id: read.data.id, valid: false, code: verdict.code, path: [] };
  return { id: read.data.id, valid: true, code: null, path: verdict.value.map(({ subject }) => nameText(subject)) };
}

function judge(line: Line): Verdict<Path> {
  switch (line.profile) {
    case "rfc5280": {
      const verdict = validatePath({ ...askedOf(line), trustAnchors: line.trust_anchors, policies: policiesOf(line), validityEncoding: "either", algorithms: auditedAlgorithms });
      return verdict.valid ? accept(verdict.value.path) : verdict;
    }
    case "jpki-user-authentication":
      return judgeJpki(line, userAuthenticationProfile);
    case "jpki-signature":
      return judgeJpki(line, signatureProfile);
  }
}

function judgeJpki(line: Line, profile: JpkiProfile): Verdict<Path> {
  const anchors = { userAuthentication: [], signature: [], [profile.use]: line.trust_anchors };
  // What medium a policy stands for plays no part in the verdict.
  const policies = line.policies?.map((oid) => ({ oid, medium: "card" as const })) ?? productionPolicies[profile.use];
  const verdict = verifyJpkiCertificate({ ...askedOf(line), anchors, profile, policies });
  return verdict.valid ? accept(verdict.value.path) : verdict;
}

function askedOf(line: Line): Omit<PathRequest, "trustAnchors"> {
  return {
    certificate: line.certificate,
    intermediates: line.intermediates,
    time: line.time,
    maximumPathLength: line.max_path_length,
    extendedKeyUsages: line.eku,
    peerNames: line.names,
    ...(line.revocation === "none" ? {} : { furtherCheck: (path: Path) => revocationRefusal(line, path) }),
  };
}

/** For RFC 5280 alone: JPKI's profiles want one policy, an accepted one, under whatever else is asked. */
function policiesOf(line: Line): InitialPolicies {
  return {
    wanted: line.policies,
    requireExplicit: line.require_explicit_policy,
    inhibitMapping: line.inhibit_policy_mapping,
    inhibitAny: line.inhibit_any_policy,
  };
}

function revocationRefusal({ crls, intermediates, time, profile }: Line, path: Path): Refused | null {
  const candidates = intermediates.map((der) => parseCertificate(der, "either")).flatMap((parsed) => (parsed.valid ? [parsed.value] : []));
  const algorithms = profile === "rfc5280" ? auditedAlgorithms : generalAlgorithms;
  const verdict = checkRevocation({ path, crls, time, candidates, algorithms });
  return verdict.valid ? null : refuse(verdict.code, verdict.at);
}

const help = `
A line: {"id", "certificate", "intermediates", "trust_anchors", "time", "profile", "policies",
  "require_explicit_policy", "inhibit_policy_mapping", "inhibit_any_policy", "eku", "names",
  "max_path_length", "crls", "revocation"}; certificates and CRLs are base64 of DER.
Only id, certificate, trust_anchors and time are needed.
  profile     jpki-user-authentication (the default, with the production policies), jpki-signature, rfc5280
  names       [{"type": "dns" | "ip" | "email", "value"}], all of them must be in the certificate
  revocation  none (the default) or crl: every certificate but the anchor
An answer: {"id", "valid", "code": null | "<error code>", "path": [subject names, from the certificate to the anchor]}
A line that is malformed is answered with the code invalid_request. Exit 0 when every line was answered.`;

export function addVerifyCommand(certificateCommand: Command): void {
  certificateCommand
    .command("verify")
    .description("judge certificates, each at the moment its line names")
    .requiredOption("--batch", "JSON lines on stdin, JSON lines on stdout, in the same order")
    .addHelpText("after", help)
    .action(() => answerLines(answerVerifyLine));
}

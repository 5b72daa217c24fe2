import { type AlgorithmPolicy, generalAlgorithms } from "./algorithm-policy.ts";
import { type Certificate, parseCertificate, type ValidityEncoding } from "./certificate.ts";
import { findPath, type Path } from "./path-building.ts";
import { judgePath, type ValidationOptions } from "./path-validation.ts";
import type { PeerName } from "./peer-name.ts";
import { anyPolicyAtAll, type InitialPolicies } from "./policy-processing.ts";
import { equalBytes } from "../bytes.ts";
import { accept, refuse, type Refused, type Verdict } from "../errors.ts";

export type { Path };

export interface PathRequest {
  /** DER of the certificate in question. */
  readonly certificate: Uint8Array;
  /** DER of certificates sent along, in any order. None of them is ever an anchor. */
  readonly intermediates?: readonly Uint8Array[];
  /** DER of the pinned authorities. Read once: an array that was given must not be written to. */
  readonly trustAnchors: readonly Uint8Array[];
  /** Seconds since the epoch. */
  readonly time: number;
  /** Most intermediate certificates that are not self-issued. */
  readonly maximumPathLength?: number | null;
  readonly algorithms?: AlgorithmPolicy;
  /** Object identifiers of purposes wanted of every certificate that names purposes. */
  readonly extendedKeyUsages?: readonly string[];
  /** Whether key identifiers must be present as RFC 5280 4.2.1.1 and 4.2.1.2 say. Default: true. */
  readonly requireKeyIdentifiers?: boolean;
  /** Encodings of the validity that are read. Default: `utcTimeUntil2049`. */
  readonly validityEncoding?: ValidityEncoding;
  /** The policies wanted; any when left out. */
  readonly policies?: InitialPolicies;
  /** Names that the certificate must carry in its subjectAltName, all of them. */
  readonly peerNames?: readonly PeerName[];
  /** Judges a path that is valid otherwise, as its revocation: a refusal makes the search go on. */
  readonly furtherCheck?: (path: Path) => Refused | null;
}

export interface ValidPath {
  /** Leaf first, anchor last. */
  readonly path: Path;
  readonly certificate: Certificate;
  /** The authority that issued the certificate. */
  readonly issuer: Certificate;
}

/** Comparisons of names with name constraints, in all paths together. */
const maximumComparisons = 100_000;

/** Certificates that are read at all; how many of them the search may use is bounded in `path-building.ts`. */
const maximumIntermediates = 64;
const maximumIntermediateOctets = 512 * 1024;

/**
 * Whether a certificate chains to a pinned anchor (RFC 5280 6.1). Revocation is another question: see
 * `furtherCheck`.
 *
 * Never throws, and does a bounded amount of work. Refusals: the codes of `parseCertificate`,
 * `path_too_complex`, `untrusted_issuer`, `bad_signature`, and those of `judgePath`
 * and of `furtherCheck`.
 */
export function validatePath(request: PathRequest): Verdict<ValidPath> {
  const { intermediates = [], trustAnchors } = request;
  const parse = (der: Uint8Array): Verdict<Certificate> => parseCertificate(der, request.validityEncoding);
  const leaf = parse(request.certificate);
  if (!leaf.valid) return leaf;
  if (intermediates.length > maximumIntermediates) return refuse("path_too_complex", `more than ${maximumIntermediates} intermediates`);
  const octets = intermediates.reduce((all, { length }) => all + length, 0);
  if (octets > maximumIntermediateOctets) return refuse("path_too_complex", `${octets} octets of intermediates`);
  if (trustAnchors.some((anchor) => equalBytes(anchor, leaf.value.der))) return refuse("untrusted_issuer", "a pinned authority as the certificate itself");
  const options = optionsOf(request);
  const anchors = readable(trustAnchors.map((der) => parseAnchor(der, parse)));
  const helpers = readable(intermediates.filter((der) => !trustAnchors.some((anchor) => equalBytes(anchor, der))).map(parse));
  const found = findPath({
    certificate: leaf.value,
    intermediates: helpers.certificates,
    trustAnchors: anchors.certificates,
    unreadable: anchors.unreadable ?? helpers.unreadable,
    acceptDsa: options.algorithms.minimumDsaBits !== undefined,
    judge: (path) => judgePath(path, options) ?? request.furtherCheck?.(path) ?? null,
  });
  if (!found.valid) return found;
  const [certificate, issuer] = found.value;
  if (certificate === undefined || issuer === undefined) return refuse("untrusted_issuer", "no issuer");
  return accept({ path: found.value, certificate, issuer });
}

function optionsOf(request: PathRequest): ValidationOptions {
  return {
    time: request.time,
    maximumPathLength: request.maximumPathLength ?? null,
    algorithms: request.algorithms ?? generalAlgorithms,
    extendedKeyUsages: request.extendedKeyUsages ?? [],
    requireKeyIdentifiers: request.requireKeyIdentifiers ?? true,
    policies: request.policies ?? anyPolicyAtAll,
    peerNames: request.peerNames ?? [],
    comparisons: { left: maximumComparisons },
  };
}

/** Pinned authorities are the same octets for as long as a process runs: each is read once. */
const knownAnchors = new WeakMap<Uint8Array, Verdict<Certificate>>();

function parseAnchor(der: Uint8Array, parse: (der: Uint8Array) => Verdict<Certificate>): Verdict<Certificate> {
  const known = knownAnchors.get(der) ?? parse(der);
  knownAnchors.set(der, known);
  return known;
}

/** What cannot be read can neither be trusted nor help: it is left out, and named if no path is found. */
function readable(parsed: readonly Verdict<Certificate>[]): { certificates: readonly Certificate[]; unreadable: Refused | null } {
  const certificates = parsed.flatMap((verdict) => (verdict.valid ? [verdict.value] : []));
  return { certificates, unreadable: parsed.find((verdict) => !verdict.valid) ?? null };
}

import { readAlgorithmIdentifier } from "./algorithm-identifier.ts";
import { contextConstructed, type DerReader, parseDer, tag } from "./der.ts";
import { digestOid, mgf1 } from "./oid.ts";
import { accept, refuse, type Verdict } from "../errors.ts";

export type Digest = "sha256" | "sha384" | "sha512";

export interface PssParameters {
  readonly digest: Digest;
  readonly saltLength: number;
}

const digests = new Map<string, Digest>([
  [digestOid.sha256, "sha256"],
  [digestOid.sha384, "sha384"],
  [digestOid.sha512, "sha512"],
]);
const limits = { maximumLength: 128, maximumDepth: 8, maximumValues: 24 };
const maximumSaltLength = 512;

/**
 * RSASSA-PSS-params (RFC 4055 3.1). Digest and mask digest are the same and at least SHA-256; absent
 * fields mean SHA-1, so they are `weak_algorithm`. Anything else is `unsupported_algorithm`.
 */
export function readPssParameters(parameters: Uint8Array | null): Verdict<PssParameters> {
  if (parameters === null) return refuse("unsupported_algorithm", "RSASSA-PSS without parameters");
  const read = parseDer(parameters, limits, readFields, "unsupported_algorithm");
  if (!read.valid) return read;
  const { hash, maskHash, saltLength } = read.value;
  if (hash === digestOid.sha1 || maskHash === digestOid.sha1) return refuse("weak_algorithm", "RSASSA-PSS with SHA-1");
  const digest = digests.get(hash);
  if (digest === undefined || maskHash !== hash) return refuse("unsupported_algorithm", "RSASSA-PSS digests");
  return saltLength > maximumSaltLength ? refuse("unsupported_algorithm", "RSASSA-PSS salt") : accept({ digest, saltLength });
}

function readFields(reader: DerReader) {
  return reader.within(tag.sequence, (inner) => ({
    hash: inner.withinOptional(contextConstructed(0), readDigest) ?? digestOid.sha1,
    maskHash: inner.withinOptional(contextConstructed(1), readMaskDigest) ?? digestOid.sha1,
    // The trailer field has one value only, its default, which DER never encodes.
    saltLength: inner.withinOptional(contextConstructed(2), (salt) => salt.smallInteger()) ?? 20,
  }));
}

function readDigest(reader: DerReader): string {
  const offset = reader.offset;
  const { oid, parameters } = readAlgorithmIdentifier(reader);
  if (parameters !== null && parameters[0] !== tag.null) reader.fail("digest with parameters", offset);
  return oid;
}

function readMaskDigest(reader: DerReader): string {
  return reader.within(tag.sequence, (inner) => {
    if (inner.oid() !== mgf1) inner.fail("mask generation function");
    return readDigest(inner);
  });
}

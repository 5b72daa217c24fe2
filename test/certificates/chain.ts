import { type Authority, authorityExtensions, makeAuthority, now, year } from "./authority.ts";
import { buildCertificate, keyIdentifierOf, withExtensions } from "./certificate.ts";
import { authorityKeyIdentifier, type ExtensionSpec, keyUsage } from "./extensions.ts";
import { testKey } from "./keys.ts";
import { name } from "./names.ts";

/** A chain from a self-signed authority to a leaf; each certificate with extensions of the test's choice. */

export interface Link {
  readonly extensions?: readonly ExtensionSpec[];
  /** DER of the subject; one of its own when left out. */
  readonly subject?: Uint8Array;
  /** Subject and issuer the same, with a key of its own (RFC 5280 6.1, self-issued). */
  readonly selfIssued?: boolean;
  readonly notAfter?: number;
}

export interface Chain {
  readonly certificate: Uint8Array;
  readonly intermediates: readonly Uint8Array[];
  readonly trustAnchors: readonly Uint8Array[];
}

/** @param links - authorities from the anchor down, then the leaf. */
export function makeChain(...links: readonly Link[]): Chain {
  const [anchor = {}, ...below] = links;
  const leaf = below.pop() ?? {};
  const root = authority(anchor, 0);
  const authorities = [root];
  for (const [index, link] of below.entries()) authorities.push(authority(link, index + 1, authorities[index]));
  const issuer = authorities.at(-1) ?? root;
  const certificate = buildCertificate({
    issuer: issuer.subject,
    subject: leaf.selfIssued === true ? issuer.subject : (leaf.subject ?? name(["CN", "leaf"])),
    notBefore: now - year,
    notAfter: leaf.notAfter ?? now + year,
    spki: testKey("p256", "leaf").spki,
    extensions: withExtensions([keyUsage("digitalSignature"), authorityKeyIdentifier(issuer.keyIdentifier)], ...(leaf.extensions ?? [])),
    signer: issuer.key,
  });
  return { certificate, intermediates: authorities.slice(1).map((each) => each.certificate), trustAnchors: [root.certificate] };
}

function authority(link: Link, level: number, by?: Authority): Authority {
  const key = testKey("p256", `level ${level}`);
  const subject = link.selfIssued === true && by !== undefined ? by.subject : (link.subject ?? name(["CN", `level ${level}`]));
  const extensions = withExtensions(authorityExtensions(keyIdentifierOf(key), by), ...(link.extensions ?? []));
  const { notAfter } = link;
  return makeAuthority({ key, subject, extensions, serialNumber: 100 + level, ...(by === undefined ? {} : { by }), ...(notAfter === undefined ? {} : { notAfter }) });
}

import { type DerReader, tag } from "./der.ts";

/** Reads the value of one extension; `false` when its object identifier means nothing here. */
export type ExtensionHandler = (oid: string, contents: DerReader, critical: boolean) => boolean;

/**
 * Reads Extensions (RFC 5280 4.1) of a CRL, a CRL entry or an OCSP answer: SEQUENCE SIZE (1..MAX), each
 * object identifier once.
 *
 * @returns the critical extensions that `handle` did not know.
 */
export function readExtensionList(reader: DerReader, handle: ExtensionHandler): readonly string[] {
  const offset = reader.offset;
  const seen = new Set<string>();
  const unknownCritical: string[] = [];
  reader.each(tag.sequence, (sequence) =>
    sequence.within(tag.sequence, (inner) => {
      const oid = inner.oid();
      if (seen.has(oid)) inner.fail(`extension ${oid} twice`);
      seen.add(oid);
      const critical = inner.booleanDefaultFalse();
      const contents = inner.inside(inner.read(tag.octetString));
      const known = handle(oid, contents, critical);
      if (known) contents.end();
      else if (critical) unknownCritical.push(oid);
    }),
  );
  return seen.size > 0 ? unknownCritical : reader.fail("Extensions empty", offset);
}

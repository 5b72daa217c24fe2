import { type Bytes, toBase64Url, sha256, utf8 } from "../bytes.ts";

/** The public key of a bridge's receipts, as a JWK (RFC 7517). */
export interface ReceiptKey {
  readonly kty: "EC";
  readonly crv: "P-256";
  readonly x: string;
  readonly y: string;
  /** The key's RFC 7638 thumbprint. */
  readonly kid: string;
}

/** What `/.well-known/assurance-receipt-keys` answers: every key that ever signed. Keep it with the receipts. */
export interface ReceiptKeySet {
  readonly keys: readonly ReceiptKey[];
}

/** Whether a key signed octets; null where the set has no such key. */
export async function isSignedBy({ keys }: ReceiptKeySet, kid: string, octets: Bytes, signature: Bytes): Promise<boolean | null> {
  const key = keys.find((candidate) => candidate.kid === kid);
  if (key === undefined || (await thumbprint(key)) !== kid) return null;
  const { kty, crv, x, y } = key;
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  try {
    const imported = await crypto.subtle.importKey("jwk", { kty, crv, x, y }, algorithm, false, ["verify"]);
    return await crypto.subtle.verify(algorithm, imported, signature, octets);
  } catch {
    return null;
  }
}

/** RFC 7638 3: a key goes by what it is, not by a name that anybody may give it. */
async function thumbprint({ crv, kty, x, y }: ReceiptKey): Promise<string> {
  return toBase64Url(await sha256(utf8(JSON.stringify({ crv, kty, x, y }))));
}

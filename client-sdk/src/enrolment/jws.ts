import { toBase64Url, utf8 } from "../bytes.ts";

/** A JWS in compact form (RFC 7515 7.1), by ES256. */
export async function signJws(key: CryptoKey, header: { readonly alg: "ES256" } & Readonly<Record<string, unknown>>, claims: object): Promise<string> {
  const signed = `${encodeJson(header)}.${encodeJson(claims)}`;
  const signature = await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, key, utf8(signed));
  return `${signed}.${toBase64Url(new Uint8Array(signature))}`;
}

function encodeJson(value: object): string {
  return toBase64Url(utf8(JSON.stringify(value)));
}

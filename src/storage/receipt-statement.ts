import { fromBase64Url, toBase64Url, utf8 } from "../bytes.ts";
import type { ReceiptSigner, SignatureCheck } from "./receipt-signing.ts";

/** Something said of receipts, to be checked offline for ever: a compact JWS (RFC 7515 7.1) by their key. */
export function signStatement(signer: ReceiptSigner, typ: string, claims: object): string {
  const input = [{ alg: "ES256", kid: signer.keyId, typ }, claims].map((part) => toBase64Url(utf8(JSON.stringify(part)))).join(".");
  return `${input}.${toBase64Url(signer.sign(utf8(input)))}`;
}

/** The claims of a statement of this type; null unless one of our keys signed it. */
export function readStatement(isSigned: SignatureCheck, typ: string, token: string): Readonly<Record<string, unknown>> | null {
  const [header = "", payload = "", signature = "", ...more] = token.split(".");
  const [read, claims, octets] = [objectIn(header), objectIn(payload), fromBase64Url(signature)];
  if (more.length > 0 || read === null || claims === null || octets === null) return null;
  if (read["alg"] !== "ES256" || read["typ"] !== typ) return null;
  return isSigned(String(read["kid"]), utf8(`${header}.${payload}`), octets) ? claims : null;
}

function objectIn(part: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(fromBase64Url(part) ?? new Uint8Array()));
    return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : null;
  } catch {
    return null;
  }
}

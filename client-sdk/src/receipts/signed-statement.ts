import { fromBase64Url, utf8 } from "../bytes.ts";
import { isSignedBy, type ReceiptKeySet } from "./receipt-keys.ts";

/** Why a signed statement was not taken. */
export type StatementRefusal =
  /** Not a compact JWS by ES256, or a member is missing or of the wrong form. */
  | "malformed"
  /** Another kind of statement, by its `typ`. */
  | "type"
  | "unknown_key"
  | "signature"
  | "issuer"
  | "audience";

export type Refused = { readonly valid: false; readonly reason: StatementRefusal };
export const refused = (reason: StatementRefusal): Refused => ({ valid: false, reason });

export type Claims = Readonly<Record<string, unknown>>;

/** A compact JWS (RFC 7515 7.1) of one type, by one of the keys. Statements are for ever: none expires. */
export async function verifySignedStatement(token: string, typ: string, { issuer, keys }: { readonly issuer: string; readonly keys: ReceiptKeySet }): Promise<Refused | { readonly valid: true; readonly claims: Claims }> {
  const [header = "", payload = "", signature = "", ...more] = token.split(".");
  const [read, claims, octets] = [objectIn(header), objectIn(payload), fromBase64Url(signature)];
  if (more.length > 0 || read === null || claims === null || octets === null || read["alg"] !== "ES256" || read["crit"] !== undefined || typeof read["kid"] !== "string") return refused("malformed");
  if (read["typ"] !== typ) return refused("type");
  const signed = await isSignedBy(keys, read["kid"], utf8(`${header}.${payload}`), octets);
  if (signed !== true) return refused(signed === null ? "unknown_key" : "signature");
  return claims["iss"] === issuer ? { valid: true, claims } : refused("issuer");
}

function objectIn(part: string): Claims | null {
  const bytes = fromBase64Url(part);
  if (bytes === null) return null;
  try {
    const value: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Claims) : null;
  } catch {
    return null;
  }
}

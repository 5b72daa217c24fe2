import { importJWK, type JWK, SignJWT } from "jose";

/** A token about an event, ready to be signed. */
export interface UnsignedEventToken {
  /** `typ` of its header. */
  readonly type: "secevent+jwt" | "logout+jwt";
  readonly claims: Readonly<Record<string, unknown>>;
}

/** Signs with the key that is RS256's turn: the one algorithm that every receiver has (CAEP Interoperability Profile 1.0 2.6). */
export async function createEventSigner({ keys }: { readonly keys: readonly Readonly<Record<string, unknown>>[] }): Promise<(token: UnsignedEventToken) => Promise<string>> {
  // The key that signs stands before the others of its algorithm.
  const jwk = keys.find(({ alg }) => alg === "RS256") as JWK | undefined;
  if (jwk === undefined) throw new Error("no key to sign events with");
  const key = await importJWK(jwk);
  return ({ type, claims }) => new SignJWT(claims).setProtectedHeader({ alg: "RS256", kid: String(jwk.kid), typ: type }).sign(key);
}

import type { SecureElementImage } from "@jpki-bridge/client-sdk";
import type { KeyObject } from "node:crypto";
import { toBase64Url } from "../../src/bytes.ts";
import { assembleAuthority, type CertificationAuthority, signAuthorityCertificate } from "../../src/sandbox/jlis/ca/certification-authority.ts";
import { type IssueRequest, issueCertificate } from "../../src/sandbox/jlis/ca/issuance.ts";
import { generateRsaKey, publicKeyOf } from "../../src/sandbox/jlis/ca/keys.ts";
import type { SandboxState } from "../../src/sandbox/jlis/ca/state.ts";
import { people } from "../../src/sandbox/jlis/personas/people.ts";
import type { World } from "../support/world.ts";

const year = 365 * 86_400;

interface StrangerOptions {
  /** Who signs; the real authority when left out. */
  readonly by?: CertificationAuthority;
  readonly change?: Partial<IssueRequest>;
}

/** A Secure Element with a key of its own and a certificate in the exact profile that J-LIS has no record of. */
export async function strangerImage(world: World, { by = realAuthority(world), change = {} }: StrangerOptions = {}): Promise<SecureElementImage> {
  const key = await generateRsaKey();
  // Whatever is signed here is in no ledger: the state is thrown away.
  const state = { nextSerial: { "user-authentication": 7_654_321, signature: 7_654_321 }, certificates: [] } as unknown as SandboxState;
  const urls = { ocsp: world.jlis.ocspUrl, practiceStatement: `${world.jlis.origin}/cps` };
  const request: IssueRequest = {
    use: by.use, generation: by.generation, medium: "smartphone", municipality: "tokyo-chiyoda", person: "taro", holder: "stranger",
    attributes: people.taro, publicKey: publicKeyOf(key), key: null, notBefore: world.now() - year, notAfter: world.now() + year,
    ...change,
  };
  const { value } = await issueCertificate(state, by, request, urls, world.now());
  return imageOfKey(key, value.certificate, toBase64Url(by.certificate));
}

export function imageOfKey(key: KeyObject, certificate: string, caCertificate: string): SecureElementImage {
  return { authentication: { certificate, caCertificate, key: key.export({ format: "jwk" }) as JsonWebKey, pin: "1234" }, signature: null };
}

function realAuthority({ jlis }: World): CertificationAuthority {
  return jlis.authority.authority("user-authentication-1");
}

/** An authority with J-LIS's name, profile and serial, and a key of its own. */
export async function lookalikeAuthority(world: World): Promise<CertificationAuthority> {
  const key = await generateRsaKey();
  const certificate = await signAuthorityCertificate("user-authentication", 1, key, { notBefore: world.now() - 8 * year, notAfter: world.now() + 12 * year });
  return assembleAuthority("user-authentication", 1, certificate, key);
}

import { toBase64Url } from "../bytes.ts";
import { pinRules, type KeyUse } from "../applet/applet-table.ts";
import type { SecureElementImage, SecureElementKeyImage } from "../software/secure-element-image.ts";
import { makeTestCertificate } from "./throw-away-certificates.ts";

/** The PINs of every test card. */
export const testPins = { authentication: "1234", signature: "ABC123" } as const;

interface ThrowAwayPersona {
  readonly description: string;
  /** The retry counters it begins with; `null` where the card has no such key. */
  readonly triesLeft: Readonly<Record<KeyUse, number | null>>;
}

const full = { authentication: pinRules.authentication.tries, signature: pinRules.signature.tries };

/** Cards that are made when they are asked for, each in a state worth trying. */
export const throwAwayPersonas = {
  "good-card": { description: "both keys, all tries left", triesLeft: full },
  "last-try": { description: "one try left for either PIN", triesLeft: { authentication: 1, signature: 1 } },
  blocked: { description: "both PINs blocked", triesLeft: { authentication: 0, signature: 0 } },
  "authentication-only": { description: "no signature key; OpenSC refuses such a card", triesLeft: { ...full, signature: null } },
} as const satisfies Readonly<Record<string, ThrowAwayPersona>>;

/** One of {@link throwAwayPersonas}. */
export type ThrowAwayPersonaName = keyof typeof throwAwayPersonas;

export function isThrowAwayPersona(name: string): name is ThrowAwayPersonaName {
  return Object.hasOwn(throwAwayPersonas, name);
}

/** An invented person; name and address say so. */
const holder = { name: "見本　太郎", gender: "1", birthDate: "319850412", address: "東京都千代田区見本町一丁目１番１号" } as const;

/**
 * A fresh card at `now` (seconds since the epoch): RSA-2048 keys, test certificates, {@link testPins}.
 * @throws SimulatorRefusal if the libraries for certificates are not installed.
 */
export async function makeThrowAwayImage(name: ThrowAwayPersonaName, now: number = Math.floor(Date.now() / 1000)): Promise<SecureElementImage> {
  const { triesLeft } = throwAwayPersonas[name];
  return {
    authentication: await keyImage("authentication", triesLeft.authentication, now),
    signature: await keyImage("signature", triesLeft.signature, now),
  };
}

async function keyImage(use: KeyUse, triesLeft: number | null, now: number): Promise<SecureElementKeyImage | null> {
  if (triesLeft === null) return null;
  const { certificate, caCertificate, privateKey } = await makeTestCertificate(use, holder, now);
  return {
    certificate: toBase64Url(certificate),
    caCertificate: toBase64Url(caCertificate),
    key: await crypto.subtle.exportKey("jwk", privateKey),
    pin: testPins[use],
    triesLeft,
  };
}

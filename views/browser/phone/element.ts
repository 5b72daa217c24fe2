/** The Secure Element of the chosen persona. Its retry counters outlive the page, as a real one's do. */
import { JpkiApplet, SoftwareSecureElement, type SecureElementImage } from "@jpki-bridge/client-sdk";
import { getJson } from "../http.ts";

export interface PhoneElement {
  readonly applet: JpkiApplet;
  /** Keeps the retry counters as they now are. */
  keepCounters(): void;
}

/** Loads the image of a persona's element. Rejects when there is none to be had. */
export async function openElement(base: string, persona: string): Promise<PhoneElement> {
  const image = await getJson<SecureElementImage>(`${base}/${encodeURIComponent(persona)}/secure-element.json`);
  const element = new SoftwareSecureElement({ authentication: withCounter(persona, image.authentication), signature: withCounter(persona, image.signature) });
  const applet = await JpkiApplet.select(element);
  return {
    applet,
    keepCounters: () => {
      const { authentication, signature } = element.counters();
      keepCounter(persona, image.authentication, authentication);
      keepCounter(persona, image.signature, signature);
    },
  };
}

type KeyImage = SecureElementImage["authentication"];

/** A certificate newly issued brings a PIN newly set: its counter starts afresh. */
const counterKey = (persona: string, key: NonNullable<KeyImage>): string => `phone:${persona}:${key.certificate.slice(-32)}`;

function keepCounter(persona: string, key: KeyImage, left: number | null): void {
  if (key !== null) window.localStorage.setItem(counterKey(persona, key), String(left ?? ""));
}

function withCounter(persona: string, key: KeyImage): KeyImage {
  const kept = key === null ? null : window.localStorage.getItem(counterKey(persona, key));
  return key === null || kept === null || !/^[0-5]$/.test(kept) ? key : { ...key, triesLeft: Number(kept) };
}

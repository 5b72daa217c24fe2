/** The Secure Element of the chosen persona. Its retry counter outlives the page, as a real one's does. */
import { JpkiApplet, SoftwareSecureElement, type SecureElementImage } from "@jpki-bridge/client-sdk";
import { getJson } from "../http.ts";

export interface PhoneElement {
  readonly applet: JpkiApplet;
  /** Keeps the retry counter as it now is. */
  keepCounter(): void;
}

/** Loads the image of a persona's element. Rejects when there is none to be had. */
export async function openElement(base: string, persona: string): Promise<PhoneElement> {
  const image = await getJson<SecureElementImage>(`${base}/${encodeURIComponent(persona)}/secure-element.json`);
  const key = counterKey(persona, image);
  const element = new SoftwareSecureElement(withCounter(image, window.localStorage.getItem(key)));
  const applet = await JpkiApplet.select(element);
  return {
    applet,
    keepCounter: () => window.localStorage.setItem(key, String(element.counters().authentication ?? "")),
  };
}

/** A certificate newly issued brings a PIN newly set: its counter starts afresh. */
function counterKey(persona: string, { authentication }: SecureElementImage): string {
  return `phone:${persona}:${authentication?.certificate.slice(-32) ?? ""}`;
}

function withCounter(image: SecureElementImage, kept: string | null): SecureElementImage {
  if (kept === null || !/^[0-3]$/.test(kept) || image.authentication === null) return image;
  return { ...image, authentication: { ...image.authentication, triesLeft: Number(kept) } };
}

import type { KeyUse } from "../applet/applet-table.ts";
import { fromBase64Url, sha256, toHex } from "../bytes.ts";
import { SoftwareSecureElement } from "../software/secure-element.ts";
import type { SecureElementImage } from "../software/secure-element-image.ts";
import { readRetryCounters, writeRetryCounters, type RetryCounters } from "./retry-counters-file.ts";
import type { VirtualCard } from "./serve-virtual-card.ts";

/** SHA-256 of the certificates, in hexadecimal; `null` where there is no key. */
type Fingerprints = Readonly<Record<KeyUse, string | null>>;

const uses: readonly KeyUse[] = ["authentication", "signature"];

/** A card whose retry counters outlive the process: a changed counter is in the file before the answer is given. */
export class KeptCard implements VirtualCard {
  readonly #element: SoftwareSecureElement;
  readonly #fingerprints: Fingerprints;
  readonly #file: string;
  #inFile: RetryCounters;
  #last: Readonly<Record<KeyUse, number | null>>;

  private constructor(element: SoftwareSecureElement, fingerprints: Fingerprints, file: string, inFile: RetryCounters) {
    this.#element = element;
    this.#fingerprints = fingerprints;
    this.#file = file;
    this.#inFile = inFile;
    this.#last = element.counters();
  }

  /**
   * The card of an image with the counters that the file has for it, if it has any.
   * @throws SimulatorRefusal if the file is there and cannot be used, TypeError if the image cannot.
   */
  static async open(image: SecureElementImage, file: string): Promise<KeptCard> {
    const inFile = readRetryCounters(file);
    const { authentication, signature } = image;
    const fingerprints = { authentication: await fingerprint(authentication?.certificate), signature: await fingerprint(signature?.certificate) };
    const element = new SoftwareSecureElement({
      authentication: authentication && { ...authentication, ...triesLeftIn(inFile, fingerprints.authentication) },
      signature: signature && { ...signature, ...triesLeftIn(inFile, fingerprints.signature) },
    });
    return new KeptCard(element, fingerprints, file, inFile);
  }

  async transmit(command: Uint8Array): Promise<Uint8Array> {
    const response = await this.#element.transmit(command);
    this.#keep();
    return response;
  }

  counters(): Record<KeyUse, number | null> {
    return this.#element.counters();
  }

  reset(): void {
    this.#element.reset();
  }

  #keep(): void {
    const counters = this.#element.counters();
    if (uses.every((use) => counters[use] === this.#last[use])) return;
    this.#last = counters;
    for (const use of uses) {
      const [certificate, triesLeft] = [this.#fingerprints[use], counters[use]];
      if (certificate !== null && triesLeft !== null) this.#inFile = { ...this.#inFile, [certificate]: triesLeft };
    }
    writeRetryCounters(this.#file, this.#inFile);
  }
}

function triesLeftIn(counters: RetryCounters, certificate: string | null): { triesLeft?: number } {
  const triesLeft = certificate === null ? undefined : counters[certificate];
  return triesLeft === undefined ? {} : { triesLeft };
}

async function fingerprint(certificate: string | undefined): Promise<string | null> {
  const der = certificate === undefined ? null : fromBase64Url(certificate);
  return der && toHex(await sha256(der));
}

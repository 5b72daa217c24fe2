import { readFileSync, renameSync, writeFileSync } from "node:fs";
import type { KeyUse } from "../applet/applet-table.ts";
import { fromBase64Url, sha256, toHex } from "../bytes.ts";
import { SoftwareSecureElement } from "../software/secure-element.ts";
import type { SecureElementImage } from "../software/secure-element-image.ts";
import type { VirtualCard } from "./serve-virtual-card.ts";
import { SimulatorRefusal } from "./simulator-refusal.ts";

/** Retry counters by the SHA-256 of their certificate, so that a card made anew begins with all its tries. */
type KeptCounters = Readonly<Record<string, number>>;

const uses: readonly KeyUse[] = ["authentication", "signature"];

/** A card whose retry counters outlive the process: a changed counter is in the file before the answer is given. */
export class KeptCard implements VirtualCard {
  readonly #element: SoftwareSecureElement;
  readonly #file: string;
  readonly #certificates: Readonly<Record<KeyUse, string | null>>;
  #kept: KeptCounters;

  private constructor(element: SoftwareSecureElement, file: string, certificates: Readonly<Record<KeyUse, string | null>>, kept: KeptCounters) {
    this.#element = element;
    this.#file = file;
    this.#certificates = certificates;
    this.#kept = kept;
  }

  /**
   * The card of an image with the counters that the file has for it, if it has any.
   * @throws SimulatorRefusal if the file is there and is not of this form.
   */
  static async open(image: SecureElementImage, file: string): Promise<KeptCard> {
    const kept = readCounters(file);
    const certificates = { authentication: await fingerprint(image.authentication?.certificate), signature: await fingerprint(image.signature?.certificate) };
    const { authentication, signature } = image;
    const element = new SoftwareSecureElement({
      authentication: authentication && { ...authentication, ...triesLeftIn(kept, certificates.authentication) },
      signature: signature && { ...signature, ...triesLeftIn(kept, certificates.signature) },
    });
    return new KeptCard(element, file, certificates, kept);
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
    const changed: Record<string, number> = {};
    for (const use of uses) {
      const [certificate, count] = [this.#certificates[use], counters[use]];
      if (certificate !== null && count !== null && this.#kept[certificate] !== count) changed[certificate] = count;
    }
    if (Object.keys(changed).length === 0) return;
    this.#kept = { ...this.#kept, ...changed };
    // Renamed into its place, so that the file is never half written.
    writeFileSync(`${this.#file}.new`, `${JSON.stringify({ triesLeft: this.#kept }, null, 2)}\n`);
    renameSync(`${this.#file}.new`, this.#file);
  }
}

function triesLeftIn(kept: KeptCounters, certificate: string | null): { triesLeft?: number } {
  const triesLeft = certificate === null ? undefined : kept[certificate];
  return triesLeft === undefined ? {} : { triesLeft };
}

async function fingerprint(certificate: string | undefined): Promise<string | null> {
  const der = certificate === undefined ? null : fromBase64Url(certificate);
  return der && toHex(await sha256(der));
}

function readCounters(file: string): KeptCounters {
  const text = readIfThere(file);
  if (text === null) return {};
  const triesLeft = parseCounters(text);
  if (triesLeft === null) throw new SimulatorRefusal(`${file} does not hold retry counters`);
  return triesLeft;
}

function readIfThere(file: string): string | null {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}

function parseCounters(text: string): KeptCounters | null {
  try {
    const { triesLeft } = JSON.parse(text) as { triesLeft: Record<string, unknown> };
    return Object.values(triesLeft).every((count) => typeof count === "number") ? (triesLeft as KeptCounters) : null;
  } catch {
    return null;
  }
}

import { exchange } from "../apdu/exchange.ts";
import { utf8, type Bytes } from "../bytes.ts";
import type { Cancellable } from "../transports/cancellation.ts";
import { Connection } from "../transports/connection.ts";
import type { Transport } from "../transports/transport.ts";
import { askTriesLeft, presentPin, selectApplication, selectFile, signDigest, type Send } from "./applet-commands.ts";
import { AppletError } from "./applet-error.ts";
import { isPin, type KeyUse } from "./applet-table.ts";
import { readCertificateFile, refuseOtherCard, type CertificateKind } from "./certificate-file.ts";

/** Which card is meant, and what element and transport can do. */
export interface SelectOptions extends Cancellable {
  /**
   * The authentication certificate of the card that was begun with: any other card is `wrong_card`, before
   * a PIN is sent to it. Two more APDUs.
   */
  readonly sameCardAs?: Uint8Array | undefined;
  /** Seconds that the element has to answer a command; 5 if absent. */
  readonly answerWithin?: number | undefined;
  /** Seconds that the element has to sign; 15 if absent. */
  readonly signWithin?: number | undefined;
  /** Whether transport and element carry extended length: a certificate is then read at once. */
  readonly extendedLength?: boolean | undefined;
}

/** What may be risked with a PIN. */
export interface VerifyPinOptions extends Cancellable {
  /** Whether the PIN may be presented when a wrong one would block it. Ask the person first. */
  readonly spendLastTry?: boolean | undefined;
}

/**
 * The JPKI application (JPKI-AP) in a Secure Element or on a card.
 *
 * Each method is a sequence of APDUs; calls made at once are carried out one after another. All of them
 * reject with an {@link AppletError} when the applet refuses, and with a {@link TransportError} when the way
 * to it failed: then this object is of no more use, and the application must be selected anew.
 */
export class JpkiApplet {
  readonly #connection: Connection;
  readonly #options: SelectOptions;

  private constructor(connection: Connection, options: SelectOptions) {
    this.#connection = connection;
    this.#options = options;
  }

  /**
   * Opens the transport and selects the application, which ends every applet selected over this transport
   * before. Rejects with `applet_not_found` if this is another kind of card, and with `wrong_card`.
   */
  static async select(transport: Transport, options: SelectOptions = {}): Promise<JpkiApplet> {
    const applet = new JpkiApplet(new Connection(transport), options);
    await applet.#inTurn(options, async (send) => {
      await selectApplication(send);
      if (options.sameCardAs !== undefined) await refuseOtherCard(send, options.sameCardAs);
    });
    return applet;
  }

  /** Whether the way to it has failed, or the card is known to be gone: select the application anew. */
  get isLost(): boolean {
    return this.#connection.isEnded;
  }

  /** How many wrong PINs are left before it is blocked; asking spends none. */
  async triesLeft(use: KeyUse, options: Cancellable = {}): Promise<number> {
    return this.#inTurn(options, async (send) => {
      await selectFile(send, use, "pin");
      return askTriesLeft(send, use);
    });
  }

  /**
   * Presents the PIN: four digits for authentication, 6 to 16 capital letters and digits for signature. A
   * PIN given as bytes is taken over, and overwritten with zeros before this returns; a string cannot be.
   *
   * The tries left are asked for first. Rejects with `pin_blocked` if there are none, with `pin_last_try` if
   * there is one and it is not to be spent, with `pin_malformed`: no PIN was sent; with `pin_wrong` and
   * `triesLeft`, or with `pin_blocked` after the last try. After a {@link TransportError} a try may be spent.
   */
  async verifyPin(use: KeyUse, pin: Uint8Array | string, options: VerifyPinOptions = {}): Promise<void> {
    const data = takePin(pin);
    try {
      if (!isPin(use, data)) throw new AppletError("pin_malformed");
      await this.#inTurn(options, async (send) => {
        await selectFile(send, use, "pin");
        const triesLeft = await askTriesLeft(send, use);
        if (triesLeft === 0) throw new AppletError("pin_blocked", { triesLeft });
        if (triesLeft === 1 && options.spendLastTry !== true) throw new AppletError("pin_last_try", { triesLeft });
        await presentPin(send, data, triesLeft);
      });
    } finally {
      data.fill(0);
    }
  }

  /** The holder's certificate in DER. The signature certificate needs its PIN first. */
  async readCertificate(use: KeyUse, options: Cancellable = {}): Promise<Bytes> {
    return this.#readFile(use, "certificate", options);
  }

  /** The certification authority's certificate in DER. */
  async readCaCertificate(use: KeyUse, options: Cancellable = {}): Promise<Bytes> {
    return this.#readFile(use, "caCertificate", options);
  }

  /** Signs a SHA-256 digest (32 bytes): RSASSA-PKCS1-v1_5, 256 bytes. Needs the key's PIN first. */
  async sign(use: KeyUse, digest: Uint8Array, options: Cancellable = {}): Promise<Uint8Array> {
    if (digest.length !== 32) throw new AppletError("digest_malformed");
    const { signWithin = 15 } = this.#options;
    return this.#inTurn(options, async (send) => {
      await selectFile(send, use, "key");
      return signDigest(send, digest, signWithin);
    });
  }

  async #readFile(use: KeyUse, kind: CertificateKind, options: Cancellable): Promise<Bytes> {
    const blockLength = this.#options.extendedLength === true ? 0x10000 : 0x100;
    return this.#inTurn(options, (send) => readCertificateFile(send, use, kind, blockLength));
  }

  /** Sequences must not mix: each begins by selecting the file that the next command is about. */
  async #inTurn<Result>({ signal }: Cancellable, sequence: (send: Send) => Promise<Result>): Promise<Result> {
    const { answerWithin: within, extendedLength } = this.#options;
    return this.#connection.inTurn((transmit) => sequence((command, more) => exchange(transmit, command, { within, extendedLength, ...more })), { signal });
  }
}

/** A copy of the PIN, which is gone from where it was: another call with the same bytes finds no PIN. */
function takePin(pin: Uint8Array | string): Uint8Array {
  if (typeof pin === "string") return utf8(pin);
  const taken = Uint8Array.from(pin);
  pin.fill(0);
  return taken;
}

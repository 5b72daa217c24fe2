import type { CommandApdu, ResponseApdu } from "../apdu/apdu.ts";
import { AppletError, errorOfStatus, triesLeftIn } from "./applet-error.ts";
import { applicationId, commands, files, isPin, pinRules, signatureLength, statusWords, type FileKind, type KeyUse } from "./applet-table.ts";
import { concatBytes, utf8, type Bytes } from "../bytes.ts";
import { derHeaderLength, readDerLength } from "./der-length.ts";
import { sha256DigestInfo } from "./digest-info.ts";
import { exchange } from "../apdu/exchange.ts";
import type { Transport } from "../transports/transport.ts";

/** READ BINARY asks for as much as a short APDU can carry. */
const blockLength = 0x100;
/** No certificate of the bridge's world is larger; READ BINARY's offset ends at 32767. */
const longestFile = 16 * 1024;

/**
 * The JPKI application (JPKI-AP) in a Secure Element or on a card.
 *
 * Each method is a sequence of APDUs; calls made at once are carried out one after another.
 * All of them reject with an {@link AppletError}, or with the transport's own error.
 */
export class JpkiApplet {
  readonly #transport: Transport;
  #last: Promise<unknown> = Promise.resolve();

  private constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Selects the application; `applet_not_found` if the element does not have it. */
  static async select(transport: Transport): Promise<JpkiApplet> {
    const { status } = await exchange(transport, { ...commands.selectApplication, data: applicationId });
    if (status === statusWords.notFound) throw new AppletError("applet_not_found", { status });
    if (status !== statusWords.success) throw errorOfStatus(status);
    return new JpkiApplet(transport);
  }

  /** How many wrong PINs are left before it is blocked; asking spends none. */
  async triesLeft(use: KeyUse): Promise<number> {
    return this.#inTurn(async () => {
      await this.#selectFile(use, "pin");
      const { status } = await this.#send(commands.verify);
      // "No verification needed": a right PIN was given before, which set the counter back.
      if (status === statusWords.success) return pinRules[use].tries;
      if (status === statusWords.authenticationBlocked) return 0;
      const triesLeft = triesLeftIn(status);
      if (triesLeft === null) throw errorOfStatus(status);
      return triesLeft;
    });
  }

  /**
   * Presents the PIN: four digits for authentication, 6 to 16 capital letters and digits for signature.
   * A PIN given as bytes is overwritten with zeros whatever happens; a string cannot be.
   */
  async verifyPin(use: KeyUse, pin: Uint8Array | string): Promise<void> {
    const data = typeof pin === "string" ? utf8(pin) : pin;
    try {
      if (!isPin(use, data)) throw new AppletError("pin_malformed");
      await this.#inTurn(async () => {
        await this.#selectFile(use, "pin");
        await this.#sendExpectingSuccess({ ...commands.verify, data });
      });
    } finally {
      data.fill(0);
    }
  }

  /** The holder's certificate in DER. The signature certificate needs its PIN first. */
  async readCertificate(use: KeyUse): Promise<Bytes> {
    return this.#inTurn(() => this.#readFile(use, "certificate"));
  }

  /** The certification authority's certificate in DER. */
  async readCaCertificate(use: KeyUse): Promise<Bytes> {
    return this.#inTurn(() => this.#readFile(use, "caCertificate"));
  }

  /** Signs a SHA-256 digest (32 bytes): RSASSA-PKCS1-v1_5, 256 bytes. Needs the key's PIN first. */
  async sign(use: KeyUse, digest: Uint8Array): Promise<Uint8Array> {
    if (digest.length !== 32) throw new AppletError("digest_malformed");
    const data = sha256DigestInfo(digest);
    return this.#inTurn(async () => {
      await this.#selectFile(use, "key");
      const signature = await this.#sendExpectingSuccess({ ...commands.sign, data, expected: signatureLength });
      if (signature.length !== signatureLength) throw new AppletError("response_malformed");
      return signature;
    });
  }

  /** Sequences must not mix: each begins by selecting the file that the next command is about. */
  async #inTurn<Result>(sequence: () => Promise<Result>): Promise<Result> {
    const turn = this.#last.then(sequence);
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  async #selectFile(use: KeyUse, kind: FileKind): Promise<void> {
    const identifier = files[use][kind];
    await this.#sendExpectingSuccess({ ...commands.selectFile, data: Uint8Array.of(identifier >> 8, identifier & 0xff) });
  }

  async #readFile(use: KeyUse, kind: "certificate" | "caCertificate"): Promise<Bytes> {
    await this.#selectFile(use, kind);
    const header = await this.#readOn(new Uint8Array(), derHeaderLength);
    const length = readDerLength(header);
    if (length === null || length > longestFile) throw new AppletError("file_malformed");
    return (await this.#readOn(header, length)).slice(0, length);
  }

  /** Reads on until the file's first `length` octets are there; an answer may be shorter than asked for. */
  async #readOn(begun: Bytes, length: number): Promise<Bytes> {
    let file = begun;
    while (file.length < length) {
      const expected = Math.min(blockLength, length - file.length);
      const read = { ...commands.readBinary, p1: file.length >> 8, p2: file.length & 0xff, expected };
      const { data, status } = await this.#send(read);
      if (status === statusWords.offsetOutsideFile) throw new AppletError("file_malformed", { status });
      if (status !== statusWords.success && status !== statusWords.endOfFile) throw errorOfStatus(status);
      if (data.length === 0) throw new AppletError("file_malformed", { status });
      file = concatBytes(file, data);
    }
    return file;
  }

  async #sendExpectingSuccess(command: CommandApdu): Promise<Uint8Array> {
    const { data, status } = await this.#send(command);
    if (status !== statusWords.success) throw errorOfStatus(status);
    return data;
  }

  async #send(command: CommandApdu): Promise<ResponseApdu> {
    return exchange(this.#transport, command);
  }
}

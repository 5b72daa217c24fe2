import { decodeCommand, encodeResponse, type CommandApdu, type ResponseApdu } from "../apdu/apdu.ts";
import { statusWords } from "../apdu/status-words.ts";
import { applicationId, commands, fileOf, pinRules, signatureLength, type AppletFile, type KeyUse } from "../applet/applet-table.ts";
import { equalBytes, type Bytes } from "../bytes.ts";
import { checkDigestInfo } from "../applet/digest-info.ts";
import { CommandChain } from "./command-chain.ts";
import { readImage, type Holding, type SecureElementImage } from "./secure-element-image.ts";
import type { Transport } from "../transports/transport.ts";

/** Where the host is in the element's tree. */
type Selection =
  | { readonly at: "root" }
  | { readonly at: "application" }
  | { readonly at: "file"; readonly file: AppletFile; readonly holding: Holding };

/**
 * The JPKI applet in software, for development, tests and the sandbox. It answers APDUs as the table of
 * the applet says; its private keys sign and are given out by no APDU and no method.
 */
export class SoftwareSecureElement implements Transport {
  readonly #holdings: Readonly<Record<KeyUse, Holding | null>>;
  #selection: Selection = { at: "root" };
  readonly #chain = new CommandChain();

  /** @throws TypeError if the image is not as it must be. */
  constructor(image: SecureElementImage) {
    this.#holdings = readImage(image);
  }

  /** Answers one command APDU. It never rejects: whatever is wrong has a status word. */
  async transmit(command: Uint8Array): Promise<Bytes> {
    const decoded = decodeCommand(command);
    if (decoded === null) return encodeResponse(failure("wrongLength"));
    const whole = this.#chain.add(decoded);
    if (typeof whole === "number") return encodeResponse({ data: new Uint8Array(), status: whole });
    return encodeResponse(this.#answer(whole));
  }

  /** Retry counters, to be kept with the image; `null` where there is no key. */
  counters(): Record<KeyUse, number | null> {
    const { authentication, signature } = this.#holdings;
    return { authentication: authentication?.pin.triesLeft ?? null, signature: signature?.pin.triesLeft ?? null };
  }

  /** As when the power goes: nothing is selected, no PIN counts as given; the retry counters stay. */
  reset(): void {
    this.#selection = { at: "root" };
    this.#chain.forget();
    this.#holdings.authentication?.pin.forget();
    this.#holdings.signature?.pin.forget();
  }

  async close(): Promise<void> {
    this.reset();
  }

  #answer(command: CommandApdu): ResponseApdu {
    if (command.cla !== 0x00 && command.cla !== 0x80) return failure("unknownClass");
    if (isCommand(command, commands.selectApplication)) return this.#select(command);
    if (this.#selection.at === "root") return failure("conditionsNotSatisfied");
    if (isCommand(command, commands.verify)) return this.#verify(command);
    if (isCommand(command, commands.readBinary)) return this.#readBinary(command);
    if (isCommand(command, commands.sign)) return this.#sign(command);
    return failure("unknownInstruction");
  }

  #select(command: CommandApdu): ResponseApdu {
    const data = command.data ?? new Uint8Array();
    if (hasParameters(command, commands.selectApplication)) return this.#selectApplication(data);
    if (!hasParameters(command, commands.selectFile)) return failure("wrongParameters");
    return this.#selection.at === "root" ? failure("conditionsNotSatisfied") : this.#selectFile(data);
  }

  /** Another application, or the same anew: what was allowed before is over. */
  #selectApplication(identifier: Uint8Array): ResponseApdu {
    this.reset();
    if (!equalBytes(identifier, applicationId)) return failure("notFound");
    this.#selection = { at: "application" };
    return success();
  }

  #selectFile(identifier: Uint8Array): ResponseApdu {
    const [high, low] = identifier;
    if (high === undefined || low === undefined || identifier.length !== 2) return failure("wrongLength");
    const file = fileOf((high << 8) | low);
    const holding = file === undefined ? null : this.#holdings[file.use];
    if (file === undefined || holding === null) return failure("notFound");
    this.#selection = { at: "file", file, holding };
    return success();
  }

  #verify(command: CommandApdu): ResponseApdu {
    if (!hasParameters(command, commands.verify)) return failure("wrongParameters");
    if (this.#selection.at !== "file") return failure("noCurrentFile");
    const { file, holding: { pin } } = this.#selection;
    if (file.kind !== "pin") return failure("incompatibleFile");
    if (command.data === undefined) return triesLeft(pin.triesLeft);
    const { shortest, longest } = pinRules[file.use];
    if (command.data.length < shortest || command.data.length > longest) return failure("wrongLength");
    const verdict = pin.verify(command.data);
    if (verdict === "right") return success();
    return verdict === "wrong" ? triesLeft(pin.triesLeft) : failure("authenticationBlocked");
  }

  #readBinary(command: CommandApdu): ResponseApdu {
    // P1 with its top bit set names a short file identifier (ISO/IEC 7816-4, 7.2.2): the applet has none.
    if (command.p1 >= 0x80) return failure("wrongParameters");
    if (this.#selection.at !== "file") return failure("noCurrentFile");
    const { file, holding } = this.#selection;
    if (file.kind !== "certificate" && file.kind !== "caCertificate") return failure("incompatibleFile");
    const needsPin = file.use === "signature" && file.kind === "certificate";
    if (needsPin && !holding.pin.verified) return failure("securityStatusNotSatisfied");
    if (command.expected === undefined) return failure("wrongLength");
    return readFrom(holding[file.kind], (command.p1 << 8) | command.p2, command.expected);
  }

  #sign(command: CommandApdu): ResponseApdu {
    if (!hasParameters(command, commands.sign)) return failure("wrongParameters");
    if (this.#selection.at !== "file") return failure("noCurrentFile");
    const { file, holding } = this.#selection;
    if (file.kind !== "key") return failure("incompatibleFile");
    if (!holding.pin.verified) return failure("securityStatusNotSatisfied");
    const digestInfo = command.data ?? new Uint8Array();
    const form = checkDigestInfo(digestInfo);
    if (form !== "valid") return failure(form === "malformed" ? "wrongData" : "wrongLength");
    // SW2 00 stands for Le 256, the length of every signature.
    if ((command.expected ?? 0) < signatureLength) return failure("wrongExpectedLength");
    const signature = holding.key.sign(digestInfo);
    return signature === null ? failure("noDiagnosis") : success(signature);
  }
}

function readFrom(file: Uint8Array, offset: number, expected: number): ResponseApdu {
  if (offset >= file.length) return failure("offsetOutsideFile");
  const data = file.subarray(offset, offset + expected);
  // The largest Le of a short or extended APDU asks for all there is, so less is no early end.
  const endedEarly = data.length < expected && expected !== 0x100 && expected !== 0x10000;
  return { data, status: endedEarly ? statusWords.endOfFile : statusWords.success };
}

function isCommand({ cla, ins }: CommandApdu, command: CommandApdu): boolean {
  return cla === command.cla && ins === command.ins;
}

function hasParameters({ p1, p2 }: CommandApdu, command: CommandApdu): boolean {
  return p1 === command.p1 && p2 === command.p2;
}

function success(data: Uint8Array = new Uint8Array()): ResponseApdu {
  return { data, status: statusWords.success };
}

function failure(name: keyof typeof statusWords): ResponseApdu {
  return { data: new Uint8Array(), status: statusWords[name] };
}

function triesLeft(tries: number): ResponseApdu {
  return { data: new Uint8Array(), status: statusWords.verificationFailed | tries };
}

/**
 * The JPKI applet in one table: its name, files, PINs, commands and refusals. The applet client and the
 * software Secure Element both read it from here. Application, files and PINs agree with OpenSC's JPKI
 * driver.
 */
import { statusWords } from "../apdu/status-words.ts";

/** The two keys, each with its own PIN and certificates. */
export type KeyUse = "authentication" | "signature";

/** The application identifier of JPKI-AP. */
export const applicationId = Uint8Array.of(0xd3, 0x92, 0xf0, 0x00, 0x26, 0x01, 0x00, 0x00, 0x00, 0x01);

/** Elementary file identifiers. */
export const files = {
  authentication: { pin: 0x0018, key: 0x0017, certificate: 0x000a, caCertificate: 0x000b },
  signature: { pin: 0x001b, key: 0x001a, certificate: 0x0001, caCertificate: 0x0002 },
} as const;
export type FileKind = keyof (typeof files)[KeyUse];

/** An elementary file: which key it belongs to and what it is. */
export interface AppletFile {
  readonly use: KeyUse;
  readonly kind: FileKind;
}

const filesByIdentifier = new Map<number, AppletFile>([
  [files.authentication.pin, { use: "authentication", kind: "pin" }],
  [files.authentication.key, { use: "authentication", kind: "key" }],
  [files.authentication.certificate, { use: "authentication", kind: "certificate" }],
  [files.authentication.caCertificate, { use: "authentication", kind: "caCertificate" }],
  [files.signature.pin, { use: "signature", kind: "pin" }],
  [files.signature.key, { use: "signature", kind: "key" }],
  [files.signature.certificate, { use: "signature", kind: "certificate" }],
  [files.signature.caCertificate, { use: "signature", kind: "caCertificate" }],
]);

/** The file of an identifier, if the applet has one. */
export function fileOf(identifier: number): AppletFile | undefined {
  return filesByIdentifier.get(identifier);
}

/** What a PIN looks like, and the tries it starts with. */
export const pinRules = {
  authentication: { shortest: 4, longest: 4, letters: false, tries: 3 },
  signature: { shortest: 6, longest: 16, letters: true, tries: 5 },
} as const;

/** Whether octets are a PIN for this key: digits, and capital letters for signature, in ASCII. */
export function isPin(use: KeyUse, octets: Uint8Array): boolean {
  const { shortest, longest, letters } = pinRules[use];
  const isDigit = (octet: number): boolean => octet >= 0x30 && octet <= 0x39;
  const isLetter = (octet: number): boolean => octet >= 0x41 && octet <= 0x5a;
  if (octets.length < shortest || octets.length > longest) return false;
  return octets.every((octet) => isDigit(octet) || (letters && isLetter(octet)));
}

/** Command headers. */
export const commands = {
  selectApplication: { cla: 0x00, ins: 0xa4, p1: 0x04, p2: 0x0c },
  selectFile: { cla: 0x00, ins: 0xa4, p1: 0x02, p2: 0x0c },
  verify: { cla: 0x00, ins: 0x20, p1: 0x00, p2: 0x80 },
  /** P1-P2 carry the offset, 15 bits. */
  readBinary: { cla: 0x00, ins: 0xb0, p1: 0x00, p2: 0x00 },
  sign: { cla: 0x80, ins: 0x2a, p1: 0x00, p2: 0x80 },
} as const;

/** Octets of a signature by an RSA-2048 key. */
export const signatureLength = 256;

/**
 * What the status words of a refusal mean. The public command set does not say how a blocked PIN or a
 * missing file answers: these are the words that ISO/IEC 7816-4, 5.1.3 has for it.
 */
export const refusals: ReadonlyMap<number, "pin_blocked" | "file_not_found" | "security_status_not_satisfied"> = new Map([
  [statusWords.verificationFailed, "pin_blocked"],
  [statusWords.authenticationBlocked, "pin_blocked"],
  [statusWords.referenceDataNotUsable, "pin_blocked"],
  [statusWords.notFound, "file_not_found"],
  [statusWords.securityStatusNotSatisfied, "security_status_not_satisfied"],
]);

/** What READ BINARY may answer at the beginning of a file that holds nothing, besides success without data. */
export const emptyFile: readonly number[] = [statusWords.offsetOutsideFile, statusWords.notFound];

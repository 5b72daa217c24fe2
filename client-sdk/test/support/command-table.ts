/**
 * What each operation of the JPKI applet sends, from the public command set alone: SELECT `00 A4`, VERIFY
 * `00 20 00 80`, READ BINARY `00 B0`, and `80 2A 00 80` to sign; nothing here is read from the code.
 */
import type { KeyUse } from "../../src/applet/applet-table.ts";

/** In hexadecimal; `**` stands for each octet of a PIN. */
export interface OperationRow {
  readonly operation: "select" | "triesLeft" | "verifyPin" | "readCertificate" | "readCaCertificate" | "sign";
  readonly use: KeyUse;
  readonly commands: readonly string[];
}

/** READ BINARY of `length` octets, in blocks of 256: the offset in P1-P2, Le 00 for a whole block. */
export function readCommands(length: number): string[] {
  const commands: string[] = [];
  for (let offset = 0; offset < length; offset += 256) {
    const expected = Math.min(256, length - offset) % 256;
    commands.push(`00b0${offset.toString(16).padStart(4, "0")}${expected.toString(16).padStart(2, "0")}`);
  }
  return commands;
}

const file = (identifier: string): string => `00a4020c02${identifier}`;
const readTriesLeft = "00200080";
const digestInfo = (digest: string): string => `3031300d060960864801650304020105000420${digest}`;
const sign = (digest: string): string => `802a008033${digestInfo(digest)}00`;

export interface TableOf {
  /** Octets of the certificates. */
  readonly lengths: Readonly<Record<KeyUse | "ca", number>>;
  /** The SHA-256 digest to sign, in hexadecimal. */
  readonly digest: string;
}

/** The table: a PIN of four digits for authentication, of six characters for signature. */
export function commandTable({ lengths, digest }: TableOf): OperationRow[] {
  return [
    { operation: "select", use: "authentication", commands: ["00a4040c0ad392f000260100000001"] },
    { operation: "triesLeft", use: "authentication", commands: [file("0018"), readTriesLeft] },
    { operation: "triesLeft", use: "signature", commands: [file("001b"), readTriesLeft] },
    { operation: "verifyPin", use: "authentication", commands: [file("0018"), readTriesLeft, "0020008004********"] },
    { operation: "verifyPin", use: "signature", commands: [file("001b"), readTriesLeft, "0020008006************"] },
    { operation: "readCertificate", use: "authentication", commands: [file("000a"), ...readCommands(lengths.authentication)] },
    { operation: "readCertificate", use: "signature", commands: [file("0001"), ...readCommands(lengths.signature)] },
    { operation: "readCaCertificate", use: "authentication", commands: [file("000b"), ...readCommands(lengths.ca)] },
    { operation: "readCaCertificate", use: "signature", commands: [file("0002"), ...readCommands(lengths.ca)] },
    { operation: "sign", use: "authentication", commands: [file("0017"), sign(digest)] },
    { operation: "sign", use: "signature", commands: [file("001a"), sign(digest)] },
  ];
}

/** A command in hexadecimal with the PIN masked. */
export function masked(command: string): string {
  const isPin = /^00200080../u.test(command);
  return isPin ? command.slice(0, 10) + "*".repeat(command.length - 10) : command;
}

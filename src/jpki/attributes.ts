import { accept, refuse, type Verdict } from "../errors.ts";
import type { Certificate } from "../pki/certificate.ts";
import { parseDer, tag } from "../pki/der.ts";
import { decodeDirectoryString } from "../pki/name-text.ts";

/**
 * The four basic attributes (基本4情報) that a signature certificate states of its holder, in otherNames
 * of its subjectAltName. JPKI's profile is not public as a whole: the object identifiers and forms below
 * are what readers of real certificates agree on.
 */
export interface BasicAttributes {
  readonly name: WrittenText;
  readonly address: WrittenText;
  /** `YYYY-MM-DD` (Gregorian); null when the register does not know the day. */
  readonly birthDate: string | null;
  /** null when the register does not say. */
  readonly gender: "male" | "female" | null;
}

/** Text as the certificate writes it. */
export interface WrittenText {
  readonly text: string;
  /** Positions of the characters that stand in for one which JIS does not have (代替文字), from 0. */
  readonly substituted: readonly number[];
}

const oid = {
  name: "1.2.392.200149.8.5.5.1",
  nameSubstitutes: "1.2.392.200149.8.5.5.2",
  gender: "1.2.392.200149.8.5.5.3",
  birthDate: "1.2.392.200149.8.5.5.4",
  address: "1.2.392.200149.8.5.5.5",
  addressSubstitutes: "1.2.392.200149.8.5.5.6",
} as const;

/** Longer than any name or address that a municipality writes. */
const longestText = 400;

/**
 * The attributes of a signature certificate whose path and profile were verified before. Each stands
 * there once and in its form, or nothing of it is taken.
 *
 * Never throws. Refuses with `malformed_certificate`; `at` names the attribute, never its value.
 */
export function basicAttributes(certificate: Certificate): Verdict<BasicAttributes> {
  const stated = new Map<string, string>();
  for (const general of certificate.extensions.subjectAltName ?? []) {
    if (general.kind !== "otherName") continue;
    if (stated.has(general.type)) return refuse("malformed_certificate", "attribute stated twice");
    const text = readText(general.value);
    if (text === null) return refuse("malformed_certificate", "attribute is not text");
    stated.set(general.type, text);
  }
  const name = written(stated.get(oid.name), stated.get(oid.nameSubstitutes));
  if (name === null) return refuse("malformed_certificate", "name");
  const address = writtenAddress(stated.get(oid.address), stated.get(oid.addressSubstitutes));
  if (address === null) return refuse("malformed_certificate", "address");
  const birthDate = readBirthDate(stated.get(oid.birthDate) ?? "");
  if (birthDate === undefined) return refuse("malformed_certificate", "birth date");
  const gender = genders.get(stated.get(oid.gender) ?? "");
  if (gender === undefined) return refuse("malformed_certificate", "gender");
  return accept({ name, address, birthDate, gender });
}

function readText(der: Uint8Array): string | null {
  const limits = { maximumLength: 4 * longestText, maximumDepth: 1, maximumValues: 1 };
  const read = parseDer(der, limits, (reader) => decodeDirectoryString(reader.read(tag.utf8String)), "malformed_certificate");
  return read.valid ? (read.value ?? null) : null;
}

/** One digit a character: 0 as registered, 1 a substitute. They are left out where there is none. */
const substitutesForm = /^[01]*$/;

function written(text: string | undefined, substitutes = ""): WrittenText | null {
  const isLine = text !== undefined && /^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+$/u.test(text) && text.trim() !== "";
  if (!isLine || substitutesForm.test(text) || !substitutesForm.test(substitutes)) return null;
  const { length } = [...text];
  if (length > longestText || (substitutes !== "" && substitutes.length !== length)) return null;
  return { text, substituted: [...substitutes].flatMap((digit, position) => (digit === "1" ? [position] : [])) };
}

/** Sources disagree about which of the two is which: no address consists of these digits alone. */
function writtenAddress(text: string | undefined, substitutes: string | undefined): WrittenText | null {
  const isSwapped = text !== undefined && substitutesForm.test(text) && substitutes !== undefined && !substitutesForm.test(substitutes);
  return isSwapped ? written(substitutes, text) : written(text, substitutes);
}

const genders = new Map<string, BasicAttributes["gender"]>([["1", "male"], ["2", "female"], ["3", null]]);

/** An era's digit (1 Meiji to 5 Reiwa, 0 unknown) before the Gregorian date; `undefined` when it is not that. */
function readBirthDate(text: string): string | null | undefined {
  const [, year, month, day] = /^[0-5](\d{4})(\d{2})(\d{2})$/.exec(text) ?? [];
  if (year === undefined || month === undefined || day === undefined) return undefined;
  if (year === "0000" || month === "00" || day === "00") return null;
  const date = `${year}-${month}-${day}`;
  const parsed = new Date(`${date}T00:00:00Z`);
  return Number.isNaN(parsed.getTime()) || parsed.toISOString().slice(0, 10) !== date ? undefined : date;
}

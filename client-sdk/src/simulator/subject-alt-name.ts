import type { Asn1 } from "./certificate-libraries.ts";

/** What JPKI's signature certificate says about its holder. */
export interface HolderAttributes {
  readonly name: string;
  /** 1 male, 2 female, 3 not known. */
  readonly gender: "1" | "2" | "3";
  /** A digit for the era (1 Meiji to 5 Reiwa), then `YYYYMMDD` of the Gregorian calendar. */
  readonly birthDate: string;
  readonly address: string;
}

const arc = "1.2.392.200149.8.5.5";

/** The DER value of the subjectAltName of a signature certificate: an otherName with a UTF8String for each attribute. */
export function subjectAltName({ Constructed, ObjectIdentifier, Sequence, Utf8String }: Asn1, holder: HolderAttributes): ArrayBuffer {
  // One digit a character: 0 says that the character stands as registered, without a substitute.
  const asRegistered = (text: string): string => "0".repeat([...text].length);
  const values = [holder.name, asRegistered(holder.name), holder.gender, holder.birthDate, holder.address, asRegistered(holder.address)];
  // Both the choice otherName and its value are [0] (RFC 5280 4.2.1.6).
  const tagged = { idBlock: { tagClass: 3, tagNumber: 0 } };
  const names = values.map((value, index) => {
    const type = new ObjectIdentifier({ value: `${arc}.${index + 1}` });
    return new Constructed({ ...tagged, value: [type, new Constructed({ ...tagged, value: [new Utf8String({ value })] })] });
  });
  return new Sequence({ value: names }).toBER();
}

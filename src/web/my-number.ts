import { Refusal } from "../errors.ts";

/**
 * Refuses text that holds a My Number: twelve digits whose last is the check digit of the first
 * eleven (Ordinance of the Ministry of Internal Affairs and Communications No. 85 of 2014, article 5).
 * @throws Refusal `my_number_refused`.
 */
export function refuseMyNumber(text: string): void {
  // People write it in groups, with whatever their keyboard gives for a hyphen; "ー" is a letter.
  const digits = text.normalize("NFKC").replace(/[\s\p{P}\p{S}\p{Cf}ー]/gu, "");
  for (const [candidate] of digits.matchAll(/(?<!\d)\d{12}(?!\d)/g)) {
    if (hasCheckDigit(candidate)) throw new Refusal("my_number_refused", "free text");
  }
}

function hasCheckDigit(digits: string): boolean {
  const sum = [...digits.slice(0, 11)].reverse().reduce((total, digit, index) => total + Number(digit) * (index < 6 ? index + 2 : index - 4), 0);
  const remainder = sum % 11;
  return Number(digits[11]) === (remainder <= 1 ? 0 : 11 - remainder);
}

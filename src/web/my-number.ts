import { Refusal } from "../errors.ts";

/**
 * Refuses text that holds a My Number: twelve digits whose last is the check digit of the first
 * eleven (Ordinance of the Ministry of Internal Affairs and Communications No. 85 of 2014, article 5).
 * @param where the field or option that has it, for the refusal's detail
 * @throws Refusal `my_number_refused`.
 */
export function refuseMyNumber(text: string, where = "free text"): void {
  for (const groups of digitGroups(text.normalize("NFKC"))) {
    for (let first = 0; first < groups.length; first += 1) {
      let candidate = "";
      for (let next = first; next < groups.length && candidate.length < 12; next += 1) candidate += groups[next] ?? "";
      if (candidate.length === 12 && hasCheckDigit(candidate)) throw new Refusal("my_number_refused", where);
    }
  }
}

/**
 * Groups of digits that stand together with nothing but spaces and signs between them. People write
 * the number in groups, with whatever their keyboard gives for a hyphen ("ー" is a letter), and other
 * numbers may stand beside it.
 */
function digitGroups(text: string): string[][] {
  const together: string[][] = [[]];
  for (const [, digits] of text.matchAll(/(\d+)|[^\d\s\p{P}\p{S}\p{Cf}ー]+/gu)) {
    if (digits === undefined) together.push([]);
    else together.at(-1)?.push(digits);
  }
  return together;
}

function hasCheckDigit(digits: string): boolean {
  const sum = [...digits].slice(0, 11).toReversed().reduce((total, digit, index) => total + Number(digit) * (index < 6 ? index + 2 : index - 4), 0);
  const remainder = sum % 11;
  return Number(digits[11]) === (remainder <= 1 ? 0 : 11 - remainder);
}

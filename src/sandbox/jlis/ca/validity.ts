export const HOUR = 3600;
export const DAY = 24 * HOUR;
/** Mean year, for ages only. */
export const YEAR = Math.round(365.25 * DAY);

const japanStandardTime = 9 * HOUR;

/**
 * The end of a certificate issued at `issuedAt`: the fifth birthday after it, last second in Japan.
 * Times in seconds since the epoch, `birthDate` as `YYYY-MM-DD`.
 */
export function fifthBirthdayAfter(birthDate: string, issuedAt: number): number {
  const [, month = 1, day = 1] = birthDate.split("-").map(Number);
  const issueYear = new Date((issuedAt + japanStandardTime) * 1000).getUTCFullYear();
  const startOfBirthday = (year: number): number => Date.UTC(year, month - 1, day) / 1000 - japanStandardTime;
  const first = startOfBirthday(issueYear) > issuedAt ? issueYear : issueYear + 1;
  return startOfBirthday(first + 4) + DAY - 1;
}

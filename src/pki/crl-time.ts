/**
 * The contents of a UTCTime `YYMMDDHHMMSSZ` in epoch seconds, read in place; `null` for what is none.
 * The same as `decodeTime`, without an object or a string.
 */
export function utcSeconds(bytes: Uint8Array, start: number): number | null {
  for (let index = 0; index < 12; index += 1) {
    const digit = (bytes[start + index] ?? 0) - 0x30;
    if (digit < 0 || digit > 9) return null;
  }
  if (bytes[start + 12] !== 0x5a) return null;
  const twoDigits = twoDigitsAt(bytes, start);
  const year = twoDigits >= 50 ? 1900 + twoDigits : 2000 + twoDigits;
  const month = twoDigitsAt(bytes, start + 2);
  const day = twoDigitsAt(bytes, start + 4);
  const hour = twoDigitsAt(bytes, start + 6);
  const minute = twoDigitsAt(bytes, start + 8);
  const second = twoDigitsAt(bytes, start + 10);
  if (month < 1 || month > 12 || day < 1 || day > daysIn(month, year) || hour > 23 || minute > 59 || second > 59) return null;
  return daysSinceEpoch(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second;
}

function twoDigitsAt(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) - 0x30) * 10 + (bytes[at + 1] ?? 0) - 0x30;
}

/** Between 1950 and 2049 every fourth year is a leap year. */
function daysIn(month: number, year: number): number {
  if (month === 2) return year % 4 === 0 ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** Years counted from March, so that the leap day is the last of its year. */
function daysSinceEpoch(year: number, month: number, day: number): number {
  const shifted = month > 2 ? year : year - 1;
  const monthFromMarch = month > 2 ? month - 3 : month + 9;
  const dayOfYear = Math.floor((153 * monthFromMarch + 2) / 5) + day - 1;
  const leapDays = Math.floor(shifted / 4) - Math.floor(shifted / 100) + Math.floor(shifted / 400);
  // 719,468 days lie between 0000-03-01 and 1970-01-01.
  return shifted * 365 + leapDays + dayOfYear - 719_468;
}

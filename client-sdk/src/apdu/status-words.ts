/** Status words SW1-SW2 (ISO/IEC 7816-4, 5.1.3). */
export const statusWords = {
  success: 0x9000,
  /** SW2 tells how many more octets GET RESPONSE gives. */
  moreData: 0x6100,
  endOfFile: 0x6282,
  /** The last digit tells how many tries are left. */
  verificationFailed: 0x63c0,
  wrongLength: 0x6700,
  lastOfChainExpected: 0x6883,
  incompatibleFile: 0x6981,
  securityStatusNotSatisfied: 0x6982,
  authenticationBlocked: 0x6983,
  referenceDataNotUsable: 0x6984,
  conditionsNotSatisfied: 0x6985,
  noCurrentFile: 0x6986,
  wrongData: 0x6a80,
  notFound: 0x6a82,
  wrongParameters: 0x6a86,
  offsetOutsideFile: 0x6b00,
  /** SW2 tells the right Le. */
  wrongExpectedLength: 0x6c00,
  unknownInstruction: 0x6d00,
  unknownClass: 0x6e00,
  noDiagnosis: 0x6f00,
} as const;

/** Whether SW1 is that of `group`, whose SW2 is then a number. */
export function isGroup(status: number, group: number): boolean {
  return (status & 0xff00) === group;
}

/** The number of octets that SW2 tells of: 1 to 256. */
export function lengthIn(status: number): number {
  return status & 0xff || 0x100;
}

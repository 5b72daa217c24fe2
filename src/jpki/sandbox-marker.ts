import { utf8 } from "../bytes.ts";

/** Stands as UTF8String in the name of every sandbox certification authority, so that nobody can take one for real. */
export const SANDBOX_MARKER = "jpki-bridge sandbox";

/**
 * Whether a DER certificate or name carries {@link SANDBOX_MARKER}. It looks at the bytes alone, so a
 * configuration check needs no parser, and every certificate that a sandbox authority issued answers
 * `true` as well: its issuer name carries the marker.
 */
export function isSandboxAuthority(der: Uint8Array): boolean {
  const marker = utf8(SANDBOX_MARKER);
  for (let start = 0; start + marker.length <= der.length; start += 1) {
    if (marker.every((octet, index) => der[start + index] === octet)) return true;
  }
  return false;
}

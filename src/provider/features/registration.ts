/** Where relying parties register themselves (RFC 7591), below the issuer. */
export const registrationEndpoint = "/register";

/**
 * What discovery says of it. The endpoint is ours, not the library's: a registration goes through the
 * rules that the operator's own go through, shares a transaction with what it uses up, and leaves a receipt.
 */
export function registrationDiscovery(issuer: string, isOn: boolean): { readonly registration_endpoint?: string } {
  return isOn ? { registration_endpoint: `${issuer}${registrationEndpoint}` } : {};
}

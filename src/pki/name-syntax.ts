import type { GeneralName } from "./general-name.ts";
import { isAbsoluteUri, isHostName, isHostNameOrWildcard, readMailbox } from "./host-name.ts";

/** What RFC 5280 says the text of a name must look like: as a subject (4.2.1.6), as a constraint (4.2.1.10). */

export function isWellFormedSubjectName(name: GeneralName): boolean {
  switch (name.kind) {
    case "dNSName":
      return isHostNameOrWildcard(name.text);
    case "rfc822Name":
      return readMailbox(name.text) !== null;
    case "uniformResourceIdentifier":
      return isAbsoluteUri(name.text);
    case "iPAddress":
      return name.address.length === 4 || name.address.length === 16;
    default:
      return true;
  }
}

export function isWellFormedConstraint(base: GeneralName): boolean {
  switch (base.kind) {
    case "dNSName":
      return base.text === "" || isHostName(base.text);
    case "rfc822Name":
      return base.text.includes("@") ? readMailbox(base.text) !== null : isHostOrDomain(base.text);
    case "uniformResourceIdentifier":
      return isHostOrDomain(base.text);
    case "iPAddress":
      return isNetwork(base.address);
    default:
      return true;
  }
}

/** A host, or with a period before it the hosts below. */
function isHostOrDomain(text: string): boolean {
  return isHostName(text.startsWith(".") ? text.slice(1) : text);
}

/** Address and mask of IPv4 or IPv6, the mask as CIDR writes it: ones, then zeros (RFC 4632 3.1). */
function isNetwork(network: Uint8Array): boolean {
  if (network.length !== 8 && network.length !== 32) return false;
  const bits = Array.from(network.subarray(network.length / 2), (octet) => octet.toString(2).padStart(8, "0")).join("");
  return /^1*0*$/.test(bits);
}

import type { Certificate } from "./certificate.ts";
import type { GeneralName } from "./general-name.ts";
import { isHostName, isWildcard, readMailbox } from "./host-name.ts";
import { readIpAddress } from "./ip-address.ts";
import { equalBytes } from "../bytes.ts";
import { accept, refuse, type Refused, type Verdict } from "../errors.ts";

/** A name by which the caller knows the certificate's holder (the reference identifier of RFC 9525 6.1). */
export type PeerName =
  | { readonly kind: "dns"; readonly host: string }
  | { readonly kind: "ip"; readonly address: Uint8Array }
  | { readonly kind: "email"; readonly local: string; readonly host: string };

/** Reads a reference identifier; `invalid_request` for what is none. */
export function readPeerName(kind: PeerName["kind"], text: string): Verdict<PeerName> {
  const name = parts(kind, text);
  return name === null ? refuse("invalid_request", `not a name of kind ${kind}`) : accept(name);
}

function parts(kind: PeerName["kind"], text: string): PeerName | null {
  switch (kind) {
    case "dns":
      return { kind, host: text.toLowerCase() };
    case "ip": {
      const address = readIpAddress(text);
      return address === null ? null : { kind, address };
    }
    case "email": {
      const mailbox = readMailbox(text);
      return mailbox === null ? null : { kind, ...mailbox };
    }
  }
}

/**
 * Whether the certificate is of all these names, by its subjectAltName alone (RFC 9525 2: the subject's
 * common name is no longer looked at).
 */
export function peerNameRefusal({ extensions }: Certificate, names: readonly PeerName[]): Refused | null {
  const presented = extensions.subjectAltName ?? [];
  const missing = names.find((name) => !presented.some((each) => isOf(each, name)));
  return missing === undefined ? null : refuse("name_mismatch", `${missing.kind} name (RFC 9525 6)`);
}

function isOf(presented: GeneralName, name: PeerName): boolean {
  switch (name.kind) {
    case "dns":
      return presented.kind === "dNSName" && isHost(presented.text.toLowerCase(), name.host);
    case "ip":
      return presented.kind === "iPAddress" && equalBytes(presented.address, name.address);
    case "email": {
      const mailbox = presented.kind === "rfc822Name" ? readMailbox(presented.text) : null;
      return mailbox !== null && mailbox.local === name.local && mailbox.host === name.host;
    }
  }
}

/** RFC 9525 6.3: a wildcard is the whole first label, and stands for exactly one. */
function isHost(presented: string, host: string): boolean {
  if (!isHostName(host)) return false;
  if (!isWildcard(presented)) return presented === host;
  const dot = host.indexOf(".");
  return dot > 0 && host.slice(dot + 1) === presented.slice(2);
}

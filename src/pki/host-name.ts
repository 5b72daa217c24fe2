/** Texts that name hosts, mailboxes and resources in certificates (RFC 5280 4.2.1.6): their syntax and parts. */

const label = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?";
const hostName = new RegExp(`^${label}(?:\\.${label})*$`);
const maximumHostNameLength = 253;

/** The preferred name syntax of RFC 1034 3.5 as RFC 1123 2.1 has it: letters, digits, hyphens; no final dot. */
export function isHostName(text: string): boolean {
  return text.length <= maximumHostNameLength && hostName.test(text);
}

/** A host name, or one whose first label is `*` (RFC 9525 6.3). */
export function isHostNameOrWildcard(text: string): boolean {
  return isHostName(isWildcard(text) ? text.slice(2) : text);
}

export function isWildcard(text: string): boolean {
  return text.startsWith("*.");
}

/** A mailbox as `local@host`; the host in lower case, for it alone compares without case (RFC 5280 7.5). */
export interface Mailbox {
  readonly local: string;
  readonly host: string;
}

const atom = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+";
const localPart = new RegExp(`^(?:${atom}(?:\\.${atom})*|"(?:[^"\\\\]|\\\\.)*")$`);

/** Splits a Mailbox of RFC 5321 4.1.2; `null` when it is none, or at an address literal. */
export function readMailbox(text: string): Mailbox | null {
  const at = text.lastIndexOf("@");
  if (at < 0) return null;
  const [local, host] = [text.slice(0, at), text.slice(at + 1)];
  return localPart.test(local) && isHostName(host) ? { local, host: host.toLowerCase() } : null;
}

const uri = /^[A-Za-z][A-Za-z0-9+.-]*:[\x21-\x7e]+$/;

/** An absolute URI: a scheme and something after it (RFC 5280 4.2.1.6). */
export function isAbsoluteUri(text: string): boolean {
  return uri.test(text);
}

const authority = /^[^:]*:\/\/([^/?#]*)/;
const ipv4 = /^[0-9]+(?:\.[0-9]+){3}$/;

/** The host of a URI in lower case; `null` when it has no authority or names the host by address. */
export function hostOfUri(text: string): string | null {
  const named = authority.exec(text)?.[1];
  if (named === undefined) return null;
  const host = named.slice(named.lastIndexOf("@") + 1).replace(/:[0-9]*$/, "");
  return isHostName(host) && !ipv4.test(host) ? host.toLowerCase() : null;
}

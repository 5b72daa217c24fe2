/** Octets of an IPv4 address in dotted decimal or an IPv6 address (RFC 4291 2.2); `null` for anything else. */
export function readIpAddress(text: string): Uint8Array | null {
  return text.includes(":") ? readIpv6(text) : readIpv4(text);
}

function readIpv4(text: string): Uint8Array | null {
  const parts = text.split(".");
  const isAddress = parts.length === 4 && parts.every((part) => /^(?:0|[1-9][0-9]{0,2})$/.test(part) && Number(part) <= 255);
  return isAddress ? Uint8Array.from(parts, Number) : null;
}

function readIpv6(text: string): Uint8Array | null {
  const [before = "", after, ...more] = withoutDottedEnd(text)?.split("::") ?? ["", "", "refused"];
  if (more.length > 0) return null;
  const [head, tail] = [groupsOf(before), groupsOf(after ?? "")];
  if (head === null || tail === null) return null;
  const missing = 8 - head.length - tail.length;
  if (after === undefined ? missing !== 0 : missing < 1) return null;
  const groups = [...head, ...Array.from({ length: missing }, () => 0), ...tail];
  return Uint8Array.from(groups.flatMap((group) => [group >> 8, group & 0xff]));
}

/** The address with a final IPv4 part (`::ffff:192.0.2.1`) written as two groups. */
function withoutDottedEnd(text: string): string | null {
  if (!text.includes(".")) return text;
  const start = text.lastIndexOf(":") + 1;
  const end = readIpv4(text.slice(start));
  if (end === null) return null;
  const [a = 0, b = 0, c = 0, d = 0] = end;
  return `${text.slice(0, start)}${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
}

function groupsOf(text: string): readonly number[] | null {
  if (text === "") return [];
  const groups = text.split(":");
  return groups.every((group) => /^[0-9A-Fa-f]{1,4}$/.test(group)) ? groups.map((group) => Number.parseInt(group, 16)) : null;
}

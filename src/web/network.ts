import { isIPv4, isIPv6 } from "node:net";

/** Groups of an IPv6 address of which the last two are an IPv4 address: mapped (RFC 4291 2.5.5.2) and NAT64 (RFC 6052 2.1). */
const carriesIpv4 = ["0:0:0:0:0:ffff", "64:ff9b:0:0:0:0"];

/**
 * What one subscriber has at least: an IPv4 address, or the first 64 bits of an IPv6 address. Some proxies write
 * the port beside the address; it counts for nothing. What is no address is a network of its own, by
 * its beginning: proxies hand on what strangers wrote, and each network is remembered.
 */
export function networkOf(address: string): string {
  const network = read(address);
  return typeof network === "string" ? network : network.slice(0, 4).join(":");
}

/**
 * The wider networks that one subscriber may have, too, from the narrow one: of IPv6 56 and 48 bits (RFC 6177),
 * of IPv4 24. Others may be in them.
 */
export function widerNetworksOf(address: string): string[] {
  const network = read(address);
  if (typeof network !== "string") {
    const [first = "0", second = "0", third = "0", fourth = "0"] = network;
    const site = (Number.parseInt(fourth, 16) >> 8).toString(16);
    return [`${first}:${second}:${third}:${site}xx/56`, `${first}:${second}:${third}/48`];
  }
  return isIPv4(network) ? [`${network.split(".").slice(0, 3).join(".")}.0/24`] : [];
}

/** Characters; an IPv6 address with a zone has fewer. */
const longestAddress = 64;

/** The eight groups of an IPv6 address, or an IPv4 address as it is written, or what was given. */
function read(given: string): string | string[] {
  // Text of its own: a part of a header keeps the whole header in memory.
  const address = Buffer.from(withoutPort(given).slice(0, longestAddress)).toString();
  if (!isIPv6(address)) return address;
  const groups = groupsOf(address);
  if (!carriesIpv4.includes(groups.slice(0, 6).join(":"))) return groups;
  return groups.slice(6).flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 0xff]).join(".");
}

function withoutPort(given: string): string {
  const { v4, v6 } = /^(?:(?<v4>[0-9.]+):\d+|\[(?<v6>[^\]]+)\](?::\d+)?)$/u.exec(given)?.groups ?? {};
  if (v4 !== undefined && isIPv4(v4)) return v4;
  return v6 !== undefined && isIPv6(v6) ? v6 : given;
}

/** Eight groups in lower case without leading zeros; a zone is left out. */
function groupsOf(address: string): string[] {
  const [plain = ""] = address.split("%");
  const hexadecimal = plain.replace(/(?<=:)(?<a>\d+)\.(?<b>\d+)\.(?<c>\d+)\.(?<d>\d+)$/u, (_all, a, b, c, d) => `${((Number(a) << 8) | Number(b)).toString(16)}:${((Number(c) << 8) | Number(d)).toString(16)}`);
  const [head = "", tail] = hexadecimal.split("::");
  const [before, after] = [head, tail ?? ""].map((part) => part.split(":").filter(Boolean)) as [string[], string[]];
  const zeros = Array<string>(Math.max(0, 8 - before.length - after.length)).fill("0");
  return [...before, ...zeros, ...after].map((group) => Number.parseInt(group, 16).toString(16));
}

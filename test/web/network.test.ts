import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import { networkOf, widerNetworksOf } from "../../src/web/network.ts";

const rows: readonly (readonly [name: string, address: string, network: string, wider: readonly string[]])[] = [
  ["IPv4", "203.0.113.7", "203.0.113.7", ["203.0.113.0/24"]],
  ["IPv4 with a port", "203.0.113.7:50001", "203.0.113.7", ["203.0.113.0/24"]],
  ["IPv4 mapped", "::ffff:203.0.113.7", "203.0.113.7", ["203.0.113.0/24"]],
  ["IPv4 mapped, in hexadecimal", "::ffff:cb00:7107", "203.0.113.7", ["203.0.113.0/24"]],
  ["IPv4 mapped, in full", "0:0:0:0:0:FFFF:203.0.113.7", "203.0.113.7", ["203.0.113.0/24"]],
  ["NAT64", "64:ff9b::203.0.113.7", "203.0.113.7", ["203.0.113.0/24"]],
  ["NAT64, in hexadecimal", "64:ff9b::cb00:7107", "203.0.113.7", ["203.0.113.0/24"]],
  ["IPv6", "2001:db8:1:2ff:3:4:5:6", "2001:db8:1:2ff", ["2001:db8:1:2xx/56", "2001:db8:1/48"]],
  ["IPv6, shortened", "2001:db8::1", "2001:db8:0:0", ["2001:db8:0:0xx/56", "2001:db8:0/48"]],
  ["IPv6 in brackets with a port", "[2001:DB8::1]:443", "2001:db8:0:0", ["2001:db8:0:0xx/56", "2001:db8:0/48"]],
  ["IPv6 in brackets", "[2001:db8::1]", "2001:db8:0:0", ["2001:db8:0:0xx/56", "2001:db8:0/48"]],
  ["IPv6 with leading zeros", "2001:0db8:0001:0200::", "2001:db8:1:200", ["2001:db8:1:2xx/56", "2001:db8:1/48"]],
  ["IPv6 with a zone", "fe80::1%eth0", "fe80:0:0:0", ["fe80:0:0:0xx/56", "fe80:0:0/48"]],
  ["the loopback", "::1", "0:0:0:0", ["0:0:0:0xx/56", "0:0:0/48"]],
  ["no address", "unknown", "unknown", []],
  ["no address, as long as a header", "u".repeat(16_000), "u".repeat(64), []],
  ["nothing", "", "", []],
  ["what only looks like one", "203.0.113.7.9:1", "203.0.113.7.9:1", []],
];

describe("networks of addresses", () => {
  test.each(rows)("%s", (_name, address, network, wider) => {
    expect(networkOf(address)).toBe(network);
    expect(widerNetworksOf(address)).toEqual(wider);
  });
});

test("a network that is remembered keeps nothing else of the header that it was in", () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const kept = new Set<string>();
  const inUse = (): number => {
    collect();
    return process.memoryUsage().heapUsed;
  };
  const before = inUse();
  for (let index = 0; index < 1000; index += 1) {
    const header = Buffer.from(`${"x".repeat(16_000)}, 203.0.${100 + (index >> 7)}.${100 + (index & 127)}`).toString();
    kept.add(networkOf(header.split(", ").at(-1) ?? ""));
  }
  expect(inUse() - before).toBeLessThan(4_000_000);
  expect(kept.size).toBe(1000);
});

import http from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { examine } from "../../src/cli/examination.ts";
import { checkConfiguration, type Configuration } from "../../src/config.ts";
import { asIdentifier } from "../../src/identifiers.ts";
import type { Diagnosis } from "../../src/relying-parties/index.ts";
import { complete, place } from "../config/place.ts";
import { publicKey } from "../relying-parties/registrations.ts";

/** A server of this machine that answers with keys to whoever gets through. */
let server: http.Server;
let asked = 0;
beforeAll(async () => {
  server = http.createServer((_request, response) => {
    asked += 1;
    response.end(JSON.stringify({ keys: [publicKey] }));
  });
  await new Promise<void>((resolve) => server.listen(0, resolve));
});
afterAll(() => server.close());

async function keysAt(host: string, privateHosts: readonly string[]): Promise<Diagnosis["outcome"] | undefined> {
  const configuration: Configuration = checkConfiguration({ ...complete(), outgoing: { private_hosts: [...privateHosts] } }, place(), "production");
  const metadata = {
    client_id: "c1", client_name: "S", redirect_uris: ["https://rp.example/cb"], token_endpoint_auth_method: "private_key_jwt" as const,
    jwks_uri: `http://${host}:${(server.address() as AddressInfo).port}/jwks`,
  };
  const findings = await examine(configuration, { clientId: asIdentifier("c1"), metadata, createdAt: 0 }, undefined, 0);
  return findings.find(({ check }) => check === "client_keys")?.outcome;
}

const rows: [string, string, string[], "ok" | "problem"][] = [
  ["the loopback address", "127.0.0.1", [], "problem"],
  ["the same in IPv6", "[::1]", [], "problem"],
  ["a name that leads to it", "localhost", [], "problem"],
  ["the address, where only the name is listed", "127.0.0.1", ["localhost"], "problem"],
  ["a name that the operator listed, as a sandbox lists localhost", "localhost", ["localhost"], "ok"],
];
test.each(rows)("keys inside are fetched as the bridge would, only from listed hosts: %s", async (_name, host, listed, expected) => {
  asked = 0;
  expect(await keysAt(host, listed)).toBe(expected);
  expect(asked).toBe(expected === "ok" ? 1 : 0);
});

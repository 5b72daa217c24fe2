import { afterAll, beforeAll, expect, test } from "vitest";
import { startWorld, type World } from "../support/world.ts";

let world: World;
let address: string;
beforeAll(async () => {
  world = await startWorld((file) => ({ ...file, issuer: "https://id.example" }));
  address = `http://127.0.0.1:${world.bridge.address.port}`;
});
afterAll(() => world.close());

const rows: { name: string; headers: Record<string, string> }[] = [
  { name: "no word of a proxy", headers: {} },
  { name: "a proxy that says https", headers: { "x-forwarded-proto": "https" } },
  { name: "a stranger who says http", headers: { "x-forwarded-proto": "http" } },
];
test.each(rows)("TLS ends in front of the bridge, whoever says what: $name", async ({ headers }) => {
  for (const path of ["/", "/account", "/account/enrolment"]) {
    const { status, headers: answered } = await fetch(address + path, { headers });
    expect(status, path).toBe(200);
    for (const cookie of answered.getSetCookie()) expect(cookie).toMatch(/^__Host-jpki_.*; path=\/; .*secure/i);
    expect(answered.get("strict-transport-security")).toContain("max-age");
  }
  expect((await fetch(`${address}/nope`, { headers })).status).toBe(404);
  const metadata = (await (await fetch(`${address}/.well-known/openid-configuration`, { headers })).json()) as Record<string, unknown>;
  expect(metadata["token_endpoint"]).toBe("https://id.example/token");
});

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startWorld, type World } from "../support/world.ts";

/** Whose address counts where proxies stand in front: what the last of them saw, never what a client wrote. */

const limit = 5;

/** How so many requests of this kind end; the header may differ with each. */
async function statuses(world: World, header: (index: number) => string | null): Promise<number[]> {
  const ends: number[] = [];
  for (let index = 0; index <= limit; index += 1) {
    const address = header(index);
    ends.push((await fetch(`${world.issuer}/jwks`, { headers: address === null ? {} : { "x-forwarded-for": address } })).status);
  }
  return ends;
}
const counted = [...Array.from({ length: limit }, () => 200), 429];
const apart = Array.from({ length: limit + 1 }, () => 200);

/** `shown` is the header as it comes to the bridge: a proxy has appended the address that it saw. */
interface Row {
  readonly name: string;
  readonly proxies: number;
  readonly shown: (index: number) => string | null;
  readonly expected: readonly number[];
}

const rows: readonly Row[] = [
  { name: "no proxy: what a client writes is not read", proxies: 0, shown: (index) => `198.51.100.${index}`, expected: counted },
  { name: "one: clients are told apart", proxies: 1, shown: (index) => `192.0.2.${index}`, expected: apart },
  { name: "one: a client that writes addresses itself is one client", proxies: 1, shown: (index) => `198.51.100.${index}, 203.0.113.1`, expected: counted },
  { name: "one: nor does a long list help", proxies: 1, shown: (index) => `${Array.from({ length: 50 }, (_, at) => `10.${index}.0.${at}`).join(",")}, 203.0.113.2`, expected: counted },
  { name: "one: nor what is no address", proxies: 1, shown: (index) => `"; ${index}, 203.0.113.3`, expected: counted },
  { name: "one: nor the other ways to write it", proxies: 1, shown: (index) => `198.51.100.${index},203.0.113.4`, expected: counted },
  { name: "one: a whole IPv6 network is one client", proxies: 1, shown: (index) => `2001:db8::${index}`, expected: counted },
  { name: "one: who comes past it counts by its connection", proxies: 1, shown: () => null, expected: counted },
  { name: "two: the entry of the outer one counts", proxies: 2, shown: (index) => `198.51.100.${index}, 203.0.113.5, 10.0.0.1`, expected: counted },
  { name: "two: clients are told apart", proxies: 2, shown: (index) => `192.0.2.${index}, 10.0.0.1`, expected: apart },
];

describe.each([0, 1, 2])("%i trusted proxies", (proxies) => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld((file) => ({ ...file, listen: { ...file.listen, trusted_proxies: proxies }, limits: { requests_per_minute: limit } }));
  });
  afterAll(() => world.close());

  test.each(rows.filter((row) => row.proxies === proxies))("$name", async ({ shown, expected }) => expect(await statuses(world, shown)).toEqual(expected));

  test("health is asked without a proxy, as often as one likes", async () => {
    for (let time = 0; time < limit * 3; time += 1) expect((await fetch(`${world.issuer}/healthz`)).status).toBe(200);
    expect((await fetch(`${world.issuer}/readyz`)).status).toBe(200);
  });
});

describe("where clients show certificates at a host of its own", () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld((file) => ({ ...file, listen: { ...file.listen, trusted_proxies: 1 }, mutual_tls: { origin: "https://mtls.example.jp", proxies: ["127.0.0.1"] } }));
  });
  afterAll(() => world.close());

  const forged: readonly (readonly [name: string, headers: Readonly<Record<string, string>>])[] = [
    ["X-Forwarded-Host", { "x-forwarded-host": "mtls.example.jp" }],
    ["X-Forwarded-Host twice", { "x-forwarded-host": "mtls.example.jp, mtls.example.jp" }],
    ["Forwarded", { forwarded: "host=mtls.example.jp;proto=https" }],
  ];
  test.each(forged)("%s, as a client wrote it, moves no endpoint there", async (_name, headers) => {
    const answer = await fetch(`${world.issuer}/.well-known/openid-configuration`, { headers: { "x-forwarded-for": "192.0.2.1", ...headers } });
    expect(((await answer.json()) as Record<string, unknown>)["token_endpoint"]).toBe(`${world.issuer}/token`);
  });
});

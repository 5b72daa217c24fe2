import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, test } from "vitest";
import { registerRelyingParty } from "../support/relying-party.ts";
import { startWorld } from "../support/world.ts";
import { afterTest } from "../storage/temporary.ts";

/** A server on loopback; its port. */
async function serve(listener: RequestListener, host = "127.0.0.1"): Promise<number> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  afterTest(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** A relying party whose keys are there; the answer to a request that it signs. */
async function askWithKeysAt(uri: string): Promise<unknown> {
  const world = await startWorld((file) => ({ ...file, outgoing: { private_hosts: ["localhost"] } }));
  afterTest(() => world.close());
  const party = await registerRelyingParty(world, { registration: { jwks: undefined as never, jwksUri: uri } });
  return party.begin().catch((error: { error?: string }) => error.error);
}

describe("the address at which a relying party's keys are", () => {
  test("a host that may be called although it is private leads to no other", async () => {
    const reached: string[] = [];
    const inside = await serve((request, response) => {
      reached.push(String(request.url));
      response.end(JSON.stringify({ keys: [] }));
    }, "127.0.0.2");
    const listed = await serve((_request, response) => response.writeHead(302, { location: `http://127.0.0.2:${inside}/admin` }).end());
    expect(await askWithKeysAt(`http://localhost:${listed}/jwks`)).toBe("invalid_client");
    expect(reached).toEqual([]);
  });

  test("an answer without end is read no further than a key set is long", async () => {
    let sent = 0;
    const endless = await serve((_request, response) => {
      response.writeHead(200, { "content-type": "application/json" });
      const chunk = Buffer.alloc(64 * 1024, 0x20);
      const more = (): void => {
        while (!response.destroyed && response.write(chunk)) sent += chunk.length;
        sent += chunk.length;
      };
      response.on("drain", more);
      more();
    });
    expect(await askWithKeysAt(`http://localhost:${endless}/jwks`)).toBe("invalid_client");
    // What the sockets between them hold, and not what 2.5 seconds carry.
    expect(sent).toBeLessThan(32 * 1024 * 1024);
  });
});

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, expect, test } from "vitest";
import { sends, startServer } from "./servers.ts";
import { crlType, issuer, municipalCrl, service, testClock } from "./world.ts";
import type { CrlListener } from "../../src/revocation/crl-store.ts";
import { testKey } from "../certificates/keys.ts";

/** Who listens for CRLs hears of each that counts, once, and of those kept from an earlier start. */

const hour = 3600;
const directory = mkdtempSync(path.join(tmpdir(), "crl-adopted-"));
afterEach(() => rmSync(directory, { recursive: true, force: true }));

test("each CRL that is taken over is told, also after a restart; what is refused or the same is not", async () => {
  const clock = testClock();
  const server = await startServer(sends(municipalCrl(7), crlType));
  const heard: string[] = [];
  const onAdopted: CrlListener = (crl, by) => void heard.push(`${crl.number} ${by === issuer}`);
  const start = () => service({ crls: [{ location: { url: server.url }, issuer, refreshSeconds: hour }], directory, clock, onAdopted });
  const status = start();
  expect(heard).toEqual([]);

  const times = { thisUpdate: clock() + hour - 60, nextUpdate: clock() + 48 * hour };
  const answers = [municipalCrl(7), municipalCrl(7), municipalCrl(8, { ...times, signer: testKey("p256", "stranger") }), municipalCrl(6, times), municipalCrl(8, times)];
  for (const answer of answers) {
    server.behave(sends(answer, crlType));
    await status.refresh();
    clock.advance(hour);
  }
  expect(heard).toEqual(["7 true", "8 true"]);

  heard.length = 0;
  start();
  expect(heard).toEqual(["8 true"]);
});

import { EventEmitter, once } from "node:events";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { beforeEach, expect, test } from "vitest";
import { HttpBrowser } from "../support/http-browser.ts";
import { skipped } from "../support/skipped.ts";
import { afterTest } from "../storage/temporary.ts";
import { expectNothingLost } from "./aftermath.ts";
import { journeysOfEach, liveIn } from "./journeys.ts";
import { type Nginx, noNginx, prepareNginx } from "./nginx-process.ts";
import { buildTown, type Town } from "./town.ts";

/** People enrol, sign in, recover and sign out through deploy/nginx.conf, while one of two nodes is drained. */

const people = 8;

async function townBehindNginx(): Promise<{ readonly town: Town; readonly nginx: Nginx }> {
  const nginx = await prepareNginx();
  const before = getCACertificates("default");
  setDefaultCACertificates([...before, nginx.certificate]);
  afterTest(() => setDefaultCACertificates(before));
  const proxy = { origin: `https://localhost:${nginx.port}`, turnTo: nginx.turnTo };
  return { nginx, town: await buildTown({ people, proxy, listen: { trusted_proxies: 1, drain: { announce: 5, limit: 30 } } }) };
}

beforeEach((context) => {
  if (noNginx !== null) skipped(context)(noNginx);
});

test("nobody's journey fails", { timeout: 180_000 }, async () => {
  const { town, nginx } = await townBehindNginx();
  const other = await town.start();
  await nginx.turnTo([town.first.origin, other.origin]);
  const progress = new EventEmitter();
  const living = liveIn(town, { parallel: 4, onDone: (done) => void progress.emit(String(done)) });
  await Promise.race([once(progress, "6"), living]);
  town.first.child.kill("SIGTERM");
  const lived = await living;
  expect(await town.first.ended).toBe(0);
  expect(lived.repeated).toEqual([]);
  await expectNothingLost(town, lived, journeysOfEach);
});

test("cookies are for TLS alone, and for this host; the addresses are the issuer's", { timeout: 60_000 }, async () => {
  const { town } = await townBehindNginx();
  const { url } = await town.party.begin();
  const { headers } = await new HttpBrowser().request(url);
  expect(headers.getSetCookie().length).toBeGreaterThan(0);
  for (const cookie of headers.getSetCookie()) {
    expect(cookie).toMatch(/; secure; httponly$/iu);
    expect(cookie).not.toMatch(/; domain=/iu);
    if (cookie.includes("; path=/;")) expect(cookie).toMatch(/^__Host-/u);
  }
  expect(new URL(headers.get("location") ?? "", url).origin).toBe(town.issuer);
});

import { renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { createCrlStore, type CrlStore, type CrlStoreOptions } from "../../src/revocation/crl-store.ts";
import { now } from "../certificates/authority.ts";
import { testKey } from "../certificates/keys.ts";
import { temporaryDirectory } from "../storage/temporary.ts";
import { type Behaviour, refusedUrl, startServer } from "./servers.ts";
import { crlType, issuer, municipalCrl, subject } from "./world.ts";

/** How soon a new CRL is noticed, and that one which is known is not read again. */

const hour = 3600;
const next = (number: number, overrides: Parameters<typeof municipalCrl>[1] = {}): Uint8Array => municipalCrl(number, { thisUpdate: now + number, nextUpdate: now + 48 * hour, ...overrides });

async function numberAt(store: CrlStore, at: number): Promise<string> {
  const found = await store.find(subject, at, AbortSignal.timeout(1000));
  return found.valid ? `number ${found.value.number ?? "none"}` : found.code;
}
const failures = (store: CrlStore): unknown => store.snapshot().crlFailures;
const storeOf = (location: CrlStoreOptions["sources"][number]["location"]): CrlStore => createCrlStore({ sources: [{ location, issuer, refreshSeconds: hour }], fetch, fetchDeadlineMs: 500 });

describe("a published CRL", () => {
  /** A server that knows what conditional requests are. */
  function publishing() {
    const place = { body: next(7), etag: '"a"', answers: [] as number[], honest: true };
    const behaviour: Behaviour = (request, response) => {
      const isKnown = request.headers["if-none-match"] === place.etag || !place.honest;
      place.answers.push(isKnown ? 304 : 200);
      if (isKnown) response.writeHead(304).end();
      else response.writeHead(200, { "content-type": crlType, etag: place.etag }).end(place.body);
    };
    return { place, behaviour };
  }

  test("is not sent again while it is the same; a new one is taken", async () => {
    const { place, behaviour } = publishing();
    const store = storeOf({ url: (await startServer(behaviour)).url });
    await store.refresh(now + 10);
    await store.refresh(now + 10 + hour);
    Object.assign(place, { body: next(8), etag: '"b"' });
    await store.refresh(now + 10 + 2 * hour);
    expect([place.answers, await numberAt(store, now + 10 + 2 * hour), failures(store)]).toEqual([[200, 304, 200], "number 8", {}]);
  });

  test("that is refused is asked for whole the next time", async () => {
    const { place, behaviour } = publishing();
    place.body = next(7, { signer: testKey("p256", "stranger") });
    const store = storeOf({ url: (await startServer(behaviour)).url });
    await store.refreshAll(now + 10);
    await store.refreshAll(now + 11);
    expect([place.answers, failures(store)]).toEqual([[200, 200], { bad_signature: 2 }]);
  });

  test("which was never had cannot be called unchanged", async () => {
    const { place, behaviour } = publishing();
    place.honest = false;
    const store = storeOf({ url: (await startServer(behaviour)).url });
    expect(await numberAt(store, now + 10)).toBe("crl_missing");
  });

  test("called unchanged until it is stale speaks for nobody then", async () => {
    const { place, behaviour } = publishing();
    const store = storeOf({ url: (await startServer(behaviour)).url });
    await store.refresh(now + 10);
    place.honest = false;
    expect(await numberAt(store, now + 49 * hour)).toBe("crl_not_fresh");
  });

  test("is looked at at once when there is word of a new one, also while another look is under way", async () => {
    const { place, behaviour } = publishing();
    let release = (): void => undefined;
    const slow: Behaviour = (request, response) => {
      const old = { ...place };
      if (place.answers.length > 0) return behaviour(request, response);
      place.answers.push(200);
      release = () => void response.writeHead(200, { "content-type": crlType, etag: old.etag }).end(old.body);
    };
    const store = storeOf({ url: (await startServer(slow)).url });
    const first = store.refresh(now + 10);
    while (place.answers.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    Object.assign(place, { body: next(8), etag: '"b"' });
    const noticed = store.refreshAll(now + 11);
    release();
    await Promise.all([first, noticed]);
    expect(await numberAt(store, now + 11)).toBe("number 8");
  });
});

describe("a file that something else keeps up to date", () => {
  const put = (file: string, octets: Uint8Array): void => {
    writeFileSync(`${file}.new`, octets);
    renameSync(`${file}.new`, file);
  };

  test("is read when it has changed, long before it is due, and not otherwise", async () => {
    const file = path.join(temporaryDirectory(), "crl.der");
    put(file, next(7));
    const store = storeOf({ file });
    const seen: string[] = [];
    for (const [second, change] of [[1, undefined], [2, undefined], [3, 8], [4, undefined], [5, 9]] as const) {
      if (change !== undefined) put(file, next(change));
      await store.refresh(now + 10 + second);
      seen.push(await numberAt(store, now + 10 + second));
    }
    expect([seen, failures(store)]).toEqual([["number 7", "number 7", "number 8", "number 8", "number 9"], {}]);
  });

  test("half written is refused, what was known stays, and the whole one is taken at the next attempt", async () => {
    const file = path.join(temporaryDirectory(), "crl.der");
    put(file, next(7));
    const store = storeOf({ file });
    await store.refresh(now + 10);
    put(file, next(8).subarray(0, 200));
    await store.refresh(now + 11);
    expect([await numberAt(store, now + 11), failures(store)]).toEqual(["number 7", { malformed_crl: 1 }]);
    put(file, next(8));
    await store.refreshAll(now + 12);
    expect(await numberAt(store, now + 12)).toBe("number 8");
  });

  test("that is not there is looked for no more often than any source that fails", async () => {
    const store = storeOf({ file: path.join(temporaryDirectory(), "none.der") });
    for (let second = 0; second < 9; second += 1) await store.refresh(now + second);
    expect(failures(store)).toEqual({ crl_missing: 1 });
    await expect(createCrlStore({ sources: [{ location: { url: await refusedUrl() }, issuer }], fetch }).refreshAll(now)).resolves.toBeUndefined();
  });
});

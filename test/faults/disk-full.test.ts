import { readFileSync } from "node:fs";
import path from "node:path";
import { setTimeout } from "node:timers/promises";
import { expect, test } from "vitest";
import { type BridgeTarget, enrol, passkeySignIn, redirectUri } from "../../bench/signin.ts";
import { openStorage } from "../../src/cli/with-storage.ts";
import { checkConfiguration } from "../../src/config.ts";
import { verifyReceipts } from "../../src/storage/index.ts";
import { HttpBrowser } from "../support/http-browser.ts";
import { crampings } from "./full-disk.ts";
import { afterTest } from "../storage/temporary.ts";

/** The disk is full: nobody is told of what is not on it, the process lives, and goes on when there is room. */

const outcomeOf = (work: Promise<unknown>): Promise<string> => work.then(() => "done", (error: unknown) => (error instanceof Error ? error.message : String(error)));

for (const { name, missing, start } of crampings) {
  test.skipIf(missing !== null)(`${name}${missing === null ? "" : ` (skipped: ${missing})`}: refused as unavailable, nothing acknowledged is lost, and it goes on when there is room`, async () => {
    const { place, fill, makeRoom } = await start();
    const target: BridgeTarget = place;
    const authenticator = await enrol(target);
    let acknowledged = 0;
    const signIn = async (): Promise<string> => {
      const outcome = await outcomeOf(passkeySignIn(target, authenticator));
      if (outcome === "done") acknowledged += 1;
      return outcome;
    };
    const ten = (): Promise<string[]> => Promise.all(Array.from({ length: 10 }, signIn));
    expect(new Set(await ten())).toEqual(new Set(["done"]));

    const query = { client_id: "bench", response_type: "code", scope: "openid", redirect_uri: redirectUri, code_challenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", code_challenge_method: "S256" };
    const authorize = `${target.issuer}/authorize?${new URLSearchParams(query).toString()}`;
    const browser = new HttpBrowser();
    const page = await browser.open(authorize);
    fill();
    const refused: string[] = [];
    const answers = new Set<string>();
    for (let round = 0; round < 4; round += 1) {
      refused.push(...(await ten()).filter((outcome) => outcome !== "done"), await outcomeOf(enrol(target)));
      const begun = await fetch(authorize, { redirect: "manual", headers: { accept: "text/html" } });
      const goneOn = await browser.postJson(page, `${new URL(page.url).pathname}/passkey/options`, {});
      answers.add([begun.status, begun.headers.get("retry-after"), goneOn.status, goneOn.body["error"]].join(" "));
      expect((await fetch(`${target.issuer}/healthz`)).status).toBe(200);
      await setTimeout(20);
    }
    expect(refused.length).toBeGreaterThan(20);
    expect([...answers]).toEqual(["503 10 503 service_unavailable"]);

    makeRoom();
    expect(new Set(await ten())).toEqual(new Set(["done"]));
    await enrol(target);

    const file: unknown = JSON.parse(readFileSync(path.join(place.directory, "sandbox.json"), "utf8"));
    const storage = await openStorage(checkConfiguration(file, place.directory, "sandbox"));
    afterTest(() => storage.close());
    expect(await storage.read.receipt.count({ where: { kind: "assertion_issued" } })).toBeGreaterThanOrEqual(acknowledged);
    expect((await verifyReceipts(storage.read)).fault).toBeNull();
  });
}

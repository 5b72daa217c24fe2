import { rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import * as client from "openid-client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type SigningToken, TokenError } from "../../src/provider/pkcs11/index.ts";
import { enrolAndSignIn, newPerson } from "../support/journey.ts";
import { registerRelyingParty, type TestRelyingParty } from "../support/relying-party.ts";
import { type SoftHsm, softHsm, whyNoSoftHsm } from "../support/softhsm.ts";
import { startWorld, type World } from "../support/world.ts";

const status = (work: Promise<unknown>): Promise<unknown> => work.then(() => 200, (error: { status?: number; cause?: { status?: number } }) => error.status ?? error.cause?.status ?? error);

/** Only what is a JWS Signing Input has one. */
const fullStop = 0x2e;

describe.skipIf(whyNoSoftHsm !== null)("a token that does not sign", () => {
  let world: World;
  let hsm: SoftHsm;
  beforeAll(async () => {
    hsm = softHsm();
    hsm.addKey("one");
    const pin = path.join(hsm.directory, "pin");
    writeFileSync(pin, `${hsm.pin}\n`, { mode: 0o600 });
    world = await startWorld((file) => ({ ...file, keys: { pkcs11: { module: hsm.module, token_label: hsm.label, pin_file: pin, key_label: "one" } } }));
  });
  afterAll(async () => {
    await world.close();
    rmSync(hsm.directory, { recursive: true, force: true });
  });

  const signIn = async (): Promise<{ party: TestRelyingParty; done: Awaited<ReturnType<typeof enrolAndSignIn>> }> => {
    const party = await registerRelyingParty(world, { registration: { refreshTokens: true } });
    return { party, done: await enrolAndSignIn(world, newPerson(), party, { scope: "openid offline_access", prompt: "consent" }) };
  };
  /** What the token refuses meanwhile, as one that was taken out: before it is next asked, or right after a trial. */
  const withoutToken = async (when: "now" | "after a trial", work: () => Promise<void>): Promise<void> => {
    const token = world.bridge.providerPorts.token?.token as { sign: SigningToken["sign"] } | undefined;
    if (token === undefined) throw new Error("no token");
    const { sign } = token;
    let isGone = when === "now";
    token.sign = (...asked) => {
      isGone ||= asked[2].includes(fullStop);
      return isGone ? Promise.reject(new TokenError("CKR_TOKEN_NOT_PRESENT", "C_Sign")) : sign(...asked);
    };
    try {
      await work();
    } finally {
      token.sign = sign;
    }
  };

  test("costs the grant whose signature fails first, and no other: a code and a refresh token that were refused later count afterwards", async () => {
    const [first, refreshed, exchanged] = [await signIn(), await signIn(), await signIn()];
    const { refresh_token: refreshToken = "" } = await refreshed.party.finish(refreshed.done.signIn, refreshed.done.callback);
    await withoutToken("after a trial", async () => {
      expect(await status(first.party.finish(first.done.signIn, first.done.callback))).toBe(503);
      for (let again = 0; again < 2; again += 1) {
        expect(await status(client.refreshTokenGrant(refreshed.party.config, refreshToken))).toBe(503);
        expect(await status(exchanged.party.finish(exchanged.done.signIn, exchanged.done.callback))).toBe(503);
      }
      const authorize = await fetch(new URL("/authorize?client_id=any", world.issuer));
      expect([authorize.status, authorize.headers.get("retry-after")]).toEqual([503, "10"]);
    });
    expect(await status(client.refreshTokenGrant(refreshed.party.config, refreshToken))).toBe(200);
    expect(await status(exchanged.party.finish(exchanged.done.signIn, exchanged.done.callback))).toBe(200);
    expect(await status(first.party.finish(first.done.signIn, first.done.callback))).toBe(400);
  });

  test("costs nothing where nothing was signed for a second: the token is tried before anything is used up", async () => {
    const { party, done } = await signIn();
    await wait(1100);
    await withoutToken("now", async () => expect(await status(party.finish(done.signIn, done.callback))).toBe(503));
    expect(await status(party.finish(done.signIn, done.callback))).toBe(200);
  });
});

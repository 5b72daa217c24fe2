import * as client from "openid-client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { enrolAndSignIn, enrolOnPhone, linkOf, newPerson, numberIn, openEnrolment, reachCallback, signInAgain, signInWithPasskey } from "../support/journey.ts";
import { registerRelyingParty } from "../support/relying-party.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

describe("enrol once, sign in everywhere", () => {
  test("same device: the browser comes back with ial 3 and aal 3", async () => {
    const party = await registerRelyingParty(world);
    const person = newPerson();
    const { signIn, callback } = await enrolAndSignIn(world, person, party);
    const tokens = await party.finish(signIn, callback);
    expect(tokens.claims()).toMatchObject({ ial: 3, aal: 3, fal: 2, acr: "urn:jpki-bridge:ial3-aal3" });

    const again = newPerson();
    const returning = { ...again, authenticator: person.authenticator };
    const second = await signInAgain(world, returning, party);
    const secondTokens = await party.finish(second.signIn, second.callback);
    expect(secondTokens.claims()).toMatchObject({ ial: 3, aal: 2, fal: 2, sub: tokens.claims()?.sub });
    const userinfo = await client.fetchUserInfo(party.config, secondTokens.access_token, String(secondTokens.claims()?.sub));
    expect(userinfo).toMatchObject({ ial: 3, aal: 2, fal: 2 });
  });

  test("other device: the browser that began is signed in only by the new passkey", async () => {
    const party = await registerRelyingParty(world, { dpop: true });
    const person = newPerson("good-card");
    const signIn = await party.begin();
    const page = await person.browser.open(signIn.url);
    const progress = await openEnrolment(person, page, "other");
    const outcome = await enrolOnPhone(world, person, linkOf(progress), () => numberIn(person, progress));
    expect(outcome).toEqual({ next: "done" });
    const landed = await signInWithPasskey(world, person, await person.browser.open(page.url));
    const tokens = await party.finish(signIn, await reachCallback(person, landed));
    expect(tokens.claims()).toMatchObject({ ial: 3, aal: 2, fal: 3 });
  });
});

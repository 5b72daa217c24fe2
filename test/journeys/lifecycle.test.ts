import * as client from "openid-client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { HttpBrowser } from "../support/http-browser.ts";
import { enrolAndSignIn, newPerson, type Person, plain, reachCallback, signInWithPasskey } from "../support/journey.ts";
import { registerRelyingParty, type TestRelyingParty } from "../support/relying-party.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
let party: TestRelyingParty;
beforeAll(async () => {
  world = await startWorld();
  party = await registerRelyingParty(world);
});
afterAll(() => world.close());

const ial3 = { acr_values: "urn:jpki-bridge:ial3-aal2" };

async function enrolled(persona: "good-phone" | "good-card" | "next-generation"): Promise<{ person: Person; refreshToken: string }> {
  const person = newPerson(persona);
  const { signIn, callback } = await enrolAndSignIn(world, person, party);
  const tokens = await party.finish(signIn, callback);
  return { person: { ...person, browser: new HttpBrowser() }, refreshToken: String(tokens.refresh_token) };
}

describe("when the certificate falls", () => {
  test("revoked: the next refresh is refused, not answered with tokens that are dead", async () => {
    const { refreshToken } = await enrolled("next-generation");
    await world.jlis.personas.operate("next-generation", "revoke");
    world.advance(5);
    await expect(client.refreshTokenGrant(party.config, refreshToken)).rejects.toMatchObject({ error: "invalid_grant" });
    await world.jlis.personas.operate("next-generation", "reissue");
  });

  test("revoked: refused in plain words where ial 3 is asked, grants ended, the private ID lives on at ial 1", async () => {
    const { person, refreshToken } = await enrolled("good-phone");
    await world.jlis.personas.operate("good-phone", "revoke");
    world.advance(5);

    const asking = await party.begin(ial3);
    const page = await signInWithPasskey(world, person, await person.browser.open(asking.url));
    expect(plain(page.text)).toContain("has been revoked");
    const back = await person.browser.submit(page, `${new URL(page.url).pathname}/give-up`);
    expect(new URL(back.headers.get("location") ?? "").searchParams.get("error")).toBe("unmet_authentication_requirements");
    await expect(client.refreshTokenGrant(party.config, refreshToken)).rejects.toThrow();

    const asPseudonym = await party.begin();
    const again = { ...person, browser: new HttpBrowser() };
    const callback = await reachCallback(again, await signInWithPasskey(world, again, await again.browser.open(asPseudonym.url)));
    expect((await party.finish(asPseudonym, callback)).claims()).toMatchObject({ ial: 1, assurance: { evidence: { status: "revoked" } } });
  });

  test("on hold: no sign-in at all, and back to normal after the release", async () => {
    const { person } = await enrolled("good-card");
    await world.jlis.personas.operate("good-card", "hold");
    world.advance(5);
    const held = await party.begin();
    await expect(signInWithPasskey(world, person, await person.browser.open(held.url))).rejects.toThrow("certificate_on_hold");

    await world.jlis.personas.operate("good-card", "release");
    world.advance(5);
    const released = await party.begin(ial3);
    const callback = await reachCallback(person, await signInWithPasskey(world, person, await person.browser.open(released.url)));
    expect((await party.finish(released, callback)).claims()).toMatchObject({ ial: 3, aal: 2 });
  });

  test("status sources down: sign-in goes on, the level falls with the age of the status, nothing is called good", async () => {
    const { person } = await enrolled("next-generation");
    await world.jlis.faults.set({ ocspDown: true, staleCrl: true });
    try {
      const levels: (number | undefined)[] = [];
      for (const seconds of [3600, 25 * 3600, 7 * 24 * 3600]) {
        world.advance(seconds);
        const fresh = { ...person, browser: new HttpBrowser() };
        const signIn = await party.begin();
        const callback = await reachCallback(fresh, await signInWithPasskey(world, fresh, await fresh.browser.open(signIn.url)));
        levels.push((await party.finish(signIn, callback)).claims()?.["ial"] as number);
      }
      expect(levels).toEqual([3, 2, 1]);
    } finally {
      await world.jlis.faults.set({ ocspDown: false, staleCrl: false });
    }
  });
});

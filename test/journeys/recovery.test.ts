import * as client from "openid-client";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { reachCallback, signInAgain, signInWithPasskey, newPerson } from "../support/journey.ts";
import { HttpBrowser } from "../support/http-browser.ts";
import { enrolledAt, goThrough, openAccount, withNewPhone } from "../support/recovery.ts";
import { registerRelyingParty, type TestRelyingParty } from "../support/relying-party.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
let party: TestRelyingParty;
beforeAll(async () => {
  world = await startWorld();
  party = await registerRelyingParty(world);
});
afterAll(() => world.close());
// What a test before ended counts for the second in which it ended.
beforeEach(() => world.advance(2));

describe("a new phone", () => {
  test.each(["same", "other"] as const)("recovery, opened on %s device: the person is the same, what was before is over", async (device) => {
    const { person: before, refreshToken, sub } = await enrolledAt(world, party, "good-phone");
    world.advance(10);
    const after = withNewPhone(before);
    const page = await goThrough(world, after, "recover", { device });
    expect(page.text).toContain(device === "same" ? "You are registered again" : 'href="/account"');

    await expect(client.refreshTokenGrant(party.config, refreshToken)).rejects.toMatchObject({ error: "invalid_grant" });
    await expect(signInWithPasskey(world, before, await before.browser.open((await party.begin()).url))).rejects.toThrow("passkey_not_active");
    const { signIn, callback } = await signInAgain(world, { ...after, browser: new HttpBrowser() }, party);
    expect((await party.finish(signIn, callback)).claims()).toMatchObject({ sub, ial: 3, aal: 2 });
  });

  test("on the way to a service: the browser comes back signed in at AAL 3", async () => {
    const { person, sub } = await enrolledAt(world, party, "good-card");
    world.advance(10);
    const after = withNewPhone(person);
    const signIn = await party.begin();
    const page = await after.browser.open(signIn.url);
    expect(page.text).toContain(`${new URL(page.url).pathname}/recover"`);
    const landed = await goThrough(world, after, "recover", { device: "same", start: `${page.url}/recover` });
    expect((await party.finish(signIn, await reachCallback(after, landed))).claims()).toMatchObject({ sub, ial: 3, aal: 3 });
  });

  test("the passkeys that are kept by who used one just now go on", async () => {
    const { person } = await enrolledAt(world, party, "next-generation");
    world.advance(10);
    const other = { ...withNewPhone(person), browser: person.browser };
    await openAccount(world, person);
    const page = await person.browser.open(`${world.issuer}/recovery/recover`);
    const keep = /name="keep" value="([^"]*)"/.exec(page.text)?.[1] ?? "";
    await goThrough(world, other, "recover", { device: "same", fields: { keep } });
    for (const each of [person, other]) await openAccount(world, { ...each, browser: new HttpBrowser() });
  });

  test("another certificate of the phone, named by its issuer, finds the person, and relying parties see how", async () => {
    const { person, sub } = await enrolledAt(world, party, "good-phone");
    await world.jlis.personas.operate("good-phone", "reissue");
    world.advance(10);
    const after = withNewPhone(person);
    await goThrough(world, after, "recover", { device: "same" });
    const { signIn, callback } = await signInAgain(world, { ...after, browser: new HttpBrowser() }, party);
    expect((await party.finish(signIn, callback)).claims()).toMatchObject({ sub, ial: 3, assurance: { evidence: { continuity: "issuer_statement" } } });
  });

  test("a certificate that nobody is known by: the device is told, the browser is not", async () => {
    const stranger = newPerson("renewed");
    const refused = goThrough(world, stranger, "recover", { device: "other" });
    await expect(refused).rejects.toMatchObject({ code: "person_unknown" });
    expect(await world.bridge.storage.read.receipt.count({ where: { kind: "certificate_refused", personId: null } })).toBeGreaterThan(0);
  });
});

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { HttpBrowser } from "../support/http-browser.ts";
import { newPerson, type Person, signInAgain } from "../support/journey.ts";
import { enrolledAt, goThrough, openAccount, withEarlier } from "../support/recovery.ts";
import { registerRelyingParty, type TestRelyingParty } from "../support/relying-party.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
let party: TestRelyingParty;
beforeAll(async () => {
  world = await startWorld();
  party = await registerRelyingParty(world);
});
afterAll(() => world.close());

const claimsOf = async (person: Person) => {
  const { signIn, callback } = await signInAgain(world, { ...person, browser: new HttpBrowser() }, party);
  return (await party.finish(signIn, callback)).claims();
};
const present = { start: "/recovery/renew", action: "/recovery/present" };

describe("a new certificate beside the old one", () => {
  test.each(["same", "other"] as const)("both keys sign one statement, opened on %s device: one person, and the proof is told", async (device) => {
    const [earlier, later] = device === "same" ? (["good-phone", "good-card"] as const) : (["next-generation", "renewed"] as const);
    const { person, sub } = await enrolledAt(world, party, earlier);
    world.advance(10);
    const after = newPerson(later);
    await goThrough(world, after, "renew", { device, onPhone: withEarlier(earlier) });
    for (const each of [after, person]) expect(await claimsOf(each)).toMatchObject({ sub, ial: 3, assurance: { evidence: { continuity: "old_key_signed" } } });
  });
});

describe("presented one after the other in one account session", () => {
  let person: Person;
  let sub: string;
  beforeAll(async () => {
    await world.close();
    world = await startWorld();
    party = await registerRelyingParty(world);
    ({ person, sub } = await enrolledAt(world, party, "good-phone"));
    await openAccount(world, person);
  });
  const presentEarlier = () => goThrough(world, person, "present", { device: "other", ...present, start: `${world.issuer}/recovery/renew` });
  const later = (): Person => ({ ...newPerson("good-card"), browser: person.browser });

  test("without the earlier one nothing is linked", async () => {
    await expect(goThrough(world, later(), "renew", { device: "same" })).rejects.toMatchObject({ code: "person_unknown" });
  });

  test("five minutes after it nothing is linked", async () => {
    expect((await presentEarlier()).text).toContain("present the new one within five minutes");
    world.advance(301);
    await expect(goThrough(world, later(), "renew", { device: "same" })).rejects.toMatchObject({ code: "person_unknown" });
  });

  test("long after the passkey was used none may be presented", async () => {
    await expect(presentEarlier()).rejects.toThrow("no app link");
    person = { ...person, browser: new HttpBrowser() };
    await openAccount(world, person);
  });

  test("somebody else's certificate stays theirs", async () => {
    await enrolledAt(world, party, "next-generation");
    await presentEarlier();
    const stranger = { ...newPerson("next-generation"), browser: person.browser };
    await expect(goThrough(world, stranger, "renew", { device: "same" })).rejects.toMatchObject({ code: "person_mismatch" });
  });

  test("within them it is the same person's, and the proof is told", async () => {
    await presentEarlier();
    const phone = later();
    const page = await goThrough(world, phone, "renew", { device: "same" });
    expect(page.text).toContain("Your ID was carried over");
    expect(await claimsOf(phone)).toMatchObject({ sub, ial: 3, assurance: { evidence: { medium: "card", continuity: "presented_together" } } });
  });

  test("a signature made in the session for anything else does not present its certificate", async () => {
    await expect(goThrough(world, { ...newPerson("renewed"), browser: person.browser }, "renew", { device: "same" })).rejects.toMatchObject({ code: "person_unknown" });
  });

  test("a certificate that was superseded carries nothing over", async () => {
    await expect(goThrough(world, newPerson("renewed"), "renew", { device: "same", onPhone: withEarlier("good-phone") })).rejects.toMatchObject({ code: "earlier_certificate_refused" });
  });
});

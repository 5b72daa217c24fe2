import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { decideReview, listReviews } from "../../src/people/index.ts";
import { presentCertificate } from "../support/attributes.ts";
import { HttpBrowser } from "../support/http-browser.ts";
import { newPerson, type Person, signInAgain } from "../support/journey.ts";
import { enrolledAt, goThrough, openAccount, withAttributes, withNewPhone } from "../support/recovery.ts";
import { registerRelyingParty, type TestRelyingParty } from "../support/relying-party.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
let party: TestRelyingParty;
let person: Person;
let sub: string;
beforeAll(async () => {
  // No issuer says here which certificate a new one replaces.
  world = await startWorld(({ continuity: _none, ...file }) => file);
  party = await registerRelyingParty(world);
  ({ person, sub } = await enrolledAt(world, party, "good-card"));
  await openAccount(world, person);
  await presentCertificate(world, person, await person.browser.open(`${world.issuer}/account`));
  await world.jlis.personas.operate("good-card", "renew");
  world.advance(10);
});
afterAll(() => world.close());

const review = (who: Person): Promise<unknown> => goThrough(world, who, "recover", { device: "other", action: "/recovery/review", onPhone: withAttributes });
const open = () => listReviews(world.bridge.storage.read, "open");
const decide = async (decision: "approved" | "denied"): Promise<void> => {
  const [waiting] = await open();
  await decideReview(world.bridge.storage, { id: waiting?.id ?? "", decision, operator: "desk", reason: "looked at", at: world.now() });
};

describe("a renewed certificate whose predecessor is gone, and whose issuer is not asked", () => {
  test("nobody is known by it, and that alone is told", async () => {
    await expect(goThrough(world, withNewPhone(person), "recover", { device: "same" })).rejects.toMatchObject({ code: "person_unknown" });
    expect(await open()).toEqual([]);
  });

  test("presented with the signature certificate it waits for an operator, once however often it is asked", async () => {
    for (let times = 0; times < 2; times += 1) await expect(review(withNewPhone(person))).rejects.toMatchObject({ code: "recovery_under_review" });
    expect(await open()).toMatchObject([{ medium: "card", state: "open" }]);
    expect(await world.bridge.storage.read.person.count()).toBe(1);
  });

  test("of whom nobody states the same attributes nothing waits", async () => {
    await expect(review(newPerson("good-phone"))).rejects.toMatchObject({ code: "person_unknown" });
    expect(await open()).toHaveLength(1);
  });

  test("approved, it is the same person's at the next recovery and at no other proof, and relying parties see how", async () => {
    await decide("approved");
    const after = withNewPhone(person);
    await expect(goThrough(world, after, "hold", { device: "same" })).rejects.toMatchObject({ code: "person_unknown" });
    await goThrough(world, after, "recover", { device: "same" });
    const { signIn, callback } = await signInAgain(world, { ...after, browser: new HttpBrowser() }, party);
    expect((await party.finish(signIn, callback)).claims()).toMatchObject({ sub, ial: 3, assurance: { evidence: { continuity: "operator_review" } } });
  });

  test("denied, it stays nobody's", async () => {
    await world.jlis.personas.operate("good-card", "renew");
    world.advance(10);
    const again = withNewPhone(person);
    await expect(review(again)).rejects.toMatchObject({ code: "recovery_under_review" });
    await decide("denied");
    await expect(review(again)).rejects.toMatchObject({ code: "recovery_denied" });
    await expect(goThrough(world, again, "recover", { device: "same" })).rejects.toMatchObject({ code: "person_unknown" });
    expect(await world.bridge.storage.read.person.count()).toBe(1);
  });
});

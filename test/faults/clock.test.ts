import * as client from "openid-client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createLease, verifyReceipts } from "../../src/storage/index.ts";
import { HttpBrowser } from "../support/http-browser.ts";
import { enrolAndSignIn, enrolOnPhone, linkOf, newPerson, openEnrolment, type Person, reachCallback, returnToBrowser, signInAgain } from "../support/journey.ts";
import { enrolledAt } from "../support/recovery.ts";
import { registerRelyingParty, type TestRelyingParty } from "../support/relying-party.ts";
import { startWorld, type World } from "../support/world.ts";

/** The clock is set by an hour in the middle of a journey, forward or back: what counts once counts once, what has ended stays so, and nothing hangs. */

const hour = 60 * 60;
let world: World;
let party: TestRelyingParty;
let known: Person;
beforeAll(async () => {
  world = await startWorld();
  party = await registerRelyingParty(world, { pushed: false, registration: { refreshTokens: true } });
  known = (await enrolledAt(world, party, "good-phone", { scope: "openid offline_access", prompt: "consent" })).person;
});
afterAll(() => world.close());

const fresh = (): Person => ({ ...known, browser: new HttpBrowser() });
const ialOfSignIn = async (): Promise<unknown> => {
  const { signIn, callback } = await signInAgain(world, fresh(), party);
  return (await party.finish(signIn, callback)).claims()?.["ial"];
};
const codeOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(() => "done", (error: unknown) => {
    const { code, error: oauth, message } = error as { code?: unknown; error?: unknown; message: string };
    return oauth ?? /"error":"([a-z_]+)"/.exec(message)?.[1] ?? (typeof code === "string" && !code.startsWith("OAUTH") ? code : message);
  });

/** A journey up to its middle; what it comes to after the clock was set. */
interface Journey {
  readonly name: string;
  readonly begin: () => Promise<() => Promise<unknown>>;
  readonly forward: string;
  readonly back: string;
}

const journeys: readonly Journey[] = [
  {
    name: "a code that was not exchanged yet",
    begin: async () => {
      const { signIn, callback } = await signInAgain(world, fresh(), party);
      return () => party.finish(signIn, callback);
    },
    forward: "invalid_grant", back: "done",
  },
  {
    name: "a passkey's challenge that was not answered yet",
    begin: async () => {
      const person = fresh();
      const { url, ...signIn } = await party.begin();
      const page = await person.browser.open(url);
      const { pathname } = new URL(page.url);
      const offered = await person.browser.postJson(page, `${pathname}/passkey/options`, {});
      const credential = person.authenticator.get(offered.body["options"] as never, world.issuer);
      return async () => {
        const { body } = await person.browser.postJson(page, `${pathname}/passkey`, { challenge_id: offered.body["challenge_id"], credential });
        if (typeof body["location"] !== "string") throw new Error(JSON.stringify(body));
        return party.finish({ url, ...signIn }, await reachCallback(person, await person.browser.open(new URL(body["location"], world.issuer).href)));
      };
    },
    forward: "interaction_expired", back: "done",
  },
  {
    name: "a refresh token",
    begin: async () => {
      const { refreshToken } = await enrolledAt(world, party, "good-phone", { scope: "openid offline_access", prompt: "consent" });
      return () => client.refreshTokenGrant(party.config, refreshToken);
    },
    forward: "done", back: "done",
  },
  {
    name: "an enrolment whose link was opened",
    begin: async () => {
      const person = newPerson("next-generation");
      const { url, ...signIn } = await party.begin();
      const progress = await openEnrolment(person, await person.browser.open(url), "same");
      return async () => {
        const outcome = await enrolOnPhone(world, person, linkOf(progress), async () => "");
        if (outcome.next !== "return") throw new Error("expected a return");
        return party.finish({ url, ...signIn }, await reachCallback(person, await returnToBrowser(person, outcome.return_url)));
      };
    },
    // The clock of the phone goes with it here: a statement from its future is none that it signs.
    forward: "transaction_expired", back: "statement_mismatch",
  },
];

describe.each([{ direction: "forward", step: hour, meanwhile: 3 }, { direction: "back", step: -hour, meanwhile: 1 }] as const)("the clock is set $direction by an hour", ({ direction, step, meanwhile }) => {
  test.each(journeys)("$name", async (journey) => {
    const goOn = await journey.begin();
    world.advance(step);
    expect(await codeOf(goOn())).toBe(journey[direction]);
    // Evidence from the future carries no level (fails closed), and does again once the clock is right.
    expect(await ialOfSignIn()).toBe(meanwhile);
    world.advance(-step);
    expect(await ialOfSignIn()).toBe(3);
    const again = await enrolAndSignIn(world, newPerson("next-generation"), party);
    expect((await party.finish(again.signIn, again.callback)).claims()?.["ial"]).toBe(3);
  });

  test("a code and a refresh token that were used are not good again", async () => {
    const { signIn, callback } = await signInAgain(world, fresh(), party);
    await party.finish(signIn, callback);
    const { refreshToken } = await enrolledAt(world, party, "good-phone", { scope: "openid offline_access", prompt: "consent" });
    await client.refreshTokenGrant(party.config, refreshToken);
    world.advance(step);
    expect(await codeOf(party.finish(signIn, callback))).toBe("invalid_grant");
    expect(await codeOf(client.refreshTokenGrant(party.config, refreshToken))).toBe("invalid_grant");
    world.advance(-step);
  });

  test("of two processes one holds a lease, at the latest a minute later", async () => {
    const { artifacts } = world.bridge.storage;
    const [one, other] = [createLease(artifacts, `clock-${direction}`, 60), createLease(artifacts, `clock-${direction}`, 60)];
    expect([await one.hold(world.now()), await other.hold(world.now())]).toEqual([true, false]);
    world.advance(step);
    const [first, second] = [await one.hold(world.now()), await other.hold(world.now())];
    world.advance(61);
    expect([first, second].filter(Boolean).length + Number(await other.hold(world.now()))).toBeGreaterThanOrEqual(1);
    expect([await one.hold(world.now()), await other.hold(world.now())].filter(Boolean)).toHaveLength(1);
    world.advance(-step);
  });

  test("the chain of receipts holds", async () => {
    expect((await verifyReceipts(world.bridge.storage.read)).fault).toBeNull();
  });
});

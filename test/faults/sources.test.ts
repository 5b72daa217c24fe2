import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ConfigurationFile } from "../../src/config.ts";
import { HttpBrowser } from "../support/http-browser.ts";
import { enrolAndSignIn, newPerson, type Person, signInAgain } from "../support/journey.ts";
import { enrolledAt } from "../support/recovery.ts";
import { registerRelyingParty, type TestRelyingParty } from "../support/relying-party.ts";
import { startWorld, type World } from "../support/world.ts";
import { always, type Fault, faults, type Interposed, interpose } from "./failing-sources.ts";

/** Status sources that are down, slow or lie: nobody is let in on their word, everybody else is served, and it ends with them. */

interface Scene {
  readonly world: World;
  readonly party: TestRelyingParty;
  readonly known: Person;
  readonly between: Interposed;
}
let scene: Scene;

/** A bridge that asks its sources through what does them harm, and somebody who is known there. */
async function startScene(statusOf: (between: string, file: ConfigurationFile) => ConfigurationFile["status"]): Promise<void> {
  const between = await interpose();
  const world = await startWorld((file) => {
    between.towards(new URL(file.status.responders?.[0]?.url ?? "").origin);
    return { ...file, status: { ...statusOf(between.url, file), deadline: 1, good_cache: 0, refresh: 0 } };
  });
  const party = await registerRelyingParty(world);
  const { person: known } = await enrolledAt(world, party, "good-phone");
  scene = { world, party, known, between };
}

const endScene = async (): Promise<void> => {
  await scene.world.close();
  await scene.between.close();
};

const hour = 60 * 60;

const enrol = async (persona = "next-generation"): Promise<unknown> => {
  const { world, party } = scene;
  const { signIn, callback } = await enrolAndSignIn(world, newPerson(persona), party);
  return (await party.finish(signIn, callback)).claims()?.["ial"];
};
const signIn = async (): Promise<unknown> => {
  const { world, party, known } = scene;
  const begun = await signInAgain(world, { ...known, browser: new HttpBrowser() }, party);
  return (await party.finish(begun.signIn, begun.callback)).claims()?.["ial"];
};

/** Asks for the process's health until told to stop; the longest that an answer took, in milliseconds. */
async function health(signal: AbortSignal): Promise<number> {
  let longest = 0;
  while (!signal.aborted) {
    const begun = performance.now();
    const { status } = await fetch(`${scene.world.issuer}/healthz`);
    longest = Math.max(longest, status === 200 ? performance.now() - begun : Number.POSITIVE_INFINITY);
    await setTimeout(20);
  }
  return longest;
}

/** What an enrolment and a sign-in come to while the sources do harm. */
async function inTrouble(): Promise<{ readonly enrolment: unknown; readonly signIn: unknown; readonly longest: number }> {
  const stop = new AbortController();
  const healthy = health(stop.signal);
  const refused = (error: unknown): unknown => (error as { code?: unknown }).code ?? error;
  const [enrolment, signedIn] = await Promise.all([enrol().catch(refused), signIn().catch(refused)]);
  stop.abort();
  return { enrolment, signIn: signedIn, longest: await healthy };
}

describe("OCSP", () => {
  beforeAll(() => startScene((between) => ({ responders: [{ url: `${between}/ocsp`, nonce: "none" }] })));
  afterAll(endScene);

  const another = async (): Promise<Fault> => {
    await enrol("good-card");
    return always(scene.between.last());
  };
  const stale = async (): Promise<Fault> => {
    await enrol();
    const answer = scene.between.last();
    scene.world.advance(100 * hour);
    return always(answer);
  };
  const future = async (): Promise<Fault> => {
    scene.world.advance(100 * hour);
    await enrol();
    const answer = scene.between.last();
    scene.world.advance(-100 * hour);
    return always(answer);
  };
  const rows: readonly (readonly [name: string, faultOf: () => Fault | Promise<Fault>, ialOfKnown: number])[] = [
    ...Object.entries(faults).map(([name, fault]) => [name, () => fault, 3] as const),
    ["lying: the answer about another certificate", another, 3],
    ["lying: an answer from the future", future, 3],
    ["lying: an old answer", stale, 2],
  ];
  test.each(rows)("%s: nobody enrols, who is known signs in by the age of the last answer, and it passes by itself", async (_name, faultOf, ialOfKnown) => {
    const { between } = scene;
    expect(await signIn()).toBe(3);
    between.harm(await faultOf());
    const { enrolment, signIn: signedIn, longest } = await inTrouble();
    expect(enrolment).toBe("status_unavailable");
    expect(signedIn).toBe(ialOfKnown);
    expect(longest).toBeLessThan(1000);
    between.harm(null);
    expect(await enrol()).toBe(3);
    expect(await signIn()).toBe(3);
  });
});

describe("a CRL", () => {
  beforeAll(() => startScene((between, { status }) => ({ crls: (status.crls ?? []).map((crl) => ({ ...crl, url: between + new URL(crl.url ?? "").pathname })) })));
  afterAll(endScene);

  const rows = ["down: it closes the connection", "silent", "slow: an octet a second", "lying: the signature of another", "huge: it never ends", "a redirect"] as const;
  test.each(rows)("%s: the one there is counts as long as it says, then nobody enrols, and it passes by itself", async (fault) => {
    const { between, world } = scene;
    expect(await signIn()).toBe(3);
    between.harm(faults[fault]);
    expect(await enrol()).toBe(3);
    world.advance(200 * hour);
    const { enrolment, longest } = await inTrouble();
    expect(enrolment).toBe("status_unavailable");
    expect(longest).toBeLessThan(1000);
    between.harm(null);
    world.advance(hour);
    expect(await enrol()).toBe(3);
    expect(await signIn()).toBe(3);
  });
});

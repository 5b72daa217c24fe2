import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { entryPoints, type Outcome } from "../support/entry-points.ts";
import { HttpBrowser } from "../support/http-browser.ts";
import { enrolAndSignIn, newPerson, type Person, plain, signInAgain } from "../support/journey.ts";
import { registerRelyingParty, type TestRelyingParty } from "../support/relying-party.ts";
import { startWorld, type World } from "../support/world.ts";

/**
 * The same question through every entry point, by somebody with a synced passkey (IAL 3, AAL 2) and a
 * good certificate on the phone: what each answers must be the same.
 */

let world: World;
let enrolled: Person;
const parties = new Map<string, { party: TestRelyingParty; subject: string }>();
const registrations = { plain: {}, "minimum AAL 2": { minimumAal: 2 }, "minimum AAL 3": { minimumAal: 3 }, "minimum IAL 3": { minimumIal: 3 }, "status of a day": { maximumStatusAge: 86_400 } } as const;
type Registration = keyof typeof registrations;

beforeAll(async () => {
  world = await startWorld();
  enrolled = newPerson("good-phone");
  for (const [name, minimums] of Object.entries(registrations)) {
    const party = await registerRelyingParty(world, { pushed: false, registration: { deviceFlow: true, ciba: { delivery: "poll" }, ...minimums } });
    const { signIn, callback } = parties.size === 0 ? await enrolAndSignIn(world, enrolled, party) : await signInAgain(world, enrolled, party);
    parties.set(name, { party, subject: String((await party.finish(signIn, callback)).claims()?.sub) });
  }
});
afterAll(() => world.close());

const nist = "http://idmanagement.gov/ns/assurance";
const own = "urn:jpki-bridge:ial3-aal2";
const unmet = "unmet_authentication_requirements";
const claim = (acr: unknown, container = "id_token"): { claims: string } => ({ claims: JSON.stringify({ [container]: { acr } }) });

/** What came of it, in words: how far a passkey goes, and where the person ends who does no more. */
async function told(outcome: Outcome): Promise<string> {
  switch (outcome.kind) {
    case "tokens":
      return String(outcome.claims["acr"]);
    case "error":
      return `error ${outcome.error}`;
    default:
      return `${outcome.kind}, else ${await told(await outcome.giveUp())}`;
  }
}

const rows: readonly (readonly [name: string, asked: Record<string, string>, expected: string, registration?: Registration])[] = [
  ["nothing", {}, own],
  ["a value that is met", { acr_values: "phr" }, "phr"],
  ["a value that only a signature meets", { acr_values: "aal3" }, `step-up, else error ${unmet}`],
  ["bound to hardware", { acr_values: "phrh" }, `step-up, else error ${unmet}`],
  ["the status, checked now", { acr_values: "crl" }, "crl"],
  ["an unknown value", { acr_values: "urn:example:unknown" }, `refused, else error ${unmet}`],
  ["an unknown value before one that is met", { acr_values: "urn:example:unknown phr" }, "phr"],
  ["two, the first met", { acr_values: "phr aal3" }, "phr"],
  ["two, the first by more, the second met", { acr_values: "aal3 phr" }, "step-up, else phr"],
  ["two that need more", { acr_values: `${nist}/aal/3 phrh` }, `step-up, else error ${unmet}`],
  ["an essential value that is met", claim({ essential: true, value: "phr" }), "phr"],
  ["an essential value that needs more", claim({ essential: true, value: "aal3" }), `step-up, else error ${unmet}`],
  ["essential values, the second met", claim({ essential: true, values: ["aal3", "phr"] }), "step-up, else phr"],
  ["essential values, none known", claim({ essential: true, values: ["urn:example:unknown"] }), `refused, else error ${unmet}`],
  ["essential without a value", claim({ essential: true }), own],
  ["a voluntary value that is met", claim({ value: "phr" }), "phr"],
  ["a voluntary value that needs more", claim({ value: "aal3" }), own],
  ["voluntary values, the second met", claim({ values: ["aal3", "phr"] }), "phr"],
  ["an essential claim beside a higher acr_values", { ...claim({ essential: true, value: "phr" }), acr_values: "aal3" }, "phr"],
  ["a voluntary claim beside a higher acr_values", { ...claim({ value: "phr" }), acr_values: "aal3" }, `step-up, else error ${unmet}`],
  ["an essential claim for userinfo alone", claim({ essential: true, value: "aal3" }, "userinfo"), own],
  ["values that are no list", claim({ essential: true, values: "aal3" }), "error invalid_request"],
  ["essential that is no boolean", claim({ essential: "true", value: "aal3" }), "error invalid_request"],
  ["what a resource server's challenge said (RFC 9470)", { acr_values: `${nist}/aal/3`, max_age: "600" }, `step-up, else error ${unmet}`],
  ["a sign-in of this moment", { max_age: "0" }, own],
  ["a max_age that is none", { max_age: "-1" }, "error invalid_request"],
  ["nothing, of a client with minimum AAL 2", {}, own, "minimum AAL 2"],
  ["nothing, of a client with minimum AAL 3", {}, `step-up, else error ${unmet}`, "minimum AAL 3"],
  ["less than the client's minimum", { acr_values: "phr" }, `step-up, else error ${unmet}`, "minimum AAL 3"],
  ["a voluntary claim, of a client with minimum AAL 3", claim({ value: "phr" }), `step-up, else error ${unmet}`, "minimum AAL 3"],
  ["nothing, of a client with minimum IAL 3", {}, own, "minimum IAL 3"],
  ["nothing, of a client that wants a status of a day", {}, own, "status of a day"],
];
const cases = rows.map(([name, asked, expected, registration = "plain"]) => ({ name, asked, expected, registration }));

function askThrough(way: string, asked: Record<string, string>, registration: Registration): Promise<Outcome> {
  const { party, subject } = parties.get(registration) ?? expect.fail("no such registration");
  const entryPoint = entryPoints[way] ?? expect.fail("no such entry point");
  const person = { ...enrolled, browser: new HttpBrowser() };
  return entryPoint(world, party, person, way === "an approval" ? { ...asked, login_hint: subject } : asked);
}

describe.each(Object.keys(entryPoints))("asked through %s", (way) => {
  test.each(cases)("$name", async ({ asked, expected, registration }) => {
    // Nobody may be asked for approval more than ten times in an hour.
    world.advance(way === "an approval" ? 400 : 0);
    expect(await told(await askThrough(way, asked, registration))).toBe(expected);
  });

  test("taking the step reaches what was asked for, and says so", async () => {
    const outcome = await askThrough(way, { acr_values: "aal3 phr" }, "plain");
    if (outcome.kind !== "step-up") throw new Error(`expected a step-up, not ${outcome.kind}`);
    expect(plain(outcome.page.text)).toContain("This is an important step, so your certificate is needed");
    expect(await outcome.stepUp()).toMatchObject({ kind: "tokens", claims: { acr: "aal3", ial: 3, aal: 3 } });
  });

  test("a reason is given in Japanese too", async () => {
    const { party, subject } = parties.get("plain") ?? expect.fail("no such registration");
    const person = { ...enrolled, browser: new HttpBrowser("ja") };
    const asked = { acr_values: "urn:example:unknown" };
    const outcome = await entryPoints[way]?.(world, party, person, way === "an approval" ? { ...asked, login_hint: subject } : asked);
    if (outcome?.kind !== "refused") throw new Error("expected a refusal");
    expect(outcome.page.text).toContain("このサービスが求める確かさの本人確認ができませんでした。");
    expect(await told(outcome)).toBe(`refused, else error ${unmet}`);
  });

  test("the sign-in is no older than max_age", async () => {
    const outcome = await askThrough(way, { max_age: "0" }, "plain");
    if (outcome.kind !== "tokens") throw new Error(`expected tokens, not ${outcome.kind}`);
    expect(world.now() - Number(outcome.claims["auth_time"])).toBeLessThan(60);
  });
});

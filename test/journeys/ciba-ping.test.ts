import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { approve, askApproval, openApprovals, requestsOn } from "../support/decoupled.ts";
import { enrolAndSignIn, newPerson, type Person } from "../support/journey.ts";
import { registerRelyingParty, type TestRelyingParty } from "../support/relying-party.ts";
import { startWorld, type World } from "../support/world.ts";

const notificationEndpoint = "https://rp.example/ciba";
let world: World;
let party: TestRelyingParty;
const person: Person = newPerson("good-phone");
let subject: string;
beforeAll(async () => {
  world = await startWorld();
  party = await registerRelyingParty(world, { registration: { ciba: { delivery: "ping", notificationEndpoint } } });
  const { signIn, callback } = await enrolAndSignIn(world, person, party);
  subject = String((await party.finish(signIn, callback)).claims()?.sub);
});
afterEach(() => void vi.restoreAllMocks());
afterAll(() => world.close());

/** Stands in for the relying party's endpoint, and keeps what it heard. */
function listen(status: number): { heard: { authorization: string | null; body: unknown }[] } {
  const heard: { authorization: string | null; body: unknown }[] = [];
  const network = globalThis.fetch;
  vi.spyOn(globalThis, "fetch").mockImplementation(async (url, init) => {
    if (String(url) !== notificationEndpoint) return network(url, init);
    heard.push({ authorization: new Headers(init?.headers).get("authorization"), body: JSON.parse(String(init?.body)) });
    return new Response(null, { status });
  });
  return { heard };
}

const token = "notification-token-of-the-client";
const ask = (): ReturnType<typeof askApproval> => askApproval(party, { login_hint: subject, client_notification_token: token });

async function openLatest(): Promise<Awaited<ReturnType<typeof openApprovals>>> {
  const [address = ""] = requestsOn(await openApprovals(world, person));
  return person.browser.open(new URL(address, world.issuer).href);
}

const answers = [["approved", 204, "claims"], ["approved, to an endpoint that fails", 500, "claims"], ["refused", 204, "error"]] as const;
test.each(answers)("the relying party is told when its request was %s", async (answer, status, outcome) => {
  const { heard } = listen(status);
  const request = await ask();
  const page = await openLatest();
  if (answer === "refused") await person.browser.submit(page, `${new URL(page.url).pathname}/deny`);
  else await approve(world, person, page);
  expect(heard).toEqual([{ authorization: `Bearer ${token}`, body: { auth_req_id: request.id } }]);
  expect(await request.poll()).toHaveProperty(outcome);
});

test("a request without a token to tell it by is refused", async () => {
  await expect(askApproval(party, { login_hint: subject })).rejects.toMatchObject({ error: "invalid_request" });
});
